"""A member's CalDAV calendar (RFC 4791): what it says is busy, and our meetings written into it.

The library is synchronous, so each call runs in a thread with a limit. It is loaded with the first calendar, since most
processes have none. The address comes from a member and is checked like any input: https, a public host, no redirect.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Collection, Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final, TypeVar
from urllib.parse import urlsplit

from lead_reviver.decide.contact_hours import zone_called
from lead_reviver.errors import BadInput, TryAgainLater
from lead_reviver.meetings.public_hosts import is_public, public_session
from lead_reviver.ports import CalendarPort

OUR_UIDS: Final = "@lead-reviver"
SECONDS: Final = 10
MOST_EVENTS: Final = 5000

Result = TypeVar("Result")


class CalendarAway(TryAgainLater):
    """A calendar does not answer, or not as one; it is tried again later."""

    def __init__(self, why: str) -> None:
        super().__init__(f"The calendar cannot be used: {why}.")


def checked_address(url: str, allowed_hosts: Collection[str]) -> str:
    """Return a calendar's address when it may be asked. Raises `BadInput`.

    `allowed_hosts` may be on this machine or in this network, and need no TLS.
    """
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").lower(), parts.port
    except ValueError:
        raise BadInput("The calendar's address cannot be read.") from None
    if not host or parts.username is not None or not url.isascii() or not url.isprintable():
        raise BadInput("Write the calendar's address as https://host/path, without a name or password in it.")
    if host in allowed_hosts:
        return url
    if parts.scheme != "https":
        raise BadInput("A calendar's address begins with https://, so that the password stays secret.")
    try:
        found = socket.getaddrinfo(host, port or 443, type=socket.SOCK_STREAM)
    except OSError:
        raise BadInput("The calendar's host is not known; look for a typing mistake.") from None
    if not all(is_public(str(each[4][0])) for each in found):
        raise BadInput("The calendar's host is inside this network; an operator has to allow it first.")
    return url


class CalDavCalendar(CalendarPort):
    """One calendar, by the address of its collection."""

    def __init__(self, url: str, username: str, password: str, allowed_hosts: Collection[str], time_zone: str) -> None:
        """Take an address; `time_zone` says when a whole day begins that has no zone of its own."""
        self._url, self._username, self._password = url, username, password
        self._allowed, self._zone = allowed_hosts, zone_called(time_zone)

    async def busy(self, first: datetime, last: datetime) -> list[tuple[datetime, datetime]]:
        """Return when the member is busy, our own meetings left out. Raises `CalendarAway`, `BadInput`."""
        return await self._asked(lambda calendar: list(self._busy(calendar, first, last)))

    async def put(self, uid: str, file: bytes) -> None:
        """Write a meeting, in place of an older version of it. Raises `CalendarAway`, `BadInput`."""
        await self._asked(lambda calendar: self._put(calendar, uid, file))

    async def delete(self, uid: str) -> None:
        """Take a meeting away, if it is there. Raises `CalendarAway`, `BadInput`."""
        await self._asked(lambda calendar: self._delete(calendar, uid))

    async def _asked(self, work: Callable[[Any], Result]) -> Result:
        try:
            async with asyncio.timeout(3 * SECONDS):
                return await asyncio.to_thread(self._with_calendar, work)
        except TimeoutError:
            raise CalendarAway("it takes too long") from None

    def _with_calendar(self, work: Callable[[Any], Result]) -> Result:
        checked_address(self._url, self._allowed)
        # Loaded here: it takes memory that most processes do not need.
        from caldav.davclient import DAVClient  # noqa: PLC0415
        from caldav.lib import error as refusal  # noqa: PLC0415

        secure = urlsplit(self._url).scheme == "https"
        try:
            with DAVClient(
                self._url,
                username=self._username,
                password=self._password,
                timeout=SECONDS,
                enable_rfc6764=False,
                require_tls=secure,
            ) as client:
                client.session.close()
                client.session = public_session(self._allowed)
                return work(client.calendar(url=self._url))  # type: ignore[no-untyped-call]
        except BadInput:
            raise
        except refusal.AuthorizationError:
            raise CalendarAway("it refuses the name or the password") from None
        except refusal.NotFoundError:
            raise CalendarAway("there is no calendar at this address") from None
        except Exception as error:
            # Whatever the library or the network makes of it: nothing of it may hold the password or an entry's words.
            raise CalendarAway(f"it does not answer as a calendar ({type(error).__name__})") from None

    def _busy(self, calendar: Any, first: datetime, last: datetime) -> Iterator[tuple[datetime, datetime]]:
        for found in calendar.search(start=first, end=last, event=True, expand=True)[:MOST_EVENTS]:
            for event in found.icalendar_instance.walk("VEVENT"):
                if str(event.get("uid", "")).endswith(OUR_UIDS) or str(event.get("status", "")) == "CANCELLED":
                    continue
                if str(event.get("transp", "")).upper() == "TRANSPARENT":
                    continue
                starts_at, ends_at = self._times(event)
                if starts_at < ends_at and starts_at < last and ends_at > first:
                    yield starts_at, ends_at

    def _times(self, event: Any) -> tuple[datetime, datetime]:
        starts = event.decoded("dtstart")
        if "dtend" in event:
            ends = event.decoded("dtend")
        elif "duration" in event:
            ends = starts + event.decoded("duration")
        else:
            ends = starts if isinstance(starts, datetime) else starts + timedelta(days=1)
        return self._instant(starts), self._instant(ends)

    def _instant(self, moment: date | datetime) -> datetime:
        if not isinstance(moment, datetime):
            moment = datetime.combine(moment, time())
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=self._zone)
        return moment.astimezone(UTC)

    def _put(self, calendar: Any, uid: str, file: bytes) -> None:
        response = calendar.client.put(
            str(calendar.url.join(f"{uid}.ics")), file, {"Content-Type": "text/calendar; charset=utf-8"}
        )
        if not 200 <= response.status < 300:
            raise CalendarAway(f"it refuses to keep a meeting (HTTP {response.status})")

    def _delete(self, calendar: Any, uid: str) -> None:
        response = calendar.client.delete(str(calendar.url.join(f"{uid}.ics")))
        if not 200 <= response.status < 300 and response.status not in (404, 410):
            raise CalendarAway(f"it refuses to remove a meeting (HTTP {response.status})")
