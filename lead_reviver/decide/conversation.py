"""What is known when the bot decides what to say, and what it decided.

Pure data: the steps load it, a responder reads it, Redis keeps it as JSON. Times are aware, UTC.
"""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any, Literal

from msgspec import Struct, field

Mode = Literal["bot", "human"]
Move = Literal["answer", "stop_writing", "hand_over", "stay_quiet"]
Doubt = Literal["not_listened", "unclear", "maybe_no", "too_long", "late", "gone"]
"""not_listened: nothing transcribes here, or today's budget is used up; unclear: doubtful words or none; maybe_no:
unclear, and perhaps a wish not to be written to; too_long; late: not ready in time; gone: WhatsApp has no such file."""


class FieldValue(Struct, frozen=True, omit_defaults=True):
    """What a lead told us for one playbook field."""

    value: Any
    said: str
    """The lead's own words."""
    message_id: str | None
    """The message that says so; None when it came another way, e.g. by an import."""
    confidence: float = 1.0
    """1 when it is not kept."""
    corrected_by: str | None = None
    """The member who put it right; what the lead says later stands beside it in `heard`."""
    corrected_at: datetime | None = None
    heard: FieldValue | None = None
    """What the lead has said since that differs; None when nothing does."""


class Lead(Struct, frozen=True):
    """The lead as a responder may see it."""

    lead_id: str
    name: str | None = None
    language: str | None = None
    """ISO 639-1; None until known."""
    stage: str = "new"
    fields: dict[str, FieldValue] = field(default_factory=dict)
    opted_out_at: datetime | None = None


class Line(Struct, frozen=True):
    """One message of the conversation, in or out."""

    message_id: str
    direction: Literal["in", "out"]
    author: Literal["lead", "bot", "person", "campaign", "app", "system"]
    kind: str
    """Meta's message type: text, image, audio, interactive, button, location, ..."""
    text: str | None
    sent_at: datetime
    wamid: str | None = None
    reply_id: str | None = None
    """The id of the button or list row that was tapped."""
    confidence: float = 1.0
    """How sure it is that these are the lead's words: below 1 where a voice note was transcribed into `text`."""
    doubt: Doubt | None = None
    """Why a voice note has no words that count; None where it has, and for everything that is no voice note."""


class Conversation(Struct, frozen=True):
    """A lead on one number of ours, as cached in Redis and rebuilt from Postgres."""

    conversation_id: str
    workspace_id: str
    channel_id: str
    phone_number_id: str
    lead: Lead
    workspace_name: str
    workspace_language: str
    mode: Mode = "bot"
    phone: str | None = None
    """E.164; None when the lead hides the number."""
    bsuid: str | None = None
    playbook_id: str | None = None
    state_version: int = 0
    history: list[Line] = field(default_factory=list)
    """Newest last, without the turn's own messages; at most 20."""


class Appointment(Struct, frozen=True):
    """A meeting with the lead: agreed on, or a slot that is kept while the lead decides."""

    id: str
    kind: str
    """A name of the playbook's and the workspace's meeting types."""
    starts_at: datetime
    ends_at: datetime
    agent: str | None = None
    """Who of us goes."""


class Calendar(Struct, frozen=True):
    """What is agreed on with the lead, and what is offered."""

    time_zone: str = "UTC"
    """The lead's, else the workspace's."""
    offered: list[Appointment] = field(default_factory=list)
    """Slots that an earlier message offered and that can still be booked, in the order of the list."""
    booked: Appointment | None = None
    """The next meeting."""
    found: list[Appointment] | None = None
    """Slots that were looked for and kept for this very turn; None until the responder asks for them."""


class SlotWish(Struct, frozen=True):
    """What a responder asks for before it can offer anything: free slots of a kind of meeting."""

    kind: str
    weekdays: list[int] = field(default_factory=list)
    """ISO, 1 is Monday; empty: any."""
    part: Literal["morning", "afternoon", "evening"] | None = None
    times: list[time] = field(default_factory=list)
    """Of day, on the lead's clock; what begins then is offered first."""
    instead: bool = False
    """Others than those that are offered now: later ones, where no day is named."""


class Impression(Struct, frozen=True):
    """What a message sounds like to a classifier, which is never sure."""

    refuses: bool
    """Like a wish not to be written to: everything automatic is held. It may add this suspicion, and clear none."""
    likeness: float
    """How much so, 0 to 1."""


class Turn(Struct, frozen=True):
    """One or more messages of a lead in a row, to be answered once."""

    turn_id: str
    conversation: Conversation
    messages: list[Line]
    """What the lead wrote, oldest first; at least one."""
    just_opted_out: bool = False
    """One of these messages is the opt-out itself: one confirmation may go out."""
    calendar: Calendar = Calendar()
    impressions: list[Impression] = field(default_factory=list)
    """Of those messages that a classifier has read; none without one."""


class Button(Struct, frozen=True):
    """A reply button: Meta allows 3, titles of 20 characters, ids of 256."""

    id: str
    title: str


class Choices(Struct, frozen=True):
    """A list to choose from: Meta allows 10 rows, row titles of 24 characters, ids of 200, a button of 20."""

    button: str
    """Opens the list."""
    rows: list[Button]


class Decision(Struct, frozen=True):
    """What to do about a turn, and why. The model proposes it; the code disposes."""

    move: Move
    reason: str
    """Why, in plain words, for people; no personal data."""
    text: str | None = None
    """What to send; None when nothing is sent."""
    buttons: list[Button] = field(default_factory=list)
    language: str | None = None
    intent: str | None = None
    fields: dict[str, FieldValue] = field(default_factory=dict)
    """Fields learned in this turn, by playbook field name."""
    asked: str | None = None
    """Name of the playbook field that `text` asks for."""
    stage: str | None = None
    """The lead's next stage; None leaves it."""
    choices: Choices | None = None
    """Shown under `text` instead of buttons."""
    wants_slots: SlotWish | None = None
    """Nothing is decided yet: decide again with these slots in `turn.calendar.found`."""
    book: str | None = None
    """The offered slot that the lead took. Stored in the transaction that writes `text` down, or neither is."""
    cancel: str | None = None
    """The meeting that the lead called off, likewise; with `book`, the one that is moved."""
    snooze_until: date | None = None
    """The day until which the lead wants to be left alone."""
    snooze_said_in: str | None = None
    """The message that says so; its words stay there and travel nowhere else."""
    snooze_occasion: str | None = None
    """The time that was named, see `decide/snooze.py`; None where none was."""
    model: str = "playbook"
    tokens_in: int = 0
    tokens_out: int = 0
    tokens_cached: int = 0
    cost_minor: int = 0
    cost_currency: str | None = None
    cost_micros: int = 0
    """Millionths of a unit of `cost_currency`: a turn costs less than the smallest coin."""
    took_ms: int = 0
    """How long the model took, all tries together."""
    sentiment: str | None = None
    checks: list[str] = field(default_factory=list)
    """Names of the checks that the text passed."""
