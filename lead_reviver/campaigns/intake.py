"""Take in leads: a delivery of rows from a form, a CRM or a sheet becomes leads of a workspace, each row with its fate.

One transaction and a fixed number of statements, whatever the delivery holds. Safe to run twice, also at once: the
second time every row is `unchanged`. A no outlives everything: whoever is on the suppression list comes in opted out.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, tzinfo
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import asyncpg
import msgspec

from lead_reviver import metrics
from lead_reviver.campaigns.lead_bodies import rows_of
from lead_reviver.decide.intake import FATES, Fate, Key, Lead, Stop, keys_of_lead, keys_of_row, take_in_rows
from lead_reviver.decide.lead_rows import Habits, LeadRow, RefusedRow, read_row
from lead_reviver.errors import RefusedByRules, TryAgainLater
from lead_reviver.storage import intake, suppressions
from lead_reviver.storage.database import Connection, Pool, lent, new_id, transaction

TRIES: Final = 3
IN_THE_WAY: Final = (asyncpg.UniqueViolationError, asyncpg.DeadlockDetectedError, asyncpg.ForeignKeyViolationError)
"""Somebody made, changed or erased one of the leads at the same moment, e.g. because it wrote to us."""


class UnknownWorkspace(RefusedByRules):
    """There is no such workspace."""

    def __init__(self, workspace_id: str) -> None:
        super().__init__(f"There is no workspace {workspace_id}; its leads cannot be taken in.")


class Busy(TryAgainLater):
    """The leads of a delivery kept changing while they were taken in."""

    def __init__(self) -> None:
        super().__init__("The leads were being changed by somebody else; send the same again.")


class RowAnswer(msgspec.Struct, frozen=True):
    """What became of one row."""

    row: int
    fate: Fate
    lead_id: str | None
    reason: str | None


class Answer(msgspec.Struct, frozen=True):
    """What became of a delivery."""

    rows: list[RowAnswer]
    created: int
    updated: int
    unchanged: int
    refused: int
    suppressed: int


async def take_in(
    pool: Pool, hash_key: bytes, workspace_id: str, body: bytes, content_type: str, now: datetime
) -> Answer:
    """Take in the rows of a body whose signature was checked, and return the fate of each.

    Raises `BadInput` (`Unreadable` when it is neither JSON nor CSV), `UnknownWorkspace`, `Busy`, `DatabaseAway`.
    """
    rows = await understood(pool, workspace_id, body, content_type, now)
    for _ in range(TRIES):
        try:
            async with transaction(pool) as connection:
                answer = await _take_in(connection, hash_key, workspace_id, rows)
        except IN_THE_WAY:
            continue
        for fate in FATES:
            metrics.LEAD_ROWS.labels(fate).inc(getattr(answer, fate))
        return answer
    raise Busy


async def understood(
    pool: Pool, workspace_id: str, body: bytes, content_type: str, now: datetime
) -> list[LeadRow | RefusedRow]:
    """Return the rows of a body as this workspace means them. Raises `BadInput`, `UnknownWorkspace`, `DatabaseAway`."""
    async with lent(pool) as connection:
        found = await intake.habits(connection, workspace_id)
    if found is None:
        raise UnknownWorkspace(workspace_id)
    country, zone = found
    # A thousand rows take a tenth of a second, in which other requests must be answered: a thread, here and below.
    return await asyncio.to_thread(_read, body, content_type, Habits(country, _zone(zone)), now)


def _read(body: bytes, content_type: str, habits: Habits, now: datetime) -> list[LeadRow | RefusedRow]:
    return [read_row(number, raw, habits, now) for number, raw in rows_of(body, content_type)]


def _zone(name: str) -> tzinfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return UTC


async def _take_in(
    connection: Connection, hash_key: bytes, workspace_id: str, rows: Sequence[LeadRow | RefusedRow]
) -> Answer:
    good = [each for each in rows if isinstance(each, LeadRow)]
    await intake.one_at_a_time(connection, workspace_id)
    keys = {key for each in good for key in keys_of_row(each)}
    known = await intake.hold(connection, await intake.find(connection, workspace_id, keys), good)
    keys |= {key for each in known for key in keys_of_lead(each)}
    stops = await _stops(connection, hash_key, workspace_id, keys)
    taken = await asyncio.to_thread(take_in_rows, rows, known, stops, new_id)
    await intake.write(connection, workspace_id, {each.lead_id: each for each in known}, taken.leads.values())
    await _spread_stops(connection, hash_key, workspace_id, taken.leads, stops)
    answers = [RowAnswer(each.number, each.fate, each.lead_id, each.reason) for each in taken.fates]
    return Answer(answers, **{fate: sum(each.fate == fate for each in answers) for fate in FATES})


async def _stops(connection: Connection, hash_key: bytes, workspace_id: str, keys: set[Key]) -> dict[Key, Stop]:
    """Return what the people behind these keys said no to."""
    numbers = {_hash(hash_key, workspace_id, key): key for key in keys if key[0] == "number"}
    found = await suppressions.suppressed_scopes(connection, list(numbers))
    return {numbers[each]: Stop(scopes.get("all"), scopes.get("marketing")) for each, scopes in found.items()}


async def _spread_stops(
    connection: Connection, hash_key: bytes, workspace_id: str, leads: Mapping[str, Lead], stops: Mapping[Key, Stop]
) -> None:
    """Write the no of a lead down for each number that leads to it, so that it outlives the lead by any of them."""
    for scope in ("all", "marketing"):
        people: list[suppressions.Hashed] = []
        for lead in leads.values():
            said_no = lead.opted_out_at if scope == "all" else lead.marketing_stopped_at
            for key in keys_of_lead(lead) if said_no is not None else ():
                stop = stops.get(key, Stop())
                listed = stop.opted_out_at if scope == "all" else stop.marketing_stopped_at
                if key[0] == "number" and listed is None:
                    people.append(_hash(hash_key, workspace_id, key))
        if people:
            await suppressions.suppress(connection, people, scope=scope, reason="the lead had said no under another id")


def _hash(hash_key: bytes, workspace_id: str, key: Key) -> suppressions.Hashed:
    return workspace_id, suppressions.identity_hash(hash_key, "phone", f"+{key[1]}")
