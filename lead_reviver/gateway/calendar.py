"""`/c/{token}`: a meeting as a file for the lead's calendar, to whoever has the link that the lead was sent.

It says what the lead was told already: what, when, with whom of us. Nothing is changed by it, so a program that looks
at links before people do is harmless. What was made up is turned away before the database is asked.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import datetime
from typing import Final

from lead_reviver import metrics
from lead_reviver.gateway.webhook import Receive, Scope, Send, answer
from lead_reviver.meetings.calendar_file import MEDIA_TYPE, calendar_file
from lead_reviver.meetings.calendar_links import PREFIX, CalendarLinks, still_opens
from lead_reviver.storage import meetings
from lead_reviver.storage.database import DatabaseAway, Pool, lent

MOST_A_MINUTE: Final = 30
"""So often one link is opened in a minute, in this process."""
AT_ONCE: Final = 4
"""So many connections these links may take from the webhooks."""
GONE: Final = """\
This link is not valid any more. Just write to us on WhatsApp.
Este enlace ya no es válido. Escríbenos por WhatsApp.
Esta ligação já não é válida. Escreva-nos pelo WhatsApp.
""".encode()
LATER: Final = """\
Please try again in a minute.
Inténtalo de nuevo en un minuto.
Tente de novo daqui a um minuto.
""".encode()
HEADERS: Final = [
    (b"cache-control", b"private, no-store"),  # the meeting may be moved
    (b"referrer-policy", b"no-referrer"),
    (b"x-content-type-options", b"nosniff"),
    (b"x-robots-tag", b"noindex, nofollow"),
]
FILE: Final = [(b"content-type", MEDIA_TYPE.encode()), (b"content-disposition", b'inline; filename="meeting.ics"')]


class CalendarDoor:
    """The address of the links."""

    def __init__(self, pool: Pool, links: CalendarLinks, clock: Callable[[], datetime]) -> None:
        self._pool = pool
        self._links = links
        self._clock = clock
        self._minute: datetime | None = None
        self._opened: Counter[str] = Counter()
        self._reading = 0

    async def __call__(self, scope: Scope, _: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["method"] not in ("GET", "HEAD"):
            await answer(send, 405, b"", [(b"allow", b"GET, HEAD")])
            return
        result, file = await self._file(scope["path"].removeprefix(PREFIX))
        metrics.CALENDAR_LINKS.labels(result).inc()
        if file is not None:
            await answer(send, 200, file, [*FILE, *HEADERS])
        elif result == "gone":
            await answer(send, 404, GONE, HEADERS)
        else:
            status = 429 if result == "too_often" else 503
            await answer(send, status, LATER, [(b"retry-after", b"60"), *HEADERS])

    async def _file(self, token: str) -> tuple[str, bytes | None]:
        """Return what becomes of a request, and the file where there is one."""
        meeting_id = self._links.meeting_of(token)
        if meeting_id is None:
            return "gone", None
        if not self._may_open(meeting_id):
            return "too_often", None
        if self._reading >= AT_ONCE:
            return "busy", None
        self._reading += 1
        try:
            async with lent(self._pool) as connection:
                entry = await meetings.entry(connection, meeting_id)
        except DatabaseAway:
            return "database_away", None
        finally:
            self._reading -= 1
        if entry is None or not still_opens(entry, self._clock()):
            return "gone", None
        return "shown", calendar_file(entry, "lead")

    def _may_open(self, meeting_id: str) -> bool:
        """Count a reading. Only links that were made here get so far, so there are no more of them than meetings."""
        minute = self._clock().replace(second=0, microsecond=0)
        if minute != self._minute:
            self._minute = minute
            self._opened.clear()
        self._opened[meeting_id] += 1
        return self._opened[meeting_id] <= MOST_A_MINUTE
