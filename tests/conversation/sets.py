"""The sets of what leads say, read into types. What the labels mean: README.md beside this file.

Every reader raises `msgspec.ValidationError`, with the place in the file, for a label it does not know.
"""

from __future__ import annotations

from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Literal, TypeVar

import msgspec
import msgspec.yaml
from msgspec import Struct

FOLDER = Path(__file__).parent

Language = Literal["en", "es", "pt", "fr", "de", "it", "hi", "hi-Latn", "ar"]
Level = Literal["none", "suspect", "hard"]
Outcome = Literal["replied", "handed_over", "opted_out", "quiet"]
Intent = Literal[
    "answers", "greets", "asks_question", "asks_for_person", "asks_if_bot", "asks_where_number_from", "not_now",
    "not_interested", "wrong_person", "bereavement", "complaint", "legal_threat", "abuse", "minor", "haggles",
    "other_agent", "already_bought", "wants_meeting", "moves_meeting", "cancels_meeting", "opt_out", "thanks", "other",
]  # fmt: skip
FieldName = Literal[
    "budget", "area", "property_type", "bedrooms", "timeline", "financing", "reason", "decision_makers"
]  # fmt: skip
PropertyType = Literal["flat", "house", "studio", "penthouse", "duplex", "land", "commercial"]
Timeline = Literal["soon", "later", "looking"]
Reason = Literal[
    "more_space", "downsizing", "family", "work", "studies", "investment", "second_home", "first_home", "separation",
    "rent_ends", "retirement",
]  # fmt: skip
DecisionMakers = Literal["alone", "partner", "family", "someone_else"]


class Part(Struct, frozen=True, forbid_unknown_fields=True):
    """What all shapes here share: a key that is not known is a mistake."""


class MoneyRange(Part, frozen=True):
    """Whole units of money. A lone amount is the most the lead would pay."""

    min: int | None = None
    max: int | None = None
    currency: str | None = None
    """ISO 4217; None when the lead named none, so that the playbook's counts."""


class NumberRange(Part, frozen=True):
    """A count from `min` to `max`, both included; None is open."""

    min: int | None = None
    max: int | None = None


class Fields(Part, frozen=True):
    """What a lead means, by field. None: not said."""

    budget: MoneyRange | None = None
    area: str | None = None
    """The place as it is properly written, in the script the lead used."""
    property_type: PropertyType | None = None
    bedrooms: NumberRange | None = None
    timeline: Timeline | None = None
    financing: bool | None = None
    """Whether the money is there or agreed."""
    reason: Reason | None = None
    decision_makers: DecisionMakers | None = None

    def said(self) -> dict[str, object]:
        """Return the fields that were said, by name."""
        return {name: value for name, value in msgspec.structs.asdict(self).items() if value is not None}


class Message(Part, frozen=True):
    """One message of a lead, by itself."""

    id: str
    text: str
    intent: Intent
    opt_out: Level
    kind: Literal["plain", "slang", "typos", "voice"]
    source: str
    fields: Fields = Fields()
    asked: FieldName | None = None
    """The field we asked for just before; a bare answer cannot be read without it."""


class Messages(Part, frozen=True):
    """The messages of one language."""

    language: Language
    messages: list[Message]


class OptOut(Part, frozen=True):
    """A message that asks us to stop."""

    id: str
    text: str
    language: Language
    level: Literal["suspect", "hard"]
    wording: Literal["stop_word", "law", "direct", "polite", "rude", "misspelt", "indirect", "mixed"]
    source: str


class FalseFriend(Part, frozen=True):
    """A message that looks like an opt-out and is none."""

    id: str
    text: str
    language: Language
    at_most: Literal["none", "suspect"]
    source: str


class Between(Part, frozen=True):
    """A day from `earliest` to `latest`, both included."""

    earliest: date
    latest: date


class PlainAnswer(Part, frozen=True):
    """An answer or a wish of one line."""

    id: str
    text: str
    language: Language
    fields: Fields
    source: str
    asked: FieldName | None = None
    intent: Intent | None = None
    """None in the rounds that only asked for fields."""
    opt_out: Literal["none", "suspect"] = "none"


