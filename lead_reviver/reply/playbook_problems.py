"""What is wrong with a playbook whose shape is right: each problem with its place and what to change. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from lead_reviver.decide.patterns import Pattern
from lead_reviver.decide.score import weight_problems
from lead_reviver.reply.endings import REASONS
from lead_reviver.reply.playbook_shapes import LEARNED_UNASKED, STAGES, Playbook, Question, Texts, Wordings

BUTTONS_AT_MOST: Final = 3
BUTTON_TITLE_AT_MOST: Final = 20
"""Characters; both are Meta's limits for reply buttons."""
FOLLOW_UPS_AT_MOST: Final = 3
FOLLOW_UP_MINUTES: Final = (15, 23 * 60)
"""At least and at most, all together at most: free text may be sent for 24 hours after a lead's message."""

_PLACEHOLDERS: Final = frozenset({"name", "persona", "business", "facts", "value", "day"})
_PLACEHOLDER: Final = re.compile(r"\{([^{}]*)\}")
_NAME: Final = "[a-z][a-z0-9_]{0,39}"


class Problem(NamedTuple):
    """Something to change in a playbook."""

    path: str
    """`$.questions[2].ask.es`."""
    what: str
    line: int | None = None
    """In the file, from 1 on; None where there is none."""

    def __str__(self) -> str:
        return f"{self.path}: {self.what}" if self.line is None else f"line {self.line}: {self.path}: {self.what}"


def problems_of(playbook: Playbook) -> Iterator[Problem]:
    """Return everything that is wrong, in the order of the file."""
    languages = playbook.languages
    if not languages:
        yield Problem("$.languages", "name at least one language")
    if not re.fullmatch("[A-Z]{3}", playbook.currency):
        yield Problem("$.currency", "write an ISO 4217 code, e.g. EUR")
    for name in _SPOKEN:
        yield from text_problems(f"$.{name}", getattr(playbook, name), languages)
    for language in languages:
        opening = playbook.greeting.get(language, "") + playbook.disclosure.get(language, "")
        if "{business}" not in opening:
            yield Problem(f"$.disclosure.{language}", "name the business with {business}, the law asks for it")
    yield from pattern_problems("$.for_a_person", playbook.for_a_person)
    yield from pattern_problems("$.never_say", playbook.never_say)
    yield from _ending_problems(playbook)
    yield from _progress_problems(playbook)
    yield from (Problem("$.score", problem) for problem in weight_problems(playbook.score))
    for index, meeting in enumerate(playbook.meetings):
        if not re.fullmatch(_NAME, meeting.kind):
            yield Problem(f"$.meetings[{index}].kind", "use small letters, digits and underscores")
        yield from text_problems(f"$.meetings[{index}].title", meeting.title, languages)
        yield from pattern_problems(f"$.meetings[{index}].words", meeting.words)
    yield from _field_problems(playbook)
    for index, question in enumerate(playbook.questions):
        yield from _question_problems(f"$.questions[{index}]", question, languages)


_SPOKEN: Final = (
    "greeting", "disclosure", "honest_answer", "noted", "thanks", "no_problem", "not_understood", "media",
    "cannot_answer", "handover", "closing", "opt_out_confirmation",
)  # fmt: skip


def _ending_problems(playbook: Playbook) -> Iterator[Problem]:
    for wish, texts in playbook.endings.items():
        if wish not in REASONS:
            yield Problem(f"$.endings.{wish}", f"there is no such ending; there are {', '.join(REASONS)}")
        yield from said_problems(f"$.endings.{wish}", texts, playbook.languages)
        for language, text in texts.items():
            if ("{day}" in text) != (wish == "not_now"):
                yield Problem(f"$.endings.{wish}.{language}", "{day} belongs into not_now, and nowhere else")


def _template_problems(path: str, name: str | None) -> Iterator[Problem]:
    if name is not None and not re.fullmatch("[a-z0-9_]{1,512}", name):
        yield Problem(path, "write the name as Meta does, in small letters, digits and underscores")


def _progress_problems(playbook: Playbook) -> Iterator[Problem]:
    if len(playbook.follow_ups) > FOLLOW_UPS_AT_MOST:
        yield Problem("$.follow_ups", f"at most {FOLLOW_UPS_AT_MOST}, more is no longer gentle")
    shortest, longest = FOLLOW_UP_MINUTES
    if sum(each.after_minutes for each in playbook.follow_ups) > longest:
        yield Problem("$.follow_ups", f"at most {longest} minutes together, later no free text may be sent")
    for index, each in enumerate(playbook.follow_ups):
        path = f"$.follow_ups[{index}]"
        if each.after_minutes < shortest:
            yield Problem(f"{path}.after_minutes", f"wait at least {shortest} minutes")
        yield from said_problems(f"{path}.text", each.text, playbook.languages)
        yield from _template_problems(f"{path}.template", each.template)
    yield from _template_problems("$.wake_template", playbook.wake_template)
    stages = [each.stage for each in playbook.ageing]
    for index, rule in enumerate(playbook.ageing):
        path = f"$.ageing[{index}]"
        if rule.after_days < 1 or not rule.stage or not rule.becomes or rule.becomes == rule.stage:
            yield Problem(path, "name two different stages, and at least 1 day")
        if stages.count(rule.stage) > 1:
            yield Problem(path, f"the stage {rule.stage!r} has another rule")
        for name in (rule.stage, rule.becomes):
            if name and name not in playbook.stages:
                yield Problem(path, f"{name!r} is not among the stages")
    for name in STAGES[:4]:
        if name not in playbook.stages:
            yield Problem("$.stages", f"{name!r} is missing, leads are moved there")
    quiet = playbook.quiet_hours
    if quiet is not None and not (18 <= quiet.begin <= 24 and 0 <= quiet.end <= 12):
        yield Problem("$.quiet_hours", "begin between 18 and 24, end between 0 and 12")


