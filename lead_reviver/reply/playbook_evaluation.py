"""Tries a playbook before it is published: is it safe, is everything in it reachable, may all of it be said? Pure.

Everything is tried in each of its languages with the real responder, without a model. It takes a second or two.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from itertools import chain

from msgspec import Struct

from lead_reviver.decide.conversation import Decision
from lead_reviver.errors import RefusedByRules
from lead_reviver.reply.checks import ReplyRefused, check_reply
from lead_reviver.reply.endings import REASONS, ending_text
from lead_reviver.reply.knowledge import is_offered, is_valid, named_listings
from lead_reviver.reply.model_checks import steers
from lead_reviver.reply.playbook import Playbook
from lead_reviver.reply.playbook_trials import TriedLead, plain_answer, trials
from lead_reviver.reply.talk import LANGUAGES


class Tried(Struct, frozen=True):
    """One thing that was tried."""

    kind: str
    """languages, texts, opt_outs, attacks, questions, facts, objections, listings, conversations."""
    item: str
    """Which one: a text's name and language, or what the lead said."""
    problem: str | None
    """None: it is as it should be."""


class Evaluation(Struct, frozen=True):
    """What publishing found; stored beside the version."""

    tried: dict[str, int]
    """How many things by kind."""
    failed: list[Tried]

    @property
    def passed(self) -> bool:
        """Whether the playbook may be published."""
        return not self.failed


class EvaluationFailed(RefusedByRules):
    """A playbook is not published, since something in it does not hold."""

    def __init__(self, name: str, evaluation: Evaluation) -> None:
        self.evaluation = evaluation
        shown = "; ".join(f"{each.item}: {each.problem}" for each in evaluation.failed[:10])
        more = len(evaluation.failed) - 10
        super().__init__(f"The playbook {name!r} is not published: {shown}" + (f"; and {more} more" * (more > 0)))


def evaluate(playbook: Playbook, now: datetime) -> Evaluation:
    """Try a playbook as of `now`."""
    spoken = [each for each in playbook.languages if each in LANGUAGES]
    unknown = [each for each in playbook.languages if each not in LANGUAGES]
    tried = [Tried("languages", each, "the rules do not understand this language yet") for each in unknown]
    tried += [Tried("languages", each, None) for each in spoken]
    for language in spoken:
        kinds = (_texts, _opt_outs, _attacks, _questions, _facts, _objections, _listings, _conversation)
        tried += chain.from_iterable(kind(playbook, language, now) for kind in kinds)
    return Evaluation(dict(Counter(each.kind for each in tried)), [each for each in tried if each.problem is not None])


def _texts(playbook: Playbook, language: str, now: datetime) -> Iterator[Tried]:
    """Everything that may be said passes the checks of every reply, and steers nobody."""
    for name, text in _own_texts(playbook, language):
        lead = TriedLead(playbook, language, now)
        filled = text.replace("{name}", " Alex").replace("{business}", "Costa").replace("{persona}", playbook.persona)
        filled = filled.replace("{facts}", "Lisboa").replace("{value}", "Lisboa").replace("{day}", "1")
        problem = None
        try:
            check_reply(Decision("answer", "", text=filled), lead.turn("?"), playbook)
        except ReplyRefused as refused:
            problem = str(refused)
        steering = steers(filled)
        if steering is not None:
            problem = f"it says who lives somewhere or should ({steering})"
        yield Tried("texts", f"{name}.{language}", problem)


def _own_texts(playbook: Playbook, language: str) -> Iterator[tuple[str, str]]:
    for name in playbook.__struct_fields__:
        value = getattr(playbook, name)
        if isinstance(value, dict) and isinstance(value.get(language), str):
            yield name, value[language]
    for question in playbook.questions:
        for place, wording in enumerate(question.ask[language]):
            yield f"questions.{question.field}.ask[{place}]", wording
    for fact in playbook.knowledge.facts:
        yield f"facts.{fact.topic}", fact.answer[language]
    for objection in playbook.objections:
        yield f"objections.{objection.topic}", objection.answer[language]
    answers = playbook.knowledge.listing_answers
    if answers is not None:
        for name in ("available", "not_available", "nothing"):
            yield f"listing_answers.{name}", getattr(answers, name)[language]
    for number, each in enumerate(playbook.follow_ups):
        yield f"follow_ups[{number}]", each.text[language]
    for wish in REASONS:
        text = ending_text(wish, language, playbook.endings)
        if text is not None:
            yield f"endings.{wish}", text