class Unseen(Part, frozen=True):
    """A round of messages that the rules had not met when it was written."""

    opt_outs: list[OptOut]
    false_friends: list[FalseFriend]
    answers: list[PlainAnswer]


class GoldTurn(Part, frozen=True):
    """What the lead says in one go, and what must be true after it."""

    says: list[str]
    """More than one message is a burst, to be answered once."""
    outcome: list[Outcome]
    """Any of these is right."""
    language: Language
    """Of the reply, if there is one."""
    asked_before: FieldName | None = None
    """For an answer that only makes sense after this question: skip the turn's fields when it was not asked."""
    intent: Intent | None = None
    fields: Fields = Fields()
    """What must be known by now, from this turn or an earlier one; other fields are not looked at."""
    not_learned: list[FieldName] = []
    snoozed_until: Between | None = None
    must_contain_any: list[str] = []
    must_not_contain: list[str] = []
    """Plain strings, letter case aside; so is `never` of the file."""


class GoldConversation(Part, frozen=True):
    """A conversation and what must come of it."""

    id: str
    title: str
    language: Language
    source: str
    turns: list[GoldTurn]


class GoldFile(Part, frozen=True):
    """The conversations of one market."""

    market: Literal["property_buyers", "property_sellers", "home_services_requote"]
    now: datetime
    opening: dict[str, str]
    """What we wrote first, by language; English where a language has none."""
    never: list[str]
    """What no reply of any conversation here may hold."""
    conversations: list[GoldConversation]


class Attack(Part, frozen=True):
    """Messages written to make the assistant do what it must not."""

    id: str
    attack: Literal[
        "injection", "prompt_leak", "invented_price", "fake_booking", "impersonation", "others_data", "fair_housing",
        "pressure", "crescendo",
    ]  # fmt: skip
    language: Language
    turns: list[list[str]]
    """Bursts, one after the other."""
    outcome: list[Outcome]
    """Any of these is right after the last turn."""
    must_not: list[str]
    """Plain strings that no reply may hold, letter case aside."""
    source: str


class _OptOuts(Part, frozen=True):
    opt_outs: list[OptOut]


class _FalseFriends(Part, frozen=True):
    false_friends: list[FalseFriend]


class _Attacks(Part, frozen=True):
    attacks: list[Attack]


Shape = TypeVar("Shape")


def _read(path: Path, shape: type[Shape]) -> Shape:
    try:
        return msgspec.yaml.decode(path.read_bytes(), type=shape)
    except msgspec.ValidationError as error:
        raise msgspec.ValidationError(f"{path.name}: {error}") from None


@cache
def messages() -> dict[Language, list[Message]]:
    """Return the labelled messages by language."""
    files = [_read(path, Messages) for path in sorted((FOLDER / "messages").glob("*.yaml"))]
    return {each.language: each.messages for each in files}


@cache
def opt_outs() -> list[OptOut]:
    """Return the opt-outs, hard and suspect."""
    return _read(FOLDER / "opt_outs.yaml", _OptOuts).opt_outs


@cache
def false_friends() -> list[FalseFriend]:
    """Return what looks like an opt-out and is none."""
    return _read(FOLDER / "false_friends.yaml", _FalseFriends).false_friends


@cache
def unseen() -> dict[str, Unseen]:
    """Return the rounds of messages that no rule was written for, by the name of the round."""
    return {path.stem: _read(path, Unseen) for path in sorted((FOLDER / "unseen").glob("*.yaml"))}


@cache
def gold() -> list[GoldFile]:
    """Return the gold conversations, a file a market."""
    return [_read(path, GoldFile) for path in sorted((FOLDER / "gold").glob("*.yaml"))]


@cache
def attacks() -> list[Attack]:
    """Return the attacks."""
    return _read(FOLDER / "attacks.yaml", _Attacks).attacks


@cache
def sources() -> dict[str, str]:
    """Return what each source is, by the name that items give."""
    return _read(FOLDER / "sources.yaml", dict[str, str])
