"""Sync calendars that members keep elsewhere: their busy times come here, our meetings go there.

Nobody who talks with a lead waits for it: slots are found in our own record, and what a calendar does not take is tried
again, later each time. Safe to run by two at once, or to be cut off: who takes a calendar has it for a while.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import timedelta
from typing import Final

from lead_reviver.errors import BadInput, LeadReviverError, TryAgainLater
from lead_reviver.meetings.calendar_file import calendar_file
from lead_reviver.ports import CalendarPort, Clock
from lead_reviver.storage import calendars, meetings, secrets
from lead_reviver.storage.calendars import Account, Pending
from lead_reviver.storage.database import DatabaseAway, Pool, lent, transaction
from lead_reviver.storage.secrets import Vault

log = logging.getLogger(__name__)

EVERY: Final = timedelta(minutes=5)
LONGEST_WAIT: Final = timedelta(hours=1)
AHEAD: Final = timedelta(days=90)
"""No slot is offered for later than this."""
AT_ONCE: Final = 5

Connect = Callable[[Account, str], CalendarPort]
"""Makes a calendar of an account and its password."""


async def sync_calendars(pool: Pool, vault: Vault, connect: Connect, clock: Clock) -> int:
    """Sync the calendars whose time has come; return how many. Raises `DatabaseAway`."""
    async with transaction(pool) as connection:
        accounts = await calendars.claim(connection, EVERY, AT_ONCE)
    await asyncio.gather(*(_sync(pool, vault, connect, clock, each) for each in accounts))
    return len(accounts)


async def _sync(pool: Pool, vault: Vault, connect: Connect, clock: Clock, account: Account) -> None:
    try:
        async with lent(pool) as connection:
            password = await secrets.get_secret(connection, vault, account.workspace_id, account.secret)
            waiting = await calendars.pending(connection, account)
        calendar = connect(account, password or "")
        for each in waiting:
            await _write(pool, calendar, each)
        now = clock()
        busy = await calendar.busy(now, now + AHEAD)
        async with transaction(pool) as connection:
            await calendars.set_busy(connection, account.workspace_id, account.user_id, "caldav", busy)
            await calendars.worked(connection, account)
    except DatabaseAway:
        raise
    except LeadReviverError as error:
        wait = min(LONGEST_WAIT, EVERY * 2 ** min(account.failures, 6))
        log.warning("the calendar of member %s is tried again later: %s", account.user_id, error)
        async with lent(pool) as connection:
            await calendars.failed(connection, account, str(error), wait)


async def _write(pool: Pool, calendar: CalendarPort, event: Pending) -> None:
    """Bring one entry up to date. Raises what the calendar raises, after that was written down."""
    try:
        async with lent(pool) as connection:
            entry = await meetings.entry(connection, event.meeting_id)
        if event.stands and entry is not None:
            await calendar.put(event.calendar_uid, calendar_file(entry, "agent", kept=True))
        else:
            await calendar.delete(event.calendar_uid)
    except (TryAgainLater, BadInput) as error:
        async with lent(pool) as connection:
            await calendars.note(connection, event, "waiting", str(error))
        raise
    async with lent(pool) as connection:
        await calendars.note(connection, event, "written" if event.stands else "removed")
