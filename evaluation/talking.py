"""Plays one side of a conversation: the lead writes, the real decider decides, and what it did is remembered.

No database and no network: what the steps keep between turns is kept here, as `steps/save.py` does it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from time import thread_time_ns
from typing import Final

from msgspec.structs import replace

from lead_reviver.classifier.reader import Reader
from lead_reviver.decide.conversation import Appointment, Calendar, Conversation, Decision, FieldValue, Lead, Line, Turn
from lead_reviver.reply.impressions import texts_to_read
from lead_reviver.reply.playbook import Playbook, shipped_playbook
from lead_reviver.reply.responder import respond

NOW: Final = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
"""What the sets call today."""
OPENING_LANGUAGES: Final = ("en", "es", "pt")
"""In which we wrote first; English where a lead speaks another one."""


def playbook_for(market: str) -> Playbook:
    """Return the market's playbook, or the one for buyers where the market has none yet."""
    try:
        return shipped_playbook(market)
    except FileNotFoundError:
        return shipped_playbook()


@dataclass
class Talk:
    """A lead whom we wrote to, and what came of it so far."""

    playbook: Playbook
    opening: str
    language: str = "en"
    """Of our opening."""
    now: datetime = NOW
    times: list[float] = field(default_factory=list)
    """Milliseconds of the processor that each decision took; others may be at work on the same machine."""
    reader: Reader | None = None
    """Reads beside the rules."""
    known: dict[str, FieldValue] = field(default_factory=dict)
    history: list[Line] = field(default_factory=list)
    lead_language: str | None = None
    stage: str = "new"
    handed_over: bool = False
    opted_out: bool = False
    asked: str | None = None
    calendar: Calendar = field(default_factory=lambda: Calendar("Europe/Madrid"))

    def __post_init__(self) -> None:
        self.history.append(Line("opening", "out", "campaign", "template", self.opening, self.now - timedelta(hours=1)))

    def we_asked(self, field_name: str, language: str) -> None:
        """Let our last message be the playbook's question about a field, if it asks for it."""
        question = next((each for each in self.playbook.questions if each.field == field_name), None)
        if question is not None:
            text = question.ask.get(language, question.ask["en"])[0]
            self.history.append(Line("question", "out", "bot", "text", text, self.now))
            self.asked = field_name

    def hears(self, *texts: str) -> Decision:
        """Decide about a burst of the lead, and remember what was decided."""
        start = thread_time_ns()
        turn = self.turn_of(*texts)
        decision = self._timed(turn, start)
        if decision.wants_slots is not None:
            found = _free(self.now, decision.wants_slots.kind)
            self.calendar = replace(self.calendar, offered=found)
            decision = self._timed(replace(turn, calendar=replace(turn.calendar, offered=found, found=found)))
        self._remember(turn, decision)
        return decision

    def _timed(self, turn: Turn, start: int | None = None) -> Decision:
        start = start or thread_time_ns()
        decision = respond(turn, self.playbook)
        self.times.append((thread_time_ns() - start) / 1e6)
        return decision

    def turn_of(self, *texts: str) -> Turn:
        """Return a burst of the lead as a turn, read where something reads."""
        return self._read(self._turn(texts))

    def _read(self, turn: Turn) -> Turn:
        return turn if self.reader is None else replace(turn, impressions=self.reader.read(texts_to_read(turn)))

    def _turn(self, texts: tuple[str, ...]) -> Turn:
        opted_out_at = self.now if self.opted_out else None
        lead = Lead("lead", "Alex", self.lead_language, self.stage, dict(self.known), opted_out_at)
        conversation = Conversation(
            "conversation", "workspace", "channel", "number", lead, "Casa Feliz", self.language,
            mode="human" if self.handed_over else "bot", history=self.history[-20:],
        )  # fmt: skip
        lines = [
            Line(f"in-{len(self.history)}-{place}", "in", "lead", "text", text, self.now)
            for place, text in enumerate(texts)
        ]
        return Turn("turn", conversation, lines, calendar=self.calendar)

    def _remember(self, turn: Turn, decision: Decision) -> None:
        self.history += turn.messages
        if decision.text is not None:
            self.history.append(Line(f"out-{len(self.history)}", "out", "bot", "text", decision.text, self.now))
            self.asked = decision.asked
        self.known.update(decision.fields)
        self.stage = decision.stage or self.stage
        self.lead_language = decision.language or self.lead_language
        self.handed_over = self.handed_over or decision.move == "hand_over"
        self.opted_out = self.opted_out or decision.move == "stop_writing"
        if decision.cancel is not None:
            self.calendar = replace(self.calendar, booked=None)
        if decision.book is not None:
            booked = next((each for each in self.calendar.offered if each.id == decision.book), None)
            self.calendar = replace(self.calendar, booked=booked or self.calendar.booked, offered=[])


def _free(now: datetime, kind: str) -> list[Appointment]:
    """Return three times of the next days, as a calendar would offer them."""
    days = [now.replace(hour=hour, minute=0) + timedelta(days=day) for day, hour in ((1, 9), (2, 15), (3, 10))]
    return [Appointment(f"slot-{each:%d%H}", kind, each, each + timedelta(minutes=30), "Sam") for each in days]
