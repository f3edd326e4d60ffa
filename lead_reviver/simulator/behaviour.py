"""How the simulator behaves: delays, limits and faults. All of it can be changed while it runs.

`Behaviour` is what `GET /simulator/control` shows and `PATCH /simulator/control` changes, field by field.
Percentages are 0 to 100. A pair of seconds is a range from which each delay is drawn.
"""

from __future__ import annotations

import random
from typing import Annotated, Any, Literal

import msgspec

Percent = Annotated[float, msgspec.Meta(ge=0, le=100)]
Seconds = Annotated[float, msgspec.Meta(ge=0, le=604800)]
Range = tuple[Seconds, Seconds]
Count = Annotated[int, msgspec.Meta(ge=1, le=1_000_000)]


class PlannedFailure(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """The next `count` sends fail with `code`, in the answer or later in a `failed` status."""

    code: int
    count: Annotated[int, msgspec.Meta(ge=1)] = 1
    how: Literal["response", "webhook"] = "response"
    to: str | None = None
    """Only sends to this number or business-scoped user id; None means any."""


class Behaviour(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Everything that can be turned; the defaults are a calm day at Meta."""

    seed: int | None = None
    """Makes delays and faults repeatable. Message ids stay random: they must never repeat."""

    # Webhooks
    webhook_url: str | None = None
    duplicate_percent: Percent = 0
    """Of the updates, sent a second time: at once or up to two seconds later."""
    reorder_percent: Percent = 0
    """Of the updates, held back for up to `reorder_seconds`, so that later ones overtake them."""
    reorder_seconds: Seconds = 0.5
    delay_seconds: Range = (0, 0)
    """Added before every webhook."""
    batch_size: Annotated[int, msgspec.Meta(ge=1, le=1000)] = 100
    """Most updates in one body. Bodies fill up only while the receiver is slower than the updates come."""
    retry_first_seconds: Seconds = 1
    retry_factor: Annotated[float, msgspec.Meta(ge=1, le=10)] = 2
    retry_longest_seconds: Seconds = 3600
    retry_for_seconds: Seconds = 604800
    """How long a body that gets no 200 is tried again, with growing gaps."""

    # The Graph API
    answer_seconds: Range = (0, 0)
    outage: Literal["none", "503", "drop"] = "none"
    """`503` answers every Graph call with it; `drop` closes the connection without an answer."""
    lose_request_percent: Percent = 0
    """Of the sends, dropped before they are accepted."""
    lose_answer_percent: Percent = 0
    """Of the sends, accepted, but the answer never comes."""
    lost: Literal["reset", "hang"] = "reset"
    """What the caller sees of a loss: a closed connection, or silence until it gives up."""
    fail_next: list[PlannedFailure] = []
    rate_per_second: Count | None = 80
    """Sends a number may make; None lifts the limit (130429)."""
    pair_burst: Count | None = 45
    """Messages one person may get at once, before `pair_seconds` apply (131056); None lifts the limit."""
    pair_seconds: Seconds = 6
    window_enforced: bool = True
    """Refuse free-form messages to people who have not written for 24 hours (131047)."""
    window_error: Literal["webhook", "response"] = "webhook"
    allowed_recipients: list[str] | None = None
    """A test number's list: others are refused with 131030."""
    template_review_seconds: Range = (1, 3)

    # What becomes of a message
    instant_statuses: bool = False
    sent_seconds: Range = (0.1, 0.4)
    delivered_seconds: Range = (0.2, 0.9)
    read_seconds: Range | None = None
    """After delivery; None means that only an open chat on the phone reads."""
    skip_delivered_percent: Percent = 0
    """Of the messages read by `read_seconds`, without a `delivered` before."""
    free_service_messages: Annotated[int, msgspec.Meta(ge=0)] = 1000
    """Free-form messages a number may send for nothing each month."""


def changed(behaviour: Behaviour, patch: dict[str, Any]) -> Behaviour:
    """Return `behaviour` with the fields of `patch` replaced.

    Raises `msgspec.ValidationError` naming the field that is unknown or out of range.
    """
    return msgspec.convert({**msgspec.to_builtins(behaviour), **patch}, Behaviour)


class Chance:
    """Draws delays and faults; repeatable once seeded."""

    def __init__(self, seed: int | None = None) -> None:
        self._random = random.Random(seed)  # noqa: S311  (faults, not secrets)

    def hits(self, percent: float) -> bool:
        """Whether something that happens in `percent` of the cases happens now."""
        return percent > 0 and self._random.random() * 100 < percent

    def seconds(self, between: Range) -> float:
        """Draw a delay."""
        low, high = between
        return low if high <= low else self._random.uniform(low, high)
