"""A playbook: what to say and ask for one purpose, as data. What is specific to a market lives here, not in code.

The body is what `playbooks.body` stores. Texts are given per language (ISO 639-1) and may hold these placeholders:
`{name}` (a space and the lead's first name, or nothing), `{persona}`, `{business}`, `{facts}` (what was understood)
and `{value}` (in `said_back`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final, Literal

import msgspec
from msgspec import Struct

from lead_reviver.decide.patterns import Pattern
from lead_reviver.decide.score import weight_problems
from lead_reviver.errors import BadInput

Texts = dict[str, str]
Wordings = dict[str, list[str]]

BUTTONS_AT_MOST: Final = 3
BUTTON_TITLE_AT_MOST: Final = 20
"""Characters; both are Meta's limits for reply buttons."""

_FOLDER: Final = Path(__file__).parent / "playbooks"
FOLLOW_UPS_AT_MOST: Final = 3
FOLLOW_UP_MINUTES: Final = (15, 23 * 60)
"""At least and at most, all together at most: free text may be sent for 24 hours after a lead's message."""

_PLACEHOLDERS: Final = frozenset({"name", "persona", "business", "facts", "value"})
_PLACEHOLDER: Final = re.compile(r"\{([^{}]*)\}")


class Choice(Struct, frozen=True, forbid_unknown_fields=True):
    """One of the answers to choose from."""

    value: str
    title: Texts
    """On the button: at most 20 characters."""
    words: Wordings = msgspec.field(default_factory=dict)
    """Patterns (see `decide/patterns.py`) that mean this choice when typed."""


class Question(Struct, frozen=True, forbid_unknown_fields=True):
    """One thing to find out."""

    field: str
    type: Literal["text", "number", "money", "choice", "yes_no"]
    why: str
    """What the answer is good for, for people who edit the playbook."""
    ask: Wordings
    """First the question, then the same in other words, for the one time it is asked again."""
    choices: list[Choice] = msgspec.field(default_factory=list)
    """For `choice`: two or three, shown as buttons."""
    units: Wordings = msgspec.field(default_factory=dict)
    """For `number`: patterns of what is counted, so that "two bedrooms" is understood before it is asked."""
    values: Wordings = msgspec.field(default_factory=dict)
    """For `number`: patterns that stand for one, by number: {"0": ["studio"]}."""
    yes: Wordings = msgspec.field(default_factory=dict)
    """For `yes_no`: patterns that mean yes to this question, beside the usual words."""
    no: Wordings = msgspec.field(default_factory=dict)
    places: bool = False
    """For `text`: the answer is a place, understood unasked in "in Lisbon"."""
    said_back: Texts = msgspec.field(default_factory=dict)
    """How the answer is repeated, e.g. "{value} bedrooms"."""
    said_back_one: Texts = msgspec.field(default_factory=dict)
    """The same for the number one."""


class MeetingKind(Struct, frozen=True, forbid_unknown_fields=True):
    """A kind of meeting that the bot may offer times for. How long it takes and when is the workspace's matter."""

    kind: str
    """Name of one of the workspace's meeting types."""
    title: Texts
    """With its article: "a viewing"."""
    words: Wordings = msgspec.field(default_factory=dict)
    """Patterns with which a lead asks for one."""


class FollowUp(Struct, frozen=True, forbid_unknown_fields=True):
    """One more message to a lead who left a question without an answer; the question follows in other words."""

    after_minutes: int
    """Since the question, or since the follow-up before this one."""
    text: Texts
    """What stands before the question; it asks nothing itself."""
    template: str | None = None
    """Name of the approved template that is sent instead when the reply window has closed, the first time only."""


class Ageing(Struct, frozen=True, forbid_unknown_fields=True):
    """A stage that a lead leaves by silence alone."""

    stage: str
    after_days: int
    """Without a word from either side."""
    becomes: str


