"""The one gate that every outgoing message passes, whoever wrote it.

Pure: the facts come in as `Outgoing` (`outgoing.py`), the answer is a `Verdict` that is stored with the message. `send`
asks once more inside its transaction, since a person may have taken over while the answer was being written.

A further rule is a function from `Outgoing` to a `Reason` or None, added to `_REFUSALS` or `_WAITS`; its place
there is its place in the verdict. What each rule promises, and the test that shows it: docs/safety.md.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Literal

from lead_reviver.decide.contact_hours import zone_called
from lead_reviver.decide.outgoing import Outgoing
from lead_reviver.decide.window import can_reply_freely, closes_at

UNASKED: Final = ("campaign", "follow_up", "meeting_reminder", "meeting_missed")
"""The purposes of messages that answer nothing: they keep to the hours of the day."""
OF_MEETINGS: Final = ("meeting_reminder", "meeting_soon", "meeting_change", "meeting_missed")
"""They speak of what the lead agreed to, and answer nobody: they go out whoever answers the conversation."""

APPROVED_BY_A_CLICK: Final = ("reply", "handover_notice", "follow_up")
"""The purposes of messages that a person looks at first in approval mode. A no is confirmed without one, and what a
person or a campaign sends was looked at when it was written."""
MOST_UNASKED: Final = 3
"""So many messages in a row, within a week, answer nothing; then it is for the lead to say something."""

CONFIRM_OPT_OUT_WITHIN: Final = timedelta(hours=1)
"""A confirmation that comes later is one more unwanted message, so it is left out."""
IN_FLIGHT_SECONDS: Final = 2.0
"""How long to wait for the outcome of the message before this one, per look."""


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a message did not go out, for machines and for the person who reads the dashboard."""

    code: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the gate says. `reasons` is empty when allowed and keeps the order of the rules otherwise."""

    outcome: Literal["allowed", "refused", "wait", "approval"]
    """approval: it may go out once a person has clicked, and is asked about again then."""
    reasons: tuple[Reason, ...] = ()
    seconds: float = 0.0
    """How long to wait before asking again; 0 unless the outcome is "wait"."""

    @property
    def allowed(self) -> bool:
        """Whether the message may go out now."""
        return self.outcome == "allowed"

    @property
    def refused(self) -> bool:
        """Whether asking again would change nothing."""
        return self.outcome == "refused"

    @property
    def waits_for_click(self) -> bool:
        """Whether a person has to let it go first."""
        return self.outcome == "approval"

    @property
    def sentence(self) -> str | None:
        """The first reason in plain words."""
        return self.reasons[0].sentence if self.reasons else None

    def as_json(self) -> dict[str, Any]:
        """Return what is stored in `messages.gate`."""
        return {
            "outcome": self.outcome,
            "reasons": [{"code": each.code, "sentence": each.sentence} for each in self.reasons],
            "seconds": self.seconds,
        }


def may_send(message: Outgoing) -> Verdict:
    """Decide whether this message goes out now, later, after a person's click, or never."""
    refusals = tuple(reason for rule in _REFUSALS if (reason := rule(message)) is not None)
    if refusals:
        return Verdict("refused", refusals)
    if (approval := _approval(message)) is not None:
        return Verdict("approval", (approval,))
    waits = [wait for rule in _WAITS if (wait := rule(message)) is not None]
    if waits:
        return Verdict("wait", tuple(reason for _, reason in waits), max(seconds for seconds, _ in waits))
    return Verdict("allowed")


def _opted_out(message: Outgoing) -> Reason | None:
    """No is no: after it, one confirmation, and a person's answer to a lead who came back."""
    if message.opted_out_at is None:
        return None
    if _may_follow_a_no(message, message.opted_out_at, came_back=message.came_back_at is not None):
        return None
    if message.purpose == "opt_out_confirmation" and message.opt_out_confirmed:
        return Reason("opt_out_confirmed", "Not sent: their wish not to be written to has been confirmed already.")
    day = _day(message.opted_out_at, message)
    return Reason("opted_out", f"Not sent: they asked on {day} not to be written to.")


def _suppressed(message: Outgoing) -> Reason | None:
    if message.suppressed != "all" or message.opted_out_at is not None:
        return None
    since, wrote_at = message.suppressed_at, message.last_inbound_at
    if since is not None and _may_follow_a_no(message, since, came_back=wrote_at is not None and wrote_at > since):
        return None
    return Reason("suppressed", "Not sent: they are on the list of people who asked not to be written to.")


def _marketing_stopped(message: Outgoing) -> Reason | None:
    if not _is_marketing(message):
        return None
    if message.marketing_stopped_at is not None:
        day = _day(message.marketing_stopped_at, message)
        return Reason("marketing_stopped", f"Not sent: they turned marketing messages off in WhatsApp on {day}.")
    if message.suppressed == "marketing":
        return Reason("marketing_suppressed", "Not sent: they are on the list of people who want no marketing.")
    return None


def _no_consent(message: Outgoing) -> Reason | None:
    """Whoever is sold to unasked has agreed to it, and we can say when and where."""
    if message.agreed_to_marketing or not _is_marketing(message):
        return None
    return Reason("no_consent", "Not sent: no consent of theirs to marketing messages is on record.")


def _too_often(message: Outgoing) -> Reason | None:
    if message.purpose not in UNASKED or message.unasked_lately < MOST_UNASKED:
        return None
    return Reason("too_often", f"Not sent: they have not answered the last {message.unasked_lately} messages.")


