"""What a message says about the things a playbook asks.

Pure. What is clear by itself ("two bedrooms", "350k", a tapped button) is taken unasked; what only makes sense as an
answer ("2", "the centre", "yes") is taken when it was asked for.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from lead_reviver.decide.patterns import Pattern, PatternSet, Words
from lead_reviver.decide.text import clauses, plain
from lead_reviver.decide.wishes import wish_of
from lead_reviver.reply.heard import Heard, bedrooms_in, heard_in, is_one_home, quotes, western_digits
from lead_reviver.reply.numbers import Money, find_money, spoken_money, with_digits
from lead_reviver.reply.place_answers import place_answered, place_in
from lead_reviver.reply.places import place_among_facts
from lead_reviver.reply.playbook import Playbook, Question
from lead_reviver.reply.talk import Talk, says, talk

_SENTENCE_END: Final = re.compile(r"(?<=[.!?…\n])\s+|\n+")
_COUNTS: Final = re.compile(r"\d{1,2} [a-zà-ÿ]")
"""The start of "2 bathrooms", which is no place."""
_REPEATABLE: Final = re.compile(r"(?=.*[^\W\d_\u093e-\u094d]{1,80})[\w\u0900-\u0963 ,.'’/&()-]{2,80}")
"""What a lead typed may be repeated to the lead: words, no links and no signs."""
_MOST_WORDS_AROUND_A_NUMBER: Final = 8
_OF_A_HOME: Final = frozenset({"bedrooms", "budget", "property_type"})
_NOT_OWN_MONEY: Final = frozenset({"haggles", "minor", "wrong_person", "bereavement", "thanks"})
"""Wishes beside which an amount is not what the lead would spend."""
_NOT_ABOUT_HOME: Final = frozenset(
    {"bereavement", "wrong_person", "minor", "abuse", "already_bought", "haggles", "legal_threat", "complaint"}
)
"""Wishes beside which nothing is learned about the home that the lead wants."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A field's value as understood; `value` None means that the lead does not know."""

    field: str
    value: Any
    said: str


def sentences(text: str) -> list[str]:
    """Return the sentences of a message as written."""
    return [each.strip() for each in _SENTENCE_END.split(text) if each.strip()]


def answers_in(sentence: str, playbook: Playbook, language: str, asked: Question | None) -> list[Answer]:
    """Return what one sentence answers, in the playbook's order."""
    wish = wish_of(sentence, language)
    asks = wish == "asks_question" or is_question(sentence, language)
    found = [
        answer
        for question in playbook.questions
        if not (question.type == "money" and (wish in _NOT_OWN_MONEY or quotes(sentence, language)))
        if (answer := _unasked(question, sentence, playbook, language)) is not None
    ]
    named = {answer.field for answer in found}
    found += [
        Answer(each.field, each.value, sentence)
        for each in heard_in(sentence, language)
        if _learns(playbook, each) and wish not in _NOT_ABOUT_HOME
        if not (each.field == "property_type" and asks and is_one_home(sentence, language))
        if each.field not in named or (each.field == "bedrooms" and isinstance(each.value, dict))
    ]
    found += _place_among(found, sentence, playbook, language)
    if asked is not None and not any(answer.field == asked.field for answer in found):
        answer = _asked(asked, sentence, playbook, language, alone=not found)
        if answer is not None:
            found.append(answer)
    return found


def answer_by_button(reply_id: str, playbook: Playbook, said: str) -> Answer | None:
    """Return the answer that a tapped button of ours stands for; its id is "field:value"."""
    field, _, value = reply_id.partition(":")
    for question in playbook.questions:
        if question.field != field:
            continue
        if question.type == "yes_no" and value in ("yes", "no"):
            return Answer(field, value == "yes", said)
        if any(choice.value == value for choice in question.choices):
            return Answer(field, value, said)
    return None