class Playbook(Struct, frozen=True, forbid_unknown_fields=True):
    """What the bot says, and what it asks, in order."""

    name: str
    languages: list[str]
    """In which the bot converses. A lead who writes in another one gets a person."""
    currency: str
    """ISO 4217; of amounts that name none."""
    persona: str
    greeting: Texts
    disclosure: Texts
    """Says that an assistant is writing and for whom (EU AI Act, Art. 50): in the bot's first message."""
    honest_answer: Texts
    """To "are you a bot?"."""
    noted: Texts
    """Repeats what was understood: "{facts}, noted."."""
    thanks: Texts
    """Acknowledges an answer that is not repeated."""
    no_problem: Texts
    """When the lead does not know yet."""
    not_understood: Texts
    media: Texts
    """For pictures, voice notes and files, which nobody but a person looks at."""
    cannot_answer: Texts
    """For a question that is not the bot's to answer."""
    handover: Texts
    closing: Texts
    opt_out_confirmation: Texts
    questions: list[Question]
    for_a_person: Wordings = msgspec.field(default_factory=dict)
    """Patterns of what only a person may talk about here: selling, complaints, visits, advice on loans."""
    meetings: list[MeetingKind] = msgspec.field(default_factory=list)
    """The first is offered once every question is answered; none: a person makes the dates."""
    follow_ups: list[FollowUp] = msgspec.field(default_factory=list)
    """For a lead who does not answer, in order; none: the bot never writes unasked."""
    ageing: list[Ageing] = msgspec.field(default_factory=list)
    score: dict[str, int] = msgspec.field(default_factory=dict)
    """What a lead's score is made of (see `decide/score.py`); empty: the usual weights."""


def parse_playbook(body: bytes | Mapping[str, Any]) -> Playbook:
    """Read a playbook's body, JSON bytes or the decoded object.

    Raises `BadInput` that names the place (`$.questions[2].ask.es`) and what to change.
    """
    try:
        if isinstance(body, bytes):
            playbook = msgspec.json.decode(body, type=Playbook)
        else:
            playbook = msgspec.convert(body, type=Playbook)
    except msgspec.MsgspecError as error:
        raise BadInput(f"The playbook cannot be used: {error}") from None
    problems = list(_problems(playbook))
    if problems:
        raise BadInput(f"The playbook {playbook.name!r} cannot be used: " + "; ".join(problems))
    return playbook


@cache
def shipped_playbook(name: str = "property_buyers") -> Playbook:
    """Return a playbook that comes with Lead-Reviver. Raises `FileNotFoundError` for a name it does not have."""
    return parse_playbook((_FOLDER / f"{name}.json").read_bytes())


_SPOKEN: Final = ("greeting", "disclosure", "honest_answer", "noted", "thanks", "no_problem", "not_understood", "media")
_SPOKEN_LAST: Final = ("cannot_answer", "handover", "closing", "opt_out_confirmation")


def _problems(playbook: Playbook) -> Iterator[str]:
    if not playbook.languages:
        yield "$.languages: name at least one language"
    if not re.fullmatch("[A-Z]{3}", playbook.currency):
        yield "$.currency: write an ISO 4217 code, e.g. EUR"
    for name in _SPOKEN + _SPOKEN_LAST:
        yield from _text_problems(f"$.{name}", getattr(playbook, name), playbook.languages)
    for language in playbook.languages:
        opening = playbook.greeting.get(language, "") + playbook.disclosure.get(language, "")
        if "{business}" not in opening:
            yield f"$.disclosure.{language}: name the business with {{business}}, the law asks for it"
    for language, sources in playbook.for_a_person.items():
        yield from _broken(f"$.for_a_person.{language}", sources)
    yield from _progress_problems(playbook)
    yield from (f"$.score: {problem}" for problem in weight_problems(playbook.score))
    for index, meeting in enumerate(playbook.meetings):
        if not re.fullmatch("[a-z][a-z0-9_]{0,39}", meeting.kind):
            yield f"$.meetings[{index}].kind: use small letters, digits and underscores"
        yield from _text_problems(f"$.meetings[{index}].title", meeting.title, playbook.languages)
        for language, sources in meeting.words.items():
            yield from _broken(f"$.meetings[{index}].words.{language}", sources)
    fields = [question.field for question in playbook.questions]
    for name in sorted({name for name in fields if fields.count(name) > 1}):
        yield f"$.questions: the field {name!r} is asked for twice"
    for index, question in enumerate(playbook.questions):
        for number in question.values:
            if not number.isdecimal():
                yield f"$.questions[{index}].values: {number!r} is no number"
        yield from _question_problems(f"$.questions[{index}]", question, playbook.languages)


