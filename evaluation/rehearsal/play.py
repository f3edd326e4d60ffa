"""Lets the leads talk with the real stack, many at once.

A lead goes on as soon as the record says that its last message was dealt with: the message is stored and no turn of the
conversation is open any more. Nothing waits for a time to pass, so a slow machine plays the same rehearsal more slowly.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any, Final

import aiohttp
import asyncpg

from evaluation.rehearsal.hearing import Heard, Moment, hear
from evaluation.rehearsal.lead import Act, Chooses, Leaves, Mark, Mind, Says, TapsButton
from evaluation.rehearsal.office import Guest, Office

QUIET_SECONDS: Final = 0.2
"""The stack's quiet time, in place of four seconds."""
SETTINGS: Final = {
    "LEAD_REVIVER_QUIET_SECONDS": str(QUIET_SECONDS),
    "LEAD_REVIVER_QUIET_LIMIT_SECONDS": "2",
    "LEAD_REVIVER_LOG_LEVEL": "WARNING",
}
AT_ONCE: Final = 24
"""Leads who talk at the same time."""
PATIENCE_SECONDS: Final = 180.0
"""So long a message may wait to be dealt with before the lead counts as left without an answer."""
_LONGEST_TALK: Final = 40

_DEALT_WITH: Final = """
select w.wamid from unnest($1::uuid[], $2::text[]) as w (conversation_id, wamid)
join public.messages m on m.wamid = w.wamid
where not exists (
  select from public.turns t
  where t.conversation_id = w.conversation_id and t.state in ('gathering', 'running', 'settling'))
"""


@dataclass
class Played:
    """What a lead did, beside what the record says."""

    guest: Guest
    ended: str = "is still talking"
    chosen: Moment | None = None
    ever_chosen: list[Moment] = field(default_factory=list)
    area: str = ""
    """Where it wants to live in the end."""
    budget: int = 0
    """Thousands, in the end."""
    marks: dict[Mark, str] = field(default_factory=dict)
    """WhatsApp id of the message with which the lead stopped or said goodbye."""


class Theatre:
    """The simulator's side and the record's, shared by all leads."""

    def __init__(self, phone: aiohttp.ClientSession, pool: asyncpg.Pool, office: Office) -> None:
        self.phone, self.pool, self.office = phone, pool, office
        self._waiting: dict[str, tuple[str, asyncio.Future[None]]] = {}

    @contextlib.asynccontextmanager
    async def watched(self) -> AsyncIterator[None]:
        """Look after whoever waits for an answer."""
        watching = asyncio.create_task(self._watch())
        try:
            yield
        finally:
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(0.05)
            if not self._waiting:
                continue
            wamids = list(self._waiting)
            conversations = [self._waiting[each][0] for each in wamids]
            try:
                done = await self.pool.fetch(_DEALT_WITH, conversations, wamids)
            except Exception as error:  # nobody would wake the leads again
                for _, future in self._waiting.values():
                    if not future.done():
                        future.set_exception(error)
                return
            for row in done:
                _, future = self._waiting.pop(row["wamid"])
                if not future.done():
                    future.set_result(None)

    async def dealt_with(self, guest: Guest, wamid: str) -> None:
        """Wait until the lead's message is stored and answered, or will not be. Raises `TimeoutError`."""
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting[wamid] = (guest.conversation_id, future)
        try:
            await asyncio.wait_for(future, PATIENCE_SECONDS)
        finally:
            self._waiting.pop(wamid, None)

    async def write(self, guest: Guest, message: dict[str, Any]) -> str:
        """Do something on the lead's phone; return the WhatsApp id of the message."""
        async with self.phone.post(f"/simulator/leads/{guest.phone_id}/messages", json=message) as answer:
            answer.raise_for_status()
            return str((await answer.json())["id"])

    async def chat(self, guest: Guest) -> list[dict[str, Any]]:
        """Return the messages of ours on the lead's phone."""
        async with self.phone.get(f"/simulator/leads/{guest.phone_id}/messages") as answer:
            answer.raise_for_status()
            return [each for each in (await answer.json())["messages"] if each["direction"] == "out"]


async def play(theatre: Theatre) -> list[Played]:
    """Let every lead of the office talk until it leaves."""
    seats = asyncio.Semaphore(AT_ONCE)

    async def one(guest: Guest) -> Played:
        async with seats:
            return await _talk(theatre, guest)

    async with theatre.watched():
        return list(await asyncio.gather(*(one(guest) for guest in theatre.office.guests)))


async def _talk(theatre: Theatre, guest: Guest) -> Played:
    mind, played = Mind(guest.script), Played(guest)
    read = {each["id"] for each in await theatre.chat(guest)}
    act: Act = mind.opens()
    for _ in range(_LONGEST_TALK):
        if isinstance(act, Leaves):
            played.ended = act.why
            break
        await asyncio.sleep(guest.script.pause)
        try:
            await theatre.dealt_with(guest, await _do(theatre, guest, act, played))
        except TimeoutError:
            played.ended = "was left without an answer"
            break
        new = [each for each in await theatre.chat(guest) if each["id"] not in read]
        read |= {each["id"] for each in new}
        act = mind.hears([_heard(each, guest) for each in new])
    played.chosen, played.ever_chosen = mind.chosen, mind.ever_chosen
    played.area, played.budget = mind.area, mind.budget
    return played


def _heard(message: dict[str, Any], guest: Guest) -> Heard:
    return hear(message, guest.script.language)


async def _do(theatre: Theatre, guest: Guest, act: Act, played: Played) -> str:
    """Carry out what the lead does; return the WhatsApp id of its last message."""
    if isinstance(act, Chooses) and act.taken_meanwhile:
        await theatre.office.give_away(theatre.pool, guest, act.offered.place)
    if isinstance(act, TapsButton):
        return await theatre.write(guest, {"type": "tap", "message_id": act.message_id, "id": act.row_id})
    if isinstance(act, Chooses) and not act.texts:
        return await theatre.write(guest, {"type": "tap", "message_id": act.message_id, "id": act.offered.row_id})
    assert isinstance(act, Says | Chooses)
    wamid = ""
    for text in act.texts:
        wamid = await theatre.write(guest, {"type": "text", "text": {"body": text}})
    if isinstance(act, Says) and act.mark is not None:
        played.marks[act.mark] = wamid
    if isinstance(act, Says) and act.interrupting is not None:
        await asyncio.sleep(QUIET_SECONDS)  # about when the answer is on its way; earlier or later must not matter
        wamid = await theatre.write(guest, {"type": "text", "text": {"body": act.interrupting}})
    return wamid