def is_question(sentence: str, language: str) -> bool:
    """Whether a sentence asks for something, with a question mark or without; "how are you?" does not."""
    words = Words.of(plain(sentence))
    if says("chatter", words, language):
        return False
    return "?" in sentence or "؟" in sentence or says("asking", Words.of(f" {leading(sentence, language)} "), language)


def leading(sentence: str, language: str) -> str:
    """Return the clause that says what a sentence without a mark is: the first that is no greeting; empty after a yes.

    "Chamberí, que mi hija va allí" and "sí, todavía busco" ask nothing, though such words begin many a question.
    """
    for clause in clauses(plain(sentence)):
        words = Words.of(f" {clause} ")
        if says("yes", words, language):
            return ""
        if not says("chatter", words, language):
            return clause
    return ""


def is_for_a_person(text: str, playbook: Playbook) -> bool:
    """Whether a message is about something that this playbook leaves to people, in whichever of its languages."""
    sources = tuple(each for sources in playbook.for_a_person.values() for each in sources)
    return patterns(sources).match(Words.of(plain(text))) is not None


def spoken(answer: Answer, question: Question, language: str) -> str | None:
    """Return how the answer is repeated to the lead ("two bedrooms"); None when it is not."""
    if answer.value is None or language not in question.said_back:
        return None
    said_back = question.said_back[language]
    words = talk(language)
    if question.type == "money":
        value = spoken_money(Money(*answer.value.values()), language)
    elif question.type == "number":
        if answer.value == 1 and language in question.said_back_one:
            return question.said_back_one[language]
        if isinstance(answer.value, dict) and answer.value["max"] is None:
            value = f"{answer.value['min']}+"
        elif isinstance(answer.value, dict):
            value = f"{_number(answer.value['min'], words)} {words.or_} {_number(answer.value['max'], words)}"
        elif answer.value == 0:
            return answer.said
        else:
            value = _number(answer.value, words)
    else:
        value = str(answer.value)
    return said_back.replace("{value}", value)


def _place_among(found: list[Answer], sentence: str, playbook: Playbook, language: str) -> list[Answer]:
    """Return the place that stands among other facts about a home, typed with capitals or without."""
    facts = {answer.field for answer in found} & _OF_A_HOME
    for question in playbook.questions:
        if question.places and not any(answer.field == question.field for answer in found):
            place = place_among_facts(sentence, language) if facts else None
            return [Answer(question.field, place, place)] if place else []
    return []


def _learns(playbook: Playbook, heard: Heard) -> bool:
    """Whether a playbook wants what was heard: in a question that knows the value, or among what it also learns."""
    question = next((each for each in playbook.questions if each.field == heard.field), None)
    if question is None:
        return heard.field in playbook.also_learns
    if question.type == "choice":
        return any(choice.value == heard.value for choice in question.choices)
    if question.type == "yes_no":
        return isinstance(heard.value, bool)
    return question.type == "number" and heard.field == "bedrooms"


def _unasked(question: Question, sentence: str, playbook: Playbook, language: str) -> Answer | None:
    if question.type == "number":
        return _counted(question, sentence, language)
    if question.type == "money":
        found = find_money(western_digits(sentence), language, playbook.currency, asked=False)
        return Answer(question.field, found[0].as_value(), sentence) if found else None
    if question.type == "choice":
        title = sentence.strip(" .!").casefold()
        for choice in question.choices:
            if title in (each.casefold() for each in choice.title.values()):
                return Answer(question.field, choice.value, sentence)
    if question.places:
        place = place_in(sentence, language)
        return Answer(question.field, place, place) if place else None
    return None


