"""Whether a message talks to the machine instead of with us. Pure.

Such a turn is the rules' alone: they cannot be talked into anything. What slips by meets the prompt's marks, the closed
schema and the checks; this only saves the model from most of it, and the lead from odd answers.
"""

from __future__ import annotations

import re
from typing import Final

from lead_reviver.decide.text import plain

_SIGNS: Final = re.compile(
    r"</?\s*(?:lead|system|assistant|user|instructions?|prompt)\b|<\||\[/?inst|^\W*(?:system|assistant|developer)\s*:"
    r"|#{2,}\s*(?:system|instruction|new)|\{\{|```|\bjailbreak|\bdan mode|base64",
    re.IGNORECASE | re.MULTILINE,
)
_WORDS: Final = re.compile(
    r" (?:(?:ignore|disregard|forget|override|bypass|reveal|print|show|repeat|leak) (?:\w+ ){0,5}"
    r"(?:instructions?|rules?|prompts?|guidelines|(?:messages|text|everything|words) above|polic(?:y|ies)|api key)"
    r"|system prompt|(?:developer|admin|debug) mode|admin override|you are now|you are no longer|act as"
    r"|from now on (?:you|answer|reply)|pretend (?:to be|you|that)|role ?play|repeat after me"
    r"|(?:reply|answer|respond|say|write) (?:only|exactly|just|with)|(?:your|the|hidden) (?:instructions|prompt)"
    r"|language model|write me a (?:poem|song|script|story)|python script|decode it|every answer you"
    r"|(?:olvida|olvide|ignora|ignore|muestra|muestrame|repite|revela|dime|cuales) (?:\w+ ){0,5}"
    r"(?:instrucciones|reglas|prompt)"
    r"|(?:contesta|responde|escribe|di) (?:solo|solamente|unicamente|exactamente)|actua como|finge (?:que|ser)"
    r"|haz de cuenta|a partir de ahora (?:eres|responde|contesta)|ahora eres|modo desarrollador"
    r"|(?:esquece|esqueca|ignora|mostra|mostre|repete|repita|revela|diz|diga|qual) (?:\w+ ){0,5}"
    r"(?:instrucoes|regras|prompt)"
    r"|(?:responde|responda|escreve|escreva|diz|diga) (?:apenas|so|somente|exatamente)|(?:age|aja|atua) como"
    r"|finja (?:que|ser)|a partir de agora (?:es|voce|tu|responde)|modo (?:de )?programador"
    r"|(?:oublie|ignore) (?:\w+ ){0,4}(?:instructions|consignes|regles)"
    r"|(?:vergiss|ignoriere) (?:\w+ ){0,4}(?:anweisungen|regeln)"
    r"|(?:dimentica|ignora) (?:\w+ ){0,4}(?:istruzioni|regole)) "
)


def instructs_machine(text: str | None) -> bool:
    """Whether a message tells a machine what to do, as a lead who looks for a home does not."""
    if not text:
        return False
    return _SIGNS.search(text) is not None or _WORDS.search(plain(text).replace("| ", "")) is not None
