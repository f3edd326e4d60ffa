"""Checks on words that a model wrote, beside those on every reply (`checks.py`). Pure.

A model may react to what was said. It may not bring anything new: amounts, times, addresses and promises come from the
record or from the lead. What these patterns cannot see is an invented fact without a number; the questions that would
call for one are answered by approved wording.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from lead_reviver.decide.conversation import Decision, Turn
from lead_reviver.decide.language import detect_language
from lead_reviver.decide.patterns import LANGUAGES
from lead_reviver.decide.text import plain
from lead_reviver.reply.checks import ReplyRefused, check_reply
from lead_reviver.reply.numbers import find_money, with_digits
from lead_reviver.reply.playbook import Playbook
from lead_reviver.reply.prompt import stable_part

LONGEST: Final = 300
"""Characters: two sentences. The question comes on top."""
_SMALLEST_AMOUNT: Final = 1000
_SHARED_WORDS: Final = 6
"""So many words in a row from the prompt's rules are no accident."""

_ADDRESS: Final = re.compile(
    r"https?:|www\.|wa\.me|[\w.+-]+@[\w-]+\.\w|(?<![\w.])[a-z0-9-]{2,}\.(?:[a-z]{2,3}|info|homes|online|shop|site)\b(?!\.\s)",
    re.IGNORECASE,
)
_PHONE: Final = re.compile(r"\+?\d[\d ().-]{7,}\d")
_NUMBER: Final = re.compile(r"\d(?:[\d.,]*\d)?")
_MONEY: Final = re.compile(r"[€$£¥₹]|\b(?:eur|usd|gbp|inr|euros?|dollars?|pounds?|d[oó]lares|libras?)\b", re.IGNORECASE)
_PERCENT: Final = re.compile(r"%|\bper ?cent\b|\bpor ?cien(?:to)?\b|\bpor cento\b", re.IGNORECASE)
_CLOCK: Final = re.compile(
    r"\b\d{1,2} ?(?:am|pm|a\.m\.|p\.m\.|h|hs|horas?|o'clock)(?!\w)|\b(?:at|a las?|às?) \d{1,2}\b", re.I
)
_DAY: Final = re.compile(
    r" (?:mondays?|tuesdays?|wednesdays?|thursdays?|fridays?|saturdays?|sundays?|tomorrow|tonight"
    r"|lunes|martes|miercoles|jueves|viernes|sabado|domingo|manana"
    r"|segunda feira|terca feira|quarta feira|quinta feira|sexta feira|amanha) "
)
_PROMISE: Final = re.compile(
    r" (?:i promise|we promise|promised|best price|special price|lower(?:ed)? the price|free of charge|no fees?"
    r"|approved|will definitely|for sure available|still available|is available|are available|refund\w*"
    r"|i (?:have |just )?(?:sent|arranged|scheduled|reserved|booked)|(?:is|are|all) set for"
    r"|see you (?:on|at|then|there)"
    r"|te prometo|prometemos|prometo|mejor precio|precio especial|sin comision\w*|aprobad[oa]s?"
    r"|sigue disponible|esta disponible|estan disponibles|te he enviado|he enviado|hemos enviado|te espero|nos vemos"
    r"|he (?:reservado|agendado)"
    r"|melhor preco|preco especial|sem comiss\w*|aprovad[oa]s?|continua disponivel|esta disponivel"
    r"|enviei|enviamos|agendei|marquei|reservei|ate la) "
)
_STEERING: Final = re.compile(
    r" (?:safe(?:st|r)? (?:area|neighbou?rhood|place|street|part)s?"
    r"|(?:area|neighbou?rhood|street)s? (?:is|are) (?:very )?safe"
    r"|low crime|crime|dangerous (?:area|neighbou?rhood)s?|good schools?|great schools?|family friendly|kid friendly"
    r"|(?:perfect|ideal|great|good) for (?:a )?(?:famil(?:y|ies)|couples?|singles?|retirees|christians?|muslims?)"
    r"|no (?:children|kids)|adults only|exclusive (?:area|neighbou?rhood|community)"
    r"|(?:christian|muslim|jewish|catholic|hindu|white|black|asian|latino|hispanic|gypsy|immigrant|foreign)"
    r" (?:area|neighbou?rhood|community|people|famil(?:y|ies))"
    r"|(?:barrio|zona) (?:muy )?(?:segur[oa]|tranquil[oa]|exclusiv[oa]|familiar|peligros[oa]|conflictiv[oa])"
    r"|buenos colegios|(?:perfecto|ideal) para (?:familias?|parejas?|jovenes|jubilados)|sin ninos|inmigrantes|gitanos"
    r"|(?:bairro|zona) (?:muito )?(?:segur[oa]|tranquil[oa]|exclusiv[oa]|familiar|perigos[oa])|boas escolas"
    r"|(?:perfeito|ideal) para (?:familias?|casais|jovens|reformados)|sem criancas|imigrantes|ciganos) "
)
"""US Fair Housing Act (42 USC 3604(c)) and its like: no word about who lives somewhere, or should."""
_LEAK: Final = re.compile(
    r"</?lead|\b(?:system|hidden|initial) (?:prompt|message|instructions?)\b|\bmy (?:instructions|rules|prompt)\b"
    r"|\b(?:ask_next|offer_times|hand_over|wants_no_messages|small_talk)\b|\bas an? (?:ai |large )?language model\b"
    r"|\b(?:instrucciones|prompt) (?:del sistema|de sistema|ocultas)\b|[{}`]",
    re.IGNORECASE,
)

