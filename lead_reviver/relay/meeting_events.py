"""Tell n8n's workflow "Tell calendars of meetings" of every change of a meeting, and keep what it answers.

Each change is told at least once, those of one entry in order. Nobody waits for it: a reply to a lead never does.
What goes out is ids, times and the kind of meeting; no name, no number, nothing that a lead wrote.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from urllib.parse import urlsplit

from lead_reviver import metrics
from lead_reviver.n8n.calls import N8nAway, N8nLost, WorkflowFailed
from lead_reviver.storage import meeting_events
from lead_reviver.storage.database import Pool, lent, transaction
from lead_reviver.storage.meeting_events import MeetingEvent

log = logging.getLogger(__name__)

PATH: Final = "meeting-events"
"""Path of the webhook of the workflow "Tell calendars of meetings"."""
AT_ONCE: Final = 4
LIMIT_SECONDS: Final = 60.0
LEASE: Final = timedelta(seconds=2 * LIMIT_SECONDS)
REST_SECONDS: Final = 15.0
"""So long n8n is left alone after it was found to be away."""
STOP_SECONDS: Final = 5.0
MOST_ATTEMPTS: Final = 8
FIRST_WAIT: Final = timedelta(seconds=30)
"""Doubled with each attempt: the eighth comes after about an hour."""
LONGEST_ID: Final = 1024
LONGEST_URL: Final = 2000

Call = Callable[[str, object], Awaitable[Any]]
"""Posts JSON to one of n8n's webhooks and returns the JSON of its answer; `N8nCalls.call`."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What a calendar elsewhere calls our entry."""

    id: str | None
    url: str | None


class MeetingEvents:
    """Tells what waits; call `tell` again and again."""

    def __init__(self, pool: Pool, call: Call, link: Callable[[str], str | None]) -> None:
        """`link` returns the address of a conversation in the dashboard."""
        self._pool = pool
        self._call = call
        self._link = link
        self._rests_until = 0.0
        self._telling: asyncio.Future[list[bool]] | None = None

    async def tell(self) -> int:
        """Tell some changes; return how many were taken up. Raises `DatabaseAway`."""
        if time.monotonic() < self._rests_until:
            return 0
        async with transaction(self._pool) as connection:
            taken = await meeting_events.claim(connection, LEASE, AT_ONCE)
        self._telling = asyncio.gather(*(self._tell(each) for each in taken))
        untold = await asyncio.shield(self._telling)
        away = [each.id for each, was_away in zip(taken, untold, strict=True) if was_away]
        if away:
            self._rests_until = time.monotonic() + REST_SECONDS
            async with lent(self._pool) as connection:
                await meeting_events.postpone(connection, away, timedelta(seconds=REST_SECONDS))
        return len(taken)

    async def stop(self) -> None:
        """Let what is being told come to its end, as far as that takes a few seconds: an answer lost is asked again."""
        if self._telling is not None and not self._telling.done():
            await asyncio.wait({self._telling}, timeout=STOP_SECONDS)
            self._telling.cancel()
            await asyncio.gather(self._telling, return_exceptions=True)

    async def _tell(self, event: MeetingEvent) -> bool:
        """Tell one change; True when n8n is away, which is no fault of the change."""
        try:
            async with asyncio.timeout(LIMIT_SECONDS):
                entry = entry_in(await self._call(PATH, as_told(event, self._link)))
        except (N8nAway, N8nLost) as error:
            log.info("meeting event %s waits: %s", event.event_id, error)
            return True
        except (WorkflowFailed, TimeoutError) as error:
            await self._failed(event, str(error) or f"The workflow did not answer within {LIMIT_SECONDS:g} s.")
            return False
        async with transaction(self._pool) as connection:
            await meeting_events.delivered(connection, event, entry.id, entry.url)
        metrics.MEETING_EVENTS.labels("delivered").inc()
        return False

    async def _failed(self, event: MeetingEvent, reason: str) -> None:
        wait = FIRST_WAIT * 2**event.attempts
        async with lent(self._pool) as connection:
            parked = await meeting_events.failed(connection, event.id, reason, wait, MOST_ATTEMPTS)
        log.warning("meeting event %s is %s: %s", event.event_id, "parked" if parked else "told again later", reason)
        metrics.MEETING_EVENTS.labels("parked" if parked else "failed").inc()


def as_told(event: MeetingEvent, link: Callable[[str], str | None]) -> dict[str, Any]:
    """Return what the workflow gets of a change. Times are UTC, ISO 8601; `time_zone` is the lead's."""
    return {
        "event": event.event,
        "event_id": event.event_id,
        "occurred_at": _utc(event.occurred_at),
        "workspace_id": event.workspace_id,
        "meeting_id": event.meeting_id,
        "entry_id": event.calendar_uid,
        "sequence": event.sequence,
        "agent_id": event.agent_id,
        "lead_id": event.lead_id,
        "conversation_id": event.conversation_id,
        "kind": event.kind,
        "title": event.kind.replace("_", " ").capitalize(),
        "starts_at": _utc(event.starts_at),
        "ends_at": _utc(event.ends_at),
        "minutes": round((event.ends_at - event.starts_at) / timedelta(minutes=1)),
        "time_zone": event.time_zone,
        "cancelled_by": event.changed_by,
        "link": link(event.conversation_id) if event.conversation_id else None,
        "external_id": event.external_id,
        "external_url": event.external_url,
    }


def entry_in(answer: Any) -> Entry:
    """Read the workflow's answer: {"external_id": text or number or null, "external_url"?: https address or null}.

    Raises `WorkflowFailed`, saying what is wrong with it, for anything else.
    """
    if not isinstance(answer, dict) or "external_id" not in answer:
        raise WorkflowFailed('The workflow has to answer {"external_id": …}, null where nothing was entered.')
    found, url = answer["external_id"], answer.get("external_url")
    if isinstance(found, int) and not isinstance(found, bool):
        found = str(found)
    if found is not None and not isinstance(found, str):
        raise WorkflowFailed("The workflow answered an external_id that is neither a text, a number nor null.")
    if found is not None and (len(found) > LONGEST_ID or "\x00" in found):
        raise WorkflowFailed(f"The workflow answered an external_id that is no id: at most {LONGEST_ID} characters.")
    if url is not None and not _is_address(url):
        raise WorkflowFailed(f"The workflow answered an external_url that is no http address of {LONGEST_URL} at most.")
    return Entry(found or None, url or None)


def _is_address(url: object) -> bool:
    if url == "":
        return True
    if not isinstance(url, str) or len(url) > LONGEST_URL or "\x00" in url:
        return False
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.netloc)


def _utc(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