def _progress_problems(playbook: Playbook) -> Iterator[str]:
    if len(playbook.follow_ups) > FOLLOW_UPS_AT_MOST:
        yield f"$.follow_ups: at most {FOLLOW_UPS_AT_MOST}, more is no longer gentle"
    shortest, longest = FOLLOW_UP_MINUTES
    if sum(each.after_minutes for each in playbook.follow_ups) > longest:
        yield f"$.follow_ups: at most {longest} minutes together, later no free text may be sent"
    for index, each in enumerate(playbook.follow_ups):
        path = f"$.follow_ups[{index}]"
        if each.after_minutes < shortest:
            yield f"{path}.after_minutes: wait at least {shortest} minutes"
        yield from _text_problems(f"{path}.text", each.text, playbook.languages)
        for language, text in each.text.items():
            if "?" in text:
                yield f"{path}.text.{language}: ask nothing, the question follows"
        if each.template is not None and not re.fullmatch("[a-z0-9_]{1,512}", each.template):
            yield f"{path}.template: write the name as Meta does, in small letters, digits and underscores"
    stages = [each.stage for each in playbook.ageing]
    for index, rule in enumerate(playbook.ageing):
        if rule.after_days < 1 or not rule.stage or not rule.becomes or rule.becomes == rule.stage:
            yield f"$.ageing[{index}]: name two different stages, and at least 1 day"
        if stages.count(rule.stage) > 1:
            yield f"$.ageing[{index}]: the stage {rule.stage!r} has another rule"


def _question_problems(path: str, question: Question, languages: list[str]) -> Iterator[str]:
    if not re.fullmatch("[a-z][a-z0-9_]{0,39}", question.field):
        yield f"{path}.field: use small letters, digits and underscores"
    for language in languages:
        wordings = question.ask.get(language, [])
        if len(wordings) != 2:
            yield f"{path}.ask.{language}: write the question, and once more in other words"
        for number, wording in enumerate(wordings):
            if wording.count("?") != 1 or not wording.endswith("?"):
                yield f"{path}.ask.{language}[{number}]: end with the one question mark"
            yield from _placeholder_problems(f"{path}.ask.{language}[{number}]", wording)
    for name in ("said_back", "said_back_one"):
        texts = getattr(question, name)
        if texts:
            yield from _text_problems(f"{path}.{name}", texts, languages)
    if question.type == "choice" and not 2 <= len(question.choices) <= BUTTONS_AT_MOST:
        yield f"{path}.choices: give two or three, WhatsApp shows no more buttons"
    if question.type != "choice" and question.choices:
        yield f"{path}.choices: only a question of type choice has them"
    for number, choice in enumerate(question.choices):
        yield from _text_problems(f"{path}.choices[{number}].title", choice.title, languages)
        for language, title in choice.title.items():
            if len(title) > BUTTON_TITLE_AT_MOST:
                yield f"{path}.choices[{number}].title.{language}: at most {BUTTON_TITLE_AT_MOST} characters"
    yield from _pattern_problems(path, question)


def _pattern_problems(path: str, question: Question) -> Iterator[str]:
    sources = [
        (name, source)
        for name in ("units", "values", "yes", "no")
        for words in getattr(question, name).values()
        for source in words
    ]
    sources += [("choices", source) for each in question.choices for words in each.words.values() for source in words]
    for name, source in sources:
        yield from _broken(f"{path}.{name}", [source])


def _broken(path: str, sources: list[str]) -> Iterator[str]:
    for source in sources:
        try:
            Pattern(source, {})
        except (ValueError, re.error):
            yield f"{path}: {source!r} is no pattern"


def _text_problems(path: str, texts: Texts, languages: list[str]) -> Iterator[str]:
    for language in languages:
        if not texts.get(language, "").strip():
            yield f"{path}.{language}: the text is missing"
    for language, text in texts.items():
        yield from _placeholder_problems(f"{path}.{language}", text)


def _placeholder_problems(path: str, text: str) -> Iterator[str]:
    for name in _PLACEHOLDER.findall(text):
        if name not in _PLACEHOLDERS:
            yield f"{path}: {{{name}}} is no placeholder; there are {', '.join(sorted(_PLACEHOLDERS))}"
    if re.search("[{}]", _PLACEHOLDER.sub("", text)):
        yield f"{path}: a brace has no partner"