NAMES: Final = (
    "own_words",
    "own_language",
    "no_question",
    "no_address",
    "amounts",
    "no_time",
    "no_steering",
    "no_leak",
)


def check_proposed(words: str, decision: Decision, turn: Turn, playbook: Playbook) -> list[str]:
    """Return the names of the checks that pass: those of every reply, and those on a model's own words in it.

    Raises `ReplyRefused` for the first that fails.
    """
    passed = check_reply(decision, turn)
    for name, why in zip(NAMES, _problems(words, decision, turn, playbook), strict=True):
        if why is not None:
            raise ReplyRefused(name, why)
    return [*passed, *NAMES]


def _problems(words: str, decision: Decision, turn: Turn, playbook: Playbook) -> Iterator[str | None]:
    """Yield what is wrong, by the order of `NAMES`."""
    folded = plain(words).replace("| ", "")
    own = [line.text for line in (*turn.messages, *turn.conversation.history) if line.text and line.direction == "in"]
    yield _promises(words, folded)
    language = decision.language or "en"
    found = detect_language(words, LANGUAGES, language)
    yield None if found == language else f"its own words read as {found!r}, not as {language!r}"
    yield "it asks a question, code adds the one that is needed" if re.search("[?؟]", words) else None
    yield "it holds an address" if _ADDRESS.search(words) or _PHONE.search(words) else None
    yield _invented_amount(words, own, decision, turn, playbook)
    yield _invented_time(words, folded, own)
    steered = _STEERING.search(folded)
    yield f"it says who lives somewhere or should ({steered.group().strip()})" if steered else None
    yield "it repeats its instructions" if _LEAK.search(words) or _quotes_rules(folded, playbook) else None


def _promises(words: str, folded: str) -> str | None:
    if len(words) > LONGEST:
        return f"it has {len(words)} characters, at most {LONGEST} are taken"
    found = _PROMISE.search(folded)
    return f"it promises or claims something ({found.group().strip()})" if found else None


def _invented_amount(words: str, own: list[str], decision: Decision, turn: Turn, playbook: Playbook) -> str | None:
    """An amount, a share or a number of 1,000 and more is the lead's own, or of the record."""
    language = decision.language or "en"
    known = {
        *(number for text in own for number in _amounts(text, language, playbook.currency)),
        *_recorded({name: value.value for name, value in turn.conversation.lead.fields.items()}),
        *_recorded({name: value.value for name, value in decision.fields.items()}),
    }
    is_amount = _MONEY.search(words) is not None or _PERCENT.search(words) is not None
    for number in _amounts(words, language, playbook.currency):
        if (number >= _SMALLEST_AMOUNT or is_amount) and number not in known:
            return f"it names a number that is not in the record ({number:g})"
    return None


def _amounts(text: str, language: str, currency: str) -> set[float]:
    """Return every number of a text, spelled ones too, and what its amounts are worth in whole units."""
    found = {_plain_number(each) for each in _NUMBER.findall(text)}
    found |= {_plain_number(each) for each in _NUMBER.findall(with_digits(text, language))}
    money = find_money(text, language, currency, asked=True)
    if money is not None:
        found |= {each / 100 for each in (money[0].low_minor, money[0].high_minor) if each is not None}
    return found


def _plain_number(written: str) -> float:
    """Read "250.000" and "250,000" as thousands, "2.5" and "2,5" as two and a half."""
    if re.fullmatch(r"\d{1,3}(?:[.,]\d{3})+", written):
        return float(re.sub("[.,]", "", written))
    whole, *rest = re.split("[.,]", written)
    return float(f"{whole}.{''.join(rest)}") if rest else float(whole)


def _recorded(value: Any) -> set[float]:
    """Return the numbers of stored values; those that end in `_minor` in whole units."""
    found: set[float] = set()
    for name, each in value.items() if isinstance(value, dict) else ():
        if isinstance(each, dict):
            found |= _recorded(each)
        elif isinstance(each, int | float) and not isinstance(each, bool):
            found.add(each / 100 if name.endswith("_minor") else float(each))
    return found


def _invented_time(words: str, folded: str, own: list[str]) -> str | None:
    """Times are offered by code, from the calendar; a day that the lead named may be said back."""
    if _CLOCK.search(words) or re.search(r"\d:\d\d", words):
        return "it names a time of day"
    said = plain(" ".join(own)).replace("| ", "")
    for day in _DAY.findall(folded):
        if day not in said:
            return f"it names a day that the lead did not ({day.strip()})"
    return None


def _quotes_rules(folded: str, playbook: Playbook) -> bool:
    rules = plain_words(stable_part(playbook))
    said = folded.split()
    return any(f" {' '.join(said[at : at + _SHARED_WORDS])} " in rules for at in range(len(said) - _SHARED_WORDS + 1))


def plain_words(text: str) -> str:
    """Return a long text as plain words; `plain` reads the beginning only."""
    return "".join(plain(line).replace("| ", "").rstrip() for line in text.splitlines()) + " "
