"""What every loop of the relay needs: to go on whatever happens, and to sleep until something does."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable

from lead_reviver.errors import LeadReviverError
from lead_reviver.state import live
from lead_reviver.storage.database import AWAY

log = logging.getLogger(__name__)


async def nap(event: asyncio.Event, seconds: float) -> None:
    """Sleep until the event is set, at most so long."""
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(event.wait(), seconds)


async def for_ever(work: Callable[[], Awaitable[None]]) -> None:
    """Repeat a loop's round; what is away is waited for, a bug is logged and does not end the loop."""
    wait = 0.1
    # Asked each time round, since the driver of Redis may swallow a cancellation while it waits for an answer.
    while not live.was_cancelled():
        try:
            await work()
            wait = 0.1
        except (LeadReviverError, *AWAY) as error:
            log.warning("%s waits: %s", work.__name__, error)
            await asyncio.sleep(wait)
            wait = min(wait * 2, 2.0)
        except asyncio.CancelledError:
            raise
        except Exception:
            log.exception("%s failed", work.__name__)
            await asyncio.sleep(wait)
            wait = min(wait * 2, 2.0)