def _channel_paused(message: Outgoing) -> Reason | None:
    if message.channel_paused_reason is None:
        return None
    cause = message.channel_paused_reason.rstrip(". ")
    return Reason("channel_paused", f"Not sent: sending from this number is paused. {cause}.")


def _no_address(message: Outgoing) -> Reason | None:
    if message.phone or message.bsuid:
        return None
    return Reason("no_address", "Not sent: neither a phone number nor a WhatsApp user id is known.")


def _environment(message: Outgoing) -> Reason | None:
    if message.reachable:
        return None
    return Reason("environment", "Not sent: this environment only writes to listed numbers, and this is none of them.")


def _us_marketing(message: Outgoing) -> Reason | None:
    """Meta delivers no marketing templates to US numbers since 1 April 2025."""
    if not (message.us_number and message.is_template and message.template_category == "MARKETING"):
        return None
    return Reason("us_marketing", "Not sent: WhatsApp delivers no marketing templates to numbers in the United States.")


def _human_mode(message: Outgoing) -> Reason | None:
    """A person who takes over stops the bot at once, also between its decision and its message.

    While nobody has come yet, the bot may still say that somebody will, and that it heard a no.
    """
    if message.mode == "bot" or message.author not in ("bot", "campaign") or message.purpose in OF_MEETINGS:
        return None
    nobody_came = message.assigned_to is None and message.taken_over_at is None
    if nobody_came and message.purpose in ("handover_notice", "opt_out_confirmation"):
        return None
    if nobody_came:
        return Reason("human_mode", "Not sent: this conversation waits for a person.")
    return Reason("human_mode", "Not sent: a person has taken this conversation over.")


def _newer_message(message: Outgoing) -> Reason | None:
    if not message.newer_message_waiting or message.author not in ("bot", "campaign"):
        return None
    if message.purpose == "opt_out_confirmation":
        return None
    return Reason("newer_message", "Not sent: they wrote again first; the next answer covers both.")


def _contact_hours(message: Outgoing) -> Reason | None:
    if message.in_contact_hours or message.purpose not in UNASKED:
        return None
    return Reason("contact_hours", "Not sent: at this hour, by their clock, nobody is written to unasked.")


def _too_late(message: Outgoing) -> Reason | None:
    if message.valid_until is None or message.now <= message.valid_until:
        return None
    return Reason("too_late", "Not sent: it is too late for this message by now.")


def _window_closed(message: Outgoing) -> Reason | None:
    if message.is_template or can_reply_freely(message.last_inbound_at, message.window_closed_at, message.now):
        return None
    if message.last_inbound_at is None:
        return Reason("window_closed", "Not sent: they have not written yet; only an approved template may go first.")
    closed = closes_at(message.last_inbound_at)
    if message.window_closed_at is not None and message.window_closed_at > message.last_inbound_at:
        closed = min(closed, message.window_closed_at)
    when = f"{_day(closed, message)} at {closed.astimezone(zone_called(message.time_zone)):%H:%M}"
    return Reason("window_closed", f"Not sent: the 24-hour reply window closed on {when}; send an approved template.")


def _approval(message: Outgoing) -> Reason | None:
    if not message.needs_approval or message.author not in ("bot", "api"):
        return None
    if message.purpose not in APPROVED_BY_A_CLICK:
        return None
    return Reason("approval", "Waiting: a person looks at this message before it is sent.")


def _in_flight(message: Outgoing) -> tuple[float, Reason] | None:
    if not message.in_flight or message.author not in ("bot", "campaign"):
        return None
    return IN_FLIGHT_SECONDS, Reason("in_flight", "Waiting: WhatsApp has not yet answered for the message before.")


def _pair_rate(message: Outgoing) -> tuple[float, Reason] | None:
    if message.pair_wait_seconds <= 0:
        return None
    sentence = "Waiting: WhatsApp limits how fast one person may be written to."
    return message.pair_wait_seconds, Reason("pair_rate", sentence)


def _throughput(message: Outgoing) -> tuple[float, Reason] | None:
    if message.throughput_wait_seconds <= 0:
        return None
    sentence = "Waiting: WhatsApp limits how fast this number may send."
    return message.throughput_wait_seconds, Reason("throughput", sentence)


_REFUSALS: Final[tuple[Callable[[Outgoing], Reason | None], ...]] = (
    _opted_out,
    _suppressed,
    _marketing_stopped,
    _no_consent,
    _too_often,
    _channel_paused,
    _no_address,
    _environment,
    _us_marketing,
    _human_mode,
    _newer_message,
    _contact_hours,
    _too_late,
    _window_closed,
)
_WAITS: Final[tuple[Callable[[Outgoing], tuple[float, Reason] | None], ...]] = (_in_flight, _pair_rate, _throughput)


def _may_follow_a_no(message: Outgoing, said_no_at: datetime, *, came_back: bool) -> bool:
    if message.purpose == "opt_out_confirmation":
        return not message.opt_out_confirmed and message.now - said_no_at <= CONFIRM_OPT_OUT_WITHIN
    return message.author == "person" and not message.is_template and came_back


def _is_marketing(message: Outgoing) -> bool:
    return message.purpose == "campaign" or (message.is_template and message.template_category == "MARKETING")


def _day(moment: datetime, message: Outgoing) -> str:
    """Name a day on the workspace's calendar, with its year when that is another one."""
    zone = zone_called(message.time_zone)
    local = moment.astimezone(zone)
    day = f"{local.day} {local:%B}"
    return day if local.year == message.now.astimezone(zone).year else f"{day} {local.year}"
