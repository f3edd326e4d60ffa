"""Checks on words that a model wrote, beside those on every reply (`checks.py`). Pure.

A model may react to what was said. It may not bring anything new: it names no amount, time, address or promise at all,
other numbers and days only as the lead did. What these patterns cannot see is an invented fact without a number; the
questions that would call for one are answered by approved wording.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from lead_reviver.decide.conversation import Decision, Turn
from lead_reviver.decide.language import detect_language
from lead_reviver.decide.patterns import LANGUAGES
from lead_reviver.decide.text import plain
from lead_reviver.reply.checks import ReplyRefused, check_reply
from lead_reviver.reply.numbers import with_digits
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
_SHORTENED: Final = re.compile(r"\d ?(?:k|m|mil|mio|million|millones|milh[aã]o|milh[oõ]es)\b", re.IGNORECASE)
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
    r"|see you (?:on|at|then|there)|accepted|agreed|confirmed|its a deal|we can offer|you qualify|good investment"
    r"|confirmad[oa]s?|aceptad[oa]s?|aceit[oe]s?|fechado|combinado|trato hecho|de acuerdo|buena inversion"
    r"|you won|bom investimento|(?:will|going to) (?:rise|increase|go up|appreciate|gain|be worth)"
    r"|(?:va a|van a) (?:subir|revalorizarse)|subira|vai (?:subir|valorizar)"
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
    r"|\b(?:password|senha|contraseña|api key|(?:the|el|o) c[oó]d(?:e|igo) (?:is|es|é))(?!\w)"
    r"|\b(?:instrucciones|prompt) (?:del sistema|de sistema|ocultas)\b|[{}`]",
    re.IGNORECASE,
)


def check_proposed(words: str, decision: Decision, turn: Turn, playbook: Playbook) -> list[str]:
    """Return the names of the checks that pass: those of every reply, and those on a model's own words in it.

    Raises `ReplyRefused` for the first that fails.
    """
    passed = check_reply(decision, turn, playbook)
    for name, why in _problems(words, decision, turn, playbook):
        if why is not None:
            raise ReplyRefused(name, why)
        passed.append(name)
    return passed


def _problems(words: str, decision: Decision, turn: Turn, playbook: Playbook) -> Iterator[tuple[str, str | None]]:
    """Yield each check with what is wrong, None when nothing is."""
    folded = plain(words).replace("| ", "")
    own = [line.text for line in (*turn.messages, *turn.conversation.history) if line.text and line.direction == "in"]
    language = decision.language or "en"
    found = detect_language(words, LANGUAGES, language)
    steered = steers(words)
    yield "own_words", _promises(words, folded)
    yield "own_language", None if found == language else f"its own words read as {found!r}, not as {language!r}"
    yield "no_question", "it asks a question, code adds the one needed" if re.search("[?؟]", words) else None
    yield "no_address", "it holds an address" if _ADDRESS.search(words) or _PHONE.search(words) else None
    yield "no_time", _invented_time(words, folded, own)
    yield "amounts", _amount(words, own, language)
    yield "no_steering", f"it says who lives somewhere or should ({steered})" if steered else None
    leaks = _LEAK.search(words) or _quotes_rules(folded, playbook)
    yield "no_leak", "it repeats its instructions" if leaks else None


def steers(text: str) -> str | None:
    """Return the words with which a text says who lives somewhere or should, if it does."""
    found = _STEERING.search(plain(text).replace("| ", ""))
    return found.group().strip() if found else None


def _promises(words: str, folded: str) -> str | None:
    if len(words) > LONGEST:
        return f"it has {len(words)} characters, at most {LONGEST} are taken"
    found = _PROMISE.search(folded)
    return f"it promises or claims something ({found.group().strip()})" if found else None


def _amount(words: str, own: list[str], language: str) -> str | None:
    """Amounts are said back by approved wording alone; any other number is one that the lead wrote."""
    if _MONEY.search(words) or _PERCENT.search(words) or _SHORTENED.search(words):
        return "it names an amount"
    said = {number for text in own for number in _numbers(text, language)}
    for number in _numbers(words, language):
        if number >= _SMALLEST_AMOUNT:
            return f"it names an amount ({number:g})"
        if number > 1 and number not in said:  # "a place" counts as one
            return f"it names a number that the lead did not ({number:g})"
    return None


def _numbers(text: str, language: str) -> set[float]:
    """Return every number of a text, spelled ones too."""
    return {_plain_number(each) for each in _NUMBER.findall(f"{text} {with_digits(text, language)}")}


def _plain_number(written: str) -> float:
    """Read "250.000" and "250,000" as thousands, "2.5" and "2,5" as two and a half."""
    if re.fullmatch(r"\d{1,3}(?:[.,]\d{3})+", written):
        return float(re.sub("[.,]", "", written))
    whole, *rest = re.split("[.,]", written)
    return float(f"{whole}.{''.join(rest)}") if rest else float(whole)


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
    rules = _plain_lines(stable_part(playbook))
    said = folded.split()
    return any(f" {' '.join(said[at : at + _SHARED_WORDS])} " in rules for at in range(len(said) - _SHARED_WORDS + 1))


def _plain_lines(text: str) -> str:
    """Return a long text as plain words; `plain` reads the beginning only."""
    return "".join(plain(line).replace("| ", "").rstrip() for line in text.splitlines()) + " "
