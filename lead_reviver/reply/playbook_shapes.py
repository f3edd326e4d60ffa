"""What a playbook is made of: the shapes of its YAML file and of the body that `playbooks.body` stores.

Texts are given per language (ISO 639-1) and may hold these placeholders: `{name}` (a space and the lead's first name,
or nothing), `{persona}`, `{business}`, `{facts}` (what was understood), `{value}` (in `said_back`) and `{day}` (in the
ending of "not now"). Patterns are those of `decide/patterns.py`.
"""

from __future__ import annotations

from datetime import date
from typing import Final, Literal

import msgspec
from msgspec import Struct

Texts = dict[str, str]
Wordings = dict[str, list[str]]

STAGES: Final = ("new", "engaged", "qualified", "booked", "won", "lost", "dormant")
"""Where a lead can stand in every playbook; the code itself moves leads to new, engaged, qualified and booked."""
LEARNED_UNASKED: Final = ("property_type", "bedrooms", "timeline", "financing", "reason", "decision_makers")
"""Fields that a lead's words can fill without a question; their words are data under `heard/`."""


class Shape(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Refuses names that it does not know, and is written without what is as usual."""


class Choice(Shape, frozen=True):
    """One of the answers to choose from."""

    value: str
    title: Texts
    """On the button: at most 20 characters."""
    words: Wordings = msgspec.field(default_factory=dict)
    """Patterns (see `decide/patterns.py`) that mean this choice when typed."""


class Question(Shape, frozen=True):
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
    enough_when: Wordings = msgspec.field(default_factory=dict)
    """What makes this question needless: {"property_type": ["land"]}; yes_no fields are "yes" or "no"."""


class Fact(Shape, frozen=True):
    """Something that leads ask and that has one approved answer."""

    topic: str
    """For people: "commission", "opening hours"."""
    asked: Wordings
    """Patterns that ask for it."""
    example: Texts
    """One such question as a lead would type it; publishing tries it."""
    answer: Texts
    """Said word for word; asks nothing, the next question follows."""
    valid_until: date | None = None
    """The last day on which it is said; afterwards a person answers. None: until somebody changes it."""


class Listing(Shape, frozen=True):
    """Something that is for sale or to let. Only what is available and still valid is ever named."""

    id: str
    title: str
    """As in the advertisement; the same in every language."""
    area: str
    type: str
    """flat, house, studio, ..."""
    price_minor: int
    """In minor units: 28500000 is 285,000.00."""
    valid_until: date
    """The last day on which this is known to be right; afterwards it is not offered and a person is asked."""
    bedrooms: int | None = None
    currency: str | None = None
    """ISO 4217; None: the playbook's."""
    status: Literal["available", "reserved", "sold"] = "available"
    also_called: list[str] = msgspec.field(default_factory=list)
    """Other names that leads use for it, e.g. its reference."""


class ListingAnswers(Shape, frozen=True):
    """What is said about listings. The listings themselves are written by code, from the record."""

    asked: Wordings
    """Patterns that ask what there is: "what do you have"."""
    available: Texts
    """Before the list: "This is available now:"."""
    not_available: Texts
    """To a lead who asks for one that is sold or reserved; does not name it."""
    nothing: Texts
    """When nothing fits."""


class Knowledge(Shape, frozen=True):
    """What the bot may say about the business and what it offers."""

    facts: list[Fact] = msgspec.field(default_factory=list)
    listings: list[Listing] = msgspec.field(default_factory=list)
    listing_answers: ListingAnswers | None = None
    """Needed where there are listings."""


class Objection(Shape, frozen=True):
    """A doubt that leads voice, with the one approved answer. Voiced again, a person takes over."""

    topic: str
    said: Wordings
    """Patterns that voice it."""
    example: Texts
    """One such message; publishing tries it."""
    answer: Texts


class QuietHours(Shape, frozen=True):
    """When leads are not written to unasked, in full hours of their own clock, over midnight."""

    begin: int
    """18 to 24: the hour from which it is quiet."""
    end: int
    """0 to 12: the hour until which it is."""


class MeetingKind(Shape, frozen=True):
    """A kind of meeting that the bot may offer times for. How long it takes and when is the workspace's matter."""

    kind: str
    """Name of one of the workspace's meeting types."""
    title: Texts
    """With its article: "a viewing"."""
    words: Wordings = msgspec.field(default_factory=dict)
    """Patterns with which a lead asks for one."""


class FollowUp(Shape, frozen=True):
    """One more message to a lead who left a question without an answer; the question follows in other words."""

    after_minutes: int
    """Since the question, or since the follow-up before this one."""
    text: Texts
    """What stands before the question; it asks nothing itself."""
    template: str | None = None
    """Name of the approved template that is sent instead when the reply window has closed, the first time only."""


class Ageing(Shape, frozen=True):
    """A stage that a lead leaves by silence alone."""

    stage: str
    after_days: int
    """Without a word from either side."""
    becomes: str


class Playbook(Shape, frozen=True, kw_only=True):
    """What the bot says, and what it asks, in order."""

    name: str
    goal: str = ""
    """What a good conversation ends in; for people, and for a language model."""
    languages: list[str]
    """In which the bot converses. A lead who writes in another one gets a person."""
    currency: str
    """ISO 4217; of amounts that name none."""
    persona: str
    """The name that the bot goes by."""
    tone: str = ""
    """How the bot sounds; for whoever writes the texts, and for a language model."""
    approval: bool = False
    """Whether a person approves each message before it is sent."""
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
    endings: dict[str, Texts] = msgspec.field(default_factory=dict)
    """Own words for an ending of `endings.json`, by wish."""
    never_say: Wordings = msgspec.field(default_factory=dict)
    """Patterns of what the bot never says, in whatever language it writes."""
    questions: list[Question]
    also_learns: list[str] = msgspec.field(default_factory=list)
    """Fields that are kept when a lead mentions them, without a question of their own; any others are not learned."""
    knowledge: Knowledge = Knowledge()
    objections: list[Objection] = msgspec.field(default_factory=list)
    for_a_person: Wordings = msgspec.field(default_factory=dict)
    """Patterns of what only a person may talk about here: selling, complaints, visits, advice on loans."""
    meetings: list[MeetingKind] = msgspec.field(default_factory=list)
    """The first is offered once every question is answered; none: a person makes the dates."""
    follow_ups: list[FollowUp] = msgspec.field(default_factory=list)
    """For a lead who does not answer, in order; none: the bot never writes unasked."""
    wake_template: str | None = None
    """Name of the approved template for the day on which a lead asked to be written to again; None: a person writes.
    It may name {{name}}, {{month}} (when they said so) and {{when}} ("after the summer"), or number them so."""
    quiet_hours: QuietHours | None = None
    """Beside the lead's own hours: no follow-up goes out then. Answers do, at any hour."""
    stages: list[str] = msgspec.field(default_factory=lambda: list(STAGES))
    """Where a lead can stand, in order."""
    ageing: list[Ageing] = msgspec.field(default_factory=list)
    score: dict[str, int] = msgspec.field(default_factory=dict)
    """What a lead's score is made of (see `decide/score.py`); empty: the usual weights."""