def _opt_outs(playbook: Playbook, language: str, now: datetime) -> Iterator[Tried]:
    for text in trials().opt_outs[language]:
        decision = TriedLead(playbook, language, now).says(text)
        yield Tried("opt_outs", text, _unless(decision.move == "stop_writing", "the lead is not left alone"))


def _attacks(playbook: Playbook, language: str, now: datetime) -> Iterator[Tried]:
    own = " ".join(text for _, text in _own_texts(playbook, language)).casefold()
    for text in trials().attacks[language]:
        decision = TriedLead(playbook, language, now).says(text)
        said = (decision.text or "").casefold()
        broken = [each for each in trials().must_not_say if each in said and each not in own]
        kept = not broken and decision.book is None and steers(said) is None
        yield Tried("attacks", text, _unless(kept, f"it answers {decision.text!r}"))


def _questions(playbook: Playbook, language: str, now: datetime) -> Iterator[Tried]:
    for question in playbook.questions:
        answers = [each.title[language] for each in question.choices] or [plain_answer(question, language)]
        for answer in answers:
            decision = TriedLead(playbook, language, now).asked(question).says(answer)
            value = decision.fields.get(question.field)
            understood = value is not None and value.value is not None
            yield Tried("questions", f"{question.field}: {answer}", _unless(understood, "the answer is not understood"))


def _facts(playbook: Playbook, language: str, now: datetime) -> Iterator[Tried]:
    for fact in playbook.knowledge.facts:
        example = fact.example[language]
        decision = TriedLead(playbook, language, now).says(example)
        answered = decision.move == "answer" and fact.answer[language].split("{")[0] in (decision.text or "")
        if is_valid(fact, now.date()):
            yield Tried("facts", example, _unless(answered, f"gets another answer: {decision.text!r}"))
        else:
            yield Tried("facts", example, _unless(not answered, "is answered although it is out of date"))


def _objections(playbook: Playbook, language: str, now: datetime) -> Iterator[Tried]:
    for objection in playbook.objections:
        example = objection.example[language]
        lead = TriedLead(playbook, language, now)
        first, second = lead.says(example), lead.says(example)
        answered = first.move == "answer" and objection.answer[language].split("{")[0] in (first.text or "")
        yield Tried("objections", example, _unless(answered, f"gets another answer: {first.text!r}"))
        yield Tried("objections", f"again: {example}", _unless(second.move == "hand_over", "no person comes"))


def _listings(playbook: Playbook, language: str, now: datetime) -> Iterator[Tried]:
    for listing in playbook.knowledge.listings:
        text = f"{listing.title}?"
        decision = TriedLead(playbook, language, now).says(text)
        named = listing in named_listings(decision.text or "", playbook)
        if is_offered(listing, now.date()):
            yield Tried("listings", text, _unless(named, f"gets another answer: {decision.text!r}"))
        else:
            yield Tried("listings", text, _unless(not named, "is named although it is not to be had"))


def _conversation(playbook: Playbook, language: str, now: datetime) -> Iterator[Tried]:
    """Plain answers lead to a meeting, or to a person where the playbook offers none."""
    lead = TriedLead(playbook, language, now)
    decision = lead.says(plain_answer(playbook.questions[0], language)) if playbook.questions else lead.says("?")
    for _ in range(2 * len(playbook.questions)):
        question = next((each for each in playbook.questions if each.field == decision.asked), None)
        if question is None:
            break
        decision = lead.says(plain_answer(question, language))
    reached = decision.choices is not None if playbook.meetings else decision.move == "hand_over"
    yield Tried("conversations", language, _unless(reached, f"plain answers end with {decision.text!r}"))


def _unless(right: bool, problem: str) -> str | None:
    return None if right else problem
