"""Every Redis key of the engine, built here and nowhere else, each with its time to live.

All of it is a cache: losing any key costs a rebuild from Postgres and nothing more.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

PREFIX: Final = "lr:"

CONVERSATION_TTL: Final = timedelta(days=2)
"""Longer than the 24-hour window; a later message rebuilds it."""
TURN_TTL: Final = timedelta(hours=1)
LIVE_TTL: Final = timedelta(hours=6)
DAY_TTL: Final = timedelta(days=3)
COUNTED_TTL: Final = timedelta(days=3)
SIGNED_OUT_TTL: Final = timedelta(hours=24)
"""Longer than any access token lives."""
RATE_TTL: Final = timedelta(minutes=10)
RUN_TTL: Final = timedelta(hours=1)
CLEAN_UP_TTL: Final = timedelta(days=1)
PRESENT_TTL: Final = timedelta(minutes=10)
LOOKING_TTL: Final = timedelta(minutes=2)
"""A page that shows a conversation says so twice in that time."""
MODEL_TOKENS_TTL: Final = timedelta(days=2)
VOICE_SECONDS_TTL: Final = timedelta(days=2)
VOICE_NOTE_TTL: Final = timedelta(minutes=5)
"""Longer than anybody may take to transcribe one."""
LEFTOVER_TTL: Final = timedelta(days=3)
"""Of a key that was found without an end: as long as the longest of ours."""


def conversation(conversation_id: str) -> str:
    """State of a conversation, as JSON."""
    return f"{PREFIX}conversation:{conversation_id}"


def turn(turn_id: str) -> str:
    """What the steps of one turn pass on to each other, as JSON."""
    return f"{PREFIX}turn:{turn_id}"


def live(workspace_id: str) -> str:
    """Stream of live events of a workspace; ids only."""
    return f"{PREFIX}live:{workspace_id}"


def day(day_: date, workspace_id: str) -> str:
    """Hash of the day's counters of a workspace, with the generation they count in."""
    return f"{PREFIX}day:{day_:%Y-%m-%d}:{workspace_id}"


def day_list(day_: date) -> str:
    """Set of the day keys of one day; the user `n8n` finds them by it, since nobody may search for keys."""
    return f"{PREFIX}day:list:{day_:%Y-%m-%d}"


def days_to_sync() -> str:
    """Set of day keys that changed since they were synced."""
    return f"{PREFIX}days-to-sync"


def days_in_sync() -> str:
    """Set of day keys that are being synced."""
    return f"{PREFIX}days-in-sync"


def counted(turn_id: str) -> str:
    """Mark that a turn was counted."""
    return f"{PREFIX}counted:{turn_id}"


def pair(phone_number_id: str, address: str) -> str:
    """Bucket of one number of ours towards one lead (the address is a lead id, never a number)."""
    return f"{PREFIX}rate:pair:{phone_number_id}:{address}"


def throughput(phone_number_id: str) -> str:
    """Bucket of one number of ours towards everybody."""
    return f"{PREFIX}rate:number:{phone_number_id}"


def signed_out(session_id: str) -> str:
    """Mark that a session's tokens no longer count."""
    return f"{PREFIX}signed-out:{session_id}"


def clean_up_place() -> str:
    """How far the search for keys without an end has come."""
    return f"{PREFIX}clean-up-place"


def run(lease: str) -> str:
    """How far a workflow's run has come with the turns of a lease: the step, and whether it is under way."""
    return f"{PREFIX}run:{lease}"


def execution(execution_id: str) -> str:
    """The lease of the turns that an n8n execution works on."""
    return f"{PREFIX}execution:{execution_id}"


def voice_seconds(day_: date, workspace_id: str) -> str:
    """Seconds of voice notes that were transcribed on a day for a workspace."""
    return f"{PREFIX}voice-seconds:{day_:%Y-%m-%d}:{workspace_id}"


def voice_note(message_id: str) -> str:
    """Mark that a relay listens to a voice note."""
    return f"{PREFIX}voice-note:{message_id}"


def model_tokens(day_: date, whose: str) -> str:
    """Tokens that models used on a day for a conversation, a workspace or everybody."""
    return f"{PREFIX}model-tokens:{day_:%Y-%m-%d}:{whose}"


def present(workspace_id: str) -> str:
    """Sorted set of the members who have the dashboard open, by when that was last seen (Unix seconds)."""
    return f"{PREFIX}present:{workspace_id}"


def looking(conversation_id: str) -> str:
    """Mark that somebody has a conversation on the screen."""
    return f"{PREFIX}looking:{conversation_id}"