def _field_problems(playbook: Playbook) -> Iterator[Problem]:
    fields = [question.field for question in playbook.questions]
    for name in sorted({name for name in fields if fields.count(name) > 1}):
        yield Problem("$.questions", f"the field {name!r} is asked for twice")
    for index, name in enumerate(playbook.also_learns):
        path = f"$.also_learns[{index}]"
        if name not in LEARNED_UNASKED:
            yield Problem(path, f"{name!r} is not understood unasked; there are {', '.join(LEARNED_UNASKED)}")
        if name in fields:
            yield Problem(path, f"{name!r} has a question, which is enough")
    for index, question in enumerate(playbook.questions):
        for name in question.enough_when:
            if name not in (*fields[:index], *playbook.also_learns):
                what = f"{name!r} is neither asked for before nor among also_learns"
                yield Problem(f"$.questions[{index}].enough_when", what)


def _question_problems(path: str, question: Question, languages: list[str]) -> Iterator[Problem]:
    if not re.fullmatch(_NAME, question.field):
        yield Problem(f"{path}.field", "use small letters, digits and underscores")
    for number in question.values:
        if not number.isdecimal():
            yield Problem(f"{path}.values", f"{number!r} is no number")
    for language in languages:
        wordings = question.ask.get(language, [])
        if len(wordings) != 2:
            yield Problem(f"{path}.ask.{language}", "write the question, and once more in other words")
        for place, wording in enumerate(wordings):
            if wording.count("?") != 1 or not wording.endswith("?"):
                yield Problem(f"{path}.ask.{language}[{place}]", "end with the one question mark")
            yield from _placeholder_problems(f"{path}.ask.{language}[{place}]", wording)
    for name in ("said_back", "said_back_one"):
        texts = getattr(question, name)
        if texts:
            yield from text_problems(f"{path}.{name}", texts, languages)
    if question.type == "choice" and not 2 <= len(question.choices) <= BUTTONS_AT_MOST:
        yield Problem(f"{path}.choices", "give two or three, WhatsApp shows no more buttons")
    if question.type != "choice" and question.choices:
        yield Problem(f"{path}.choices", "only a question of type choice has them")
    for place, choice in enumerate(question.choices):
        yield from text_problems(f"{path}.choices[{place}].title", choice.title, languages)
        for language, title in choice.title.items():
            if len(title) > BUTTON_TITLE_AT_MOST:
                what = f"at most {BUTTON_TITLE_AT_MOST} characters"
                yield Problem(f"{path}.choices[{place}].title.{language}", what)
        yield from pattern_problems(f"{path}.choices[{place}].words", choice.words)
    for name in ("units", "values", "yes", "no"):
        yield from pattern_problems(f"{path}.{name}", getattr(question, name))


def pattern_problems(path: str, wordings: Wordings) -> Iterator[Problem]:
    """Return which patterns cannot be read."""
    for key, sources in wordings.items():
        for index, source in enumerate(sources):
            try:
                Pattern(source, {})
            except (ValueError, re.error):
                yield Problem(f"{path}.{key}[{index}]", f"{source!r} is no pattern")


def said_problems(path: str, texts: Texts, languages: list[str]) -> Iterator[Problem]:
    """Return what is wrong with a text after which a question may follow."""
    yield from text_problems(path, texts, languages)
    for language, text in texts.items():
        if "?" in text:
            yield Problem(f"{path}.{language}", "ask nothing, the question follows")


def text_problems(path: str, texts: Texts, languages: list[str]) -> Iterator[Problem]:
    """Return which languages are missing, and which placeholders there are not."""
    for language in languages:
        if not texts.get(language, "").strip():
            yield Problem(f"{path}.{language}", "the text is missing")
    for language, text in texts.items():
        yield from _placeholder_problems(f"{path}.{language}", text)


def _placeholder_problems(path: str, text: str) -> Iterator[Problem]:
    for name in _PLACEHOLDER.findall(text):
        if name not in _PLACEHOLDERS:
            yield Problem(path, f"{{{name}}} is no placeholder; there are {', '.join(sorted(_PLACEHOLDERS))}")
    if re.search("[{}]", _PLACEHOLDER.sub("", text)):
        yield Problem(path, "a brace has no partner")
