"""Runs the sets through the real rules and the real responder, and says of each thing whether it was right."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any, Final

import psutil

from evaluation.figures import Verdict
from evaluation.reading import intent_of, labelled, same_field, understood
from evaluation.talking import OPENING_LANGUAGES, Talk, playbook_for
from lead_reviver.classifier.reader import Reader
from lead_reviver.decide.conversation import Decision
from lead_reviver.decide.opt_out import OptOut, opt_out_level
from lead_reviver.decide.wishes import wish_of
from lead_reviver.reply.impressions import sounds_like_no
from lead_reviver.reply.playbook import Playbook, shipped_playbook
from tests.conversation import sets
from tests.conversation.sets import (
    FalseFriend,
    GoldConversation,
    GoldFile,
    GoldTurn,
    Message,
    PlainAnswer,
    Unseen,
)

OPENING: Final = "Hi, this is Casa Feliz. You asked us about a home a while ago. Are you still looking?"
OUTCOMES: Final = {
    "answer": "replied", "hand_over": "handed_over", "stop_writing": "opted_out", "stay_quiet": "quiet",
}  # fmt: skip


@dataclass
class Measured:
    """Everything that was looked at."""

    verdicts: list[Verdict] = field(default_factory=list)
    field_counts: list[FieldCount] = field(default_factory=list)
    unseen_counts: dict[str, list[FieldCount]] = field(default_factory=dict)
    """The same for each round of messages that no rule was written for."""
    lengths: dict[str, list[int]] = field(default_factory=dict)
    """Characters of each reply, by language."""
    times: list[float] = field(default_factory=list)
    """Milliseconds of each decision."""
    memory_mb: dict[str, int] = field(default_factory=dict)
    """Resident memory of this process before it read rules and playbooks, and after all of it."""
    reader: Reader | None = None
    """Reads beside the rules."""

    def level(self, text: str, language: str) -> OptOut:
        """Return how sure it is that a text is an opt-out, to the rules and the reader."""
        level = opt_out_level(text)
        if self.reader is None or level is not OptOut.NONE:
            return level
        turn = Talk(shipped_playbook(), OPENING, reader=self.reader).turn_of(text)
        wish = wish_of(text, language.removesuffix("-Latn"))
        return OptOut.SUSPECT if sounds_like_no(turn, wish) else OptOut.NONE

    def say(self, language: str, decision: Decision) -> None:
        """Note how long a reply is."""
        if decision.text is not None:
            self.lengths.setdefault(language, []).append(len(decision.text))

    def judge(self, figure: str, item: str, language: str, right: bool, **more: str) -> None:
        """Write one verdict down."""
        self.verdicts.append(Verdict(figure, item, language, right, **more))


@dataclass(frozen=True, slots=True)
class FieldCount:
    """A field that was said, or that was thought to be said."""

    item: str
    language: str
    kind: str
    name: str
    said: bool
    found: bool
    right: bool
    note: str = ""


def measure(reader: Reader | None = None) -> Measured:
    """Run every set once; with a reader, let it read beside the rules."""
    measured = Measured(reader=reader, memory_mb={"before": _resident()})
    _warm_up()
    _opt_outs(measured)
    for language, messages in sets.messages().items():
        for message in messages:
            _message(measured, message, language)
    for file in sets.gold():
        for conversation in file.conversations:
            _conversation(measured, file, conversation)
    _attacks(measured)
    for name, unseen in sets.unseen().items():
        _unseen(measured, name, unseen)
    measured.memory_mb["after"] = _resident()
    return measured


def _resident() -> int:
    return round(psutil.Process().memory_info().rss / 1e6)


def _warm_up() -> None:
    """Let the rules be read and compiled, as a process does once; the texts themselves stay new."""
    for language, messages in sets.messages().items():
        for message in messages:
            Talk(shipped_playbook(), OPENING, _opening_language(language)).hears(f"{message.text} xylophone")


def _opt_outs(measured: Measured) -> None:
    for each in sets.opt_outs():
        _level(measured, each.id, each.language, each.text, each.level)
    for friend in sets.false_friends():
        _friend(measured, friend)
    for language, messages in sets.messages().items():
        for message in messages:
            _level(measured, message.id, language, message.text, message.opt_out)


def _friend(measured: Measured, friend: FalseFriend) -> None:
    level = measured.level(friend.text, friend.language)
    _level(measured, friend.id, friend.language, friend.text, "none")
    allowed = OptOut.SUSPECT if friend.at_most == "suspect" else OptOut.NONE
    more = {"wanted": friend.at_most, "got": level.name, "text": friend.text}
    measured.judge("false friends", friend.id, friend.language, level <= allowed, **more)


def _level(measured: Measured, item: str, language: str, text: str, wanted: str) -> None:
    level = measured.level(text, language)
    more = {"wanted": wanted, "got": level.name, "text": text}
    if wanted == "hard":
        measured.judge("opt-out recall, hard", item, language, level is OptOut.HARD, **more)
    if wanted != "none":
        measured.judge("opt-out recall, held or stopped", item, language, level is not OptOut.NONE, **more)
    else:
        measured.judge("no needless suspicion", item, language, level is OptOut.NONE, **more)
    if level is OptOut.HARD:
        measured.judge("opt-out precision", item, language, wanted != "none", **more)


def _message(measured: Measured, message: Message, language: str) -> None:
    talk = Talk(shipped_playbook(), OPENING, _opening_language(language), times=measured.times, reader=measured.reader)
    if message.asked is not None:
        talk.we_asked(message.asked, language)
        talk.lead_language = language
    decision = talk.hears(message.text)
    _reply(measured, message.id, language, language, decision)
    got = intent_of(decision)
    more = {"wanted": message.intent, "got": got, "text": message.text}
    measured.judge("intent", message.id, language, got == message.intent, **more)
    measured.field_counts += _field_counts(message, language, message.kind, decision, talk.playbook)


def _field_counts(
    message: Message | PlainAnswer, language: str, kind: str, decision: Decision, playbook: Playbook
) -> Iterator[FieldCount]:
    learned = understood({name: value.value for name, value in decision.fields.items()})
    wanted = labelled(message.fields)
    for name in dict.fromkeys([*wanted, *learned]):
        said, found = name in wanted, name in learned
        right = said and found and same_field(name, wanted[name], learned[name], playbook.currency)
        note = f"{message.text!r}: {wanted.get(name)!r}, got {learned.get(name)!r}"
        yield FieldCount(message.id, language, kind, name, said, found, right, note)


def _unseen(measured: Measured, name: str, unseen: Unseen) -> None:
    """Count a round apart, so that it changes none of the other figures."""
    own = Measured(reader=measured.reader)
    for each in unseen.opt_outs:
        _level(own, each.id, each.language, each.text, each.level)
    for friend in unseen.false_friends:
        _friend(own, friend)
    counts = measured.unseen_counts.setdefault(name, [])
    for answer in unseen.answers:
        language = answer.language.removesuffix("-Latn")
        talk = Talk(shipped_playbook(), OPENING, _opening_language(language), reader=measured.reader)
        if answer.asked is not None:
            talk.we_asked(answer.asked, language)
            talk.lead_language = language
        _level(own, answer.id, answer.language, answer.text, answer.opt_out)
        decision = talk.hears(answer.text)
        if answer.intent is not None:
            got = intent_of(decision)
            more = {"wanted": answer.intent, "got": got, "text": answer.text}
            own.judge("intent", answer.id, answer.language, got == answer.intent, **more)
        counts += _field_counts(answer, answer.language, "plain", decision, talk.playbook)
    measured.verdicts += [replace(each, figure=f"{name} unseen: {each.figure}") for each in own.verdicts]


def _conversation(measured: Measured, file: GoldFile, conversation: GoldConversation) -> None:
    language = conversation.language
    opening = file.opening.get(language, file.opening["en"])
    own = _opening_language(language)
    talk = Talk(playbook_for(file.market), opening, own, file.now, measured.times, measured.reader)
    problems: list[str] = []
    for place, turn in enumerate(conversation.turns, 1):
        asked = talk.asked
        if talk.handed_over:
            decision = talk.hears(*turn.says)
            if decision.text is not None:
                problems.append(f"turn {place}: wrote although a person talks")
            continue
        decision = talk.hears(*turn.says)
        _reply(measured, conversation.id, turn.language, turn.language, decision)
        found = list(_turn_problems(talk, turn, decision, asked))
        _unsafe(measured, conversation.id, language, decision, [*file.never])
        more = {"wanted": ", ".join(turn.outcome), "got": "; ".join(found), "text": " / ".join(turn.says)}
        measured.judge("gold turns", conversation.id, language, not found, **more)
        _hand_over(measured, conversation.id, language, turn, decision)
        problems += [f"turn {place}: {each}" for each in found]
    more = {"got": "; ".join(problems), "text": conversation.title}
    measured.judge("gold conversations", conversation.id, language, not problems, **more)


def _hand_over(measured: Measured, item: str, language: str, turn: GoldTurn, decision: Decision) -> None:
    """Count whether a person came where one had to, and none where none may; either is right elsewhere."""
    handed_over, text = decision.move == "hand_over", " / ".join(turn.says)
    if turn.outcome == ["handed_over"]:
        measured.judge("handed over that needed", item, language, handed_over, text=text, got=decision.reason)
    elif "handed_over" not in turn.outcome:
        measured.judge("nobody called needlessly", item, language, not handed_over, text=text, got=decision.reason)


def _turn_problems(talk: Talk, turn: GoldTurn, decision: Decision, asked: str | None) -> Iterator[str]:
    outcome = OUTCOMES[decision.move]
    if outcome not in turn.outcome:
        yield f"{outcome} ({decision.reason})"
    if turn.intent is not None and outcome != "opted_out" and intent_of(decision) != turn.intent:
        yield f"intent {intent_of(decision)}"
    text = (decision.text or "").casefold()
    if text and decision.language != turn.language.removesuffix("-Latn"):
        yield f"language {decision.language}"
    if text and turn.must_contain_any and not any(each.casefold() in text for each in turn.must_contain_any):
        yield f"says none of {turn.must_contain_any}"
    for each in turn.must_not_contain:
        if each.casefold() in text:
            yield f"says {each!r}"
    known: dict[str, Any] = understood({name: value.value for name, value in talk.known.items()})
    if turn.asked_before is None or turn.asked_before == asked:
        for name, wanted in labelled(turn.fields).items():
            if name not in known or not same_field(name, wanted, known[name], talk.playbook.currency):
                yield f"{name} is {known.get(name)!r}, not {wanted!r}"
    for name in turn.not_learned:
        if name in known:
            yield f"learned {name}"
    if turn.snoozed_until is not None:
        until = decision.snooze_until
        if until is None or not turn.snoozed_until.earliest <= until <= turn.snoozed_until.latest:
            yield f"snoozed until {until}"


def _attacks(measured: Measured) -> None:
    for attack in sets.attacks():
        own = _opening_language(attack.language)
        talk = Talk(shipped_playbook(), OPENING, own, times=measured.times, reader=measured.reader)
        said: list[str] = []
        decision = None
        for burst in attack.turns:
            decision = talk.hears(*burst)
            said.append((decision.text or "").casefold())
            measured.say(attack.language, decision)
        outcome = OUTCOMES[decision.move] if decision is not None else "quiet"
        broken = [each for each in attack.must_not if any(each.casefold() in text for text in said)]
        expected = outcome in attack.outcome or (talk.handed_over and "handed_over" in attack.outcome)
        more = {"wanted": ", ".join(attack.outcome), "got": f"{outcome}, said {broken}", "text": str(attack.turns)}
        measured.judge("attacks withstood", attack.id, attack.language, not broken and expected, **more)
        measured.judge("nothing said that must not be", attack.id, attack.language, not broken, **more)


def _unsafe(measured: Measured, item: str, language: str, decision: Decision, never: list[str]) -> None:
    if decision.text is None:
        return
    broken = [each for each in never if each.casefold() in decision.text.casefold()]
    measured.judge("nothing said that must not be", item, language, not broken, got=str(broken), text=decision.text)


def _reply(measured: Measured, item: str, language: str, expected: str, decision: Decision) -> None:
    if decision.text is None:
        return
    measured.say(expected, decision)
    right = decision.language == expected.removesuffix("-Latn")
    more = {"wanted": expected, "got": str(decision.language), "text": decision.text}
    measured.judge("reply language", item, language, right, **more)


def _opening_language(language: str) -> str:
    return language if language in OPENING_LANGUAGES else "en"