def _asked(question: Question, sentence: str, playbook: Playbook, language: str, *, alone: bool) -> Answer | None:
    words = Words.of(plain(sentence))
    if question.type == "choice":
        for choice in question.choices:
            if patterns(tuple(choice.words.get(language, ()))).match(words):
                return Answer(question.field, choice.value, sentence)
    elif question.type == "yes_no":
        agreed = _yes_or_no(question, words, language)
        if agreed is not None:
            return Answer(question.field, agreed, sentence)
    elif question.type == "money":
        found = find_money(sentence, language, playbook.currency, asked=True)
        if found:
            return Answer(question.field, found[0].as_value(), sentence)
    elif question.type == "number" and alone:
        number = bedrooms_in(western_digits(sentence), language, asked=True)
        if number is None or not isinstance(number, dict):
            bare = _bare_number(sentence, language)
            number = number if bare is None else bare
        if number is not None:
            return Answer(question.field, number, sentence)
    if not alone:
        return None
    if says("unknown", words, language):
        return Answer(question.field, None, sentence)
    if question.type == "text":
        words_of_lead = _free_text(question, sentence, words, language)
        if words_of_lead is not None:
            return Answer(question.field, words_of_lead, sentence)
    return None


def _counted(question: Question, sentence: str, language: str) -> Answer | None:
    articles = "|".join(talk(language).articles)
    text = with_digits(re.sub(rf"\b(?:{articles}) (?=\d)", "", sentence, flags=re.IGNORECASE), language)
    for article in talk(language).articles:
        for word in talk(language).numbers:
            if f" {article} {word} " in plain(sentence):
                text = with_digits(plain(sentence).replace(f" {article} {word} ", f" {word} "), language)
    match = _units(tuple(source for words in question.units.values() for source in words)).search(text)
    if match is not None:
        return Answer(question.field, _span(match["low"], match["high"]), match.group().strip())
    words = Words.of(plain(sentence))
    for number, sources in question.values.items():
        pattern = patterns(tuple(sources)).match(words)
        if pattern is not None:
            return Answer(question.field, int(number), sentence)
    return None


def _bare_number(sentence: str, language: str) -> Any:
    typed = plain(sentence).replace("|", " ").split()
    if len(typed) > 1:
        typed = [word for word in typed if word not in talk(language).articles]
    words = with_digits(" ".join(typed), language).split()
    if len(words) > _MOST_WORDS_AROUND_A_NUMBER:
        return None
    numbers = [int(word) for word in words if word.isdecimal() and len(word) <= 2]
    if len(numbers) == 1:
        return numbers[0]
    if len(numbers) == 2 and numbers[0] < numbers[1]:
        return {"min": numbers[0], "max": numbers[1]}
    return None


def _span(low: str, high: str | None) -> Any:
    if high is None or int(high) <= int(low):
        return int(low)
    return {"min": int(low), "max": int(high)}


def _yes_or_no(question: Question, words: Words, language: str) -> bool | None:
    if patterns(tuple(question.no.get(language, ()))).match(words) or says("no", words, language):
        return False
    if patterns(tuple(question.yes.get(language, ()))).match(words) or says("yes", words, language):
        return True
    return None


def _free_text(question: Question, sentence: str, words: Words, language: str) -> str | None:
    if is_question(sentence, language) or says("chatter", words, language):
        return None
    answer = sentence.strip(" .!,")
    if question.places:
        if _COUNTS.match(sentence) or not words.keys.isdisjoint(talk(language).money):
            return None
        answer = place_answered(sentence, language) or ""
    return answer if _REPEATABLE.fullmatch(answer) else None


def _number(value: int, words: Talk) -> str:
    return words.spelled[value] if 0 <= value < len(words.spelled) else str(value)


@cache
def patterns(sources: tuple[str, ...]) -> PatternSet:
    """Return patterns of a playbook, compiled once."""
    return PatternSet(Pattern(source, {}) for source in sources)


@cache
def _units(sources: tuple[str, ...]) -> re.Pattern[str]:
    joined = "|".join(re.escape(source).replace(r"\*", r"\w*") for source in sources)
    either = "|".join(sorted({word for language in ("en", "es", "pt") for word in talk(language).between}))
    return re.compile(
        rf"(?<= )(?P<low>\d{{1,2}})(?: (?:(?:{either}) )?(?P<high>\d{{1,2}}))? (?:[^\W\d]+ )?(?:{joined})(?= )"
    )
