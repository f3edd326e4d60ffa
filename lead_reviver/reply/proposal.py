"""What a language model is asked for, and what comes back: a proposal, never a decision.

The schema is flat and closed, so that a provider can decode by it and code can read every answer. `reply` stands last:
what was understood is written down before the words that follow from it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Literal, Protocol

from msgspec import Struct
from pydantic import BaseModel, ConfigDict

from lead_reviver.errors import LeadReviverError

Intent = Literal[
    "answers",
    "greets",
    "small_talk",
    "question",
    "wants_meeting",
    "not_now",
    "unclear",
    "asks_if_bot",
    "wants_person",
    "wants_no_messages",
    "wrong_person",
    "complaint",
    "legal",
    "abuse",
    "financing_advice",
    "haggles",
    "already_decided",
    "hardship",
]
Sentiment = Literal["positive", "neutral", "negative", "upset"]
Action = Literal["ask_next", "offer_times", "wait", "hand_over"]
Failure = Literal["busy", "timeout", "denied", "nonsense", "refused", "resting", "budget"]


class Heard(BaseModel):
    """One answer to a question of the playbook."""

    model_config = ConfigDict(extra="forbid")

    field: str
    value: str
    said: str
    """The lead's own words, copied."""


class Proposal(BaseModel):
    """What the model makes of a turn."""

    model_config = ConfigDict(extra="forbid")

    intent: Intent
    fields: list[Heard]
    sentiment: Sentiment
    action: Action
    language: str
    """ISO 639-1, of the lead's newest message."""
    reply: str
    """One or two sentences without a question; code adds the question."""


class Spent(Struct, frozen=True):
    """What one or more calls used up."""

    tokens_in: int = 0
    tokens_out: int = 0
    tokens_cached: int = 0
    """Those of `tokens_in` that the provider had cached."""
    cost_micros: int = 0
    """Millionths of a unit of `currency`; 0 when no price is known."""
    currency: str | None = None

    def __add__(self, other: Spent) -> Spent:
        """Return both together."""
        return Spent(
            self.tokens_in + other.tokens_in,
            self.tokens_out + other.tokens_out,
            self.tokens_cached + other.tokens_cached,
            self.cost_micros + other.cost_micros,
            self.currency or other.currency,
        )


class Prompt(Struct, frozen=True):
    """What a model reads."""

    stable: str
    """The same for every turn of a playbook, so that providers can cache it."""
    fresh: str
    """This turn alone."""


class Answered(Struct, frozen=True):
    """A proposal, who made it and what it cost."""

    proposal: Proposal
    model: str
    spent: Spent


@dataclass(frozen=True, slots=True)
class Address:
    """Where a model is asked, as the settings say it."""

    name: str
    """`provider:name`."""
    url: str | None = None
    """An own endpoint that speaks OpenAI's chat API; only for the provider `openai`."""
    key: str | None = field(default=None, repr=False)


class ModelFailed(LeadReviverError):
    """No proposal came. The deterministic decision stands; nothing is retried later because of it."""

    def __init__(self, model: str, failure: Failure, spent: Spent = Spent(), wait: float | None = None) -> None:
        self.model, self.failure, self.spent = model, failure, spent
        self.wait = wait
        """Seconds after which the provider wants to be asked again, if it says so."""
        super().__init__(f"The model {model!r} gave no usable answer ({failure}).")


class Model(Protocol):
    """One language model."""

    name: str
    """`provider:name`, stored with what it decided."""

    async def propose(self, prompt: Prompt) -> Answered:
        """Ask once. Raises `ModelFailed`."""
        ...


class Budget(Protocol):
    """Tokens that may still be used today."""

    async def used_up(self, workspace_id: str, conversation_id: str) -> str | None:
        """Return whose budget is used up ("conversation", "workspace", "day"); None while there is some left."""
        ...

    async def spend(self, workspace_id: str, conversation_id: str, tokens: int) -> None:
        """Count tokens that were used."""
        ...


Sleep = Callable[[float], Awaitable[None]]
