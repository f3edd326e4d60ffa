"""Leads that move on by themselves: whose stage has aged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from lead_reviver.storage.database import Connection

# Every workspace, with the playbook in force.
WORKSPACES = """
select w.id, (select p.id from public.playbooks p where p.workspace_id = w.id and p.published_at is not null
  order by p.published_at desc limit 1) as playbook_id
from public.workspaces w order by w.id
"""

_LAST_WORD = """
select l.id as lead_id, l.workspace_id, l.stage, greatest(l.updated_at, l.last_inbound_at, c.said_at) as last_word_at
from unnest($1::uuid[], $2::text[], $3::timestamptz[]) as r (workspace_id, stage, before)
"""
# Nothing was said for long enough, nobody of the team is at it, and no meeting is ahead.
_NOBODY_SPEAKS = """
cross join lateral (
  select max(c.last_message_at) as said_at,
    coalesce(bool_or(c.mode = 'human' or c.waiting_for_person_since is not null), false) as is_a_persons
  from public.conversations c where c.lead_id = l.id
) c
where l.opted_out_at is null and l.snoozed_until is null
  and (l.last_inbound_at is null or l.last_inbound_at <= r.before)
  and (c.said_at is null or c.said_at <= r.before) and not c.is_a_persons
  and not exists (select from public.meetings m where m.lead_id = l.id and m.starts_at > $4
    and m.state in ('held', 'booked'))
"""
# Rule by rule (offset 0 keeps it so), by the index of stages, however many leads of other stages there are.
_BY_STAGE = """
cross join lateral (
  select * from public.leads l
  where l.workspace_id = r.workspace_id and l.stage = r.stage and l.updated_at <= r.before offset 0
) l
"""
_BY_ID = """
join public.leads l
  on l.workspace_id = r.workspace_id and l.stage = r.stage and l.updated_at <= r.before and l.id = any ($5::uuid[])
"""

# Leads who may have been in their stage for too long.
AGED = _LAST_WORD + _BY_STAGE + _NOBODY_SPEAKS + "order by l.updated_at limit $5"

# Whoever works on a conversation keeps it. Which of these leads' conversations are ours now.
LOCK = """
select c.id, c.lead_id from public.conversations c where c.lead_id = any ($1::uuid[])
order by c.id for update of c skip locked
"""

# Those leads again, once all of their conversations are locked.
STILL_AGED = (
    _LAST_WORD
    + _BY_ID
    + _NOBODY_SPEAKS
    + """
  and not exists (select from public.conversations o where o.lead_id = l.id and o.id <> all ($6::uuid[]))
order by l.id for update of l skip locked
"""
)

SET_STAGES = """
update public.leads l set stage = s.stage, updated_at = now()
from unnest($1::uuid[], $2::text[]) as s (lead_id, stage) where l.id = s.lead_id
"""

# What is cached of these leads' conversations is old.
CHANGED = """
update public.conversations set state_version = state_version + 1 where lead_id = any ($1::uuid[])
returning id, lead_id, last_message_at
"""


class StageRule(NamedTuple):
    """Leads of a workspace in a stage, if their last word was before this time."""

    workspace_id: str
    stage: str
    before: datetime


@dataclass(frozen=True, slots=True)
class AgedLead:
    """A lead who may have been in a stage for too long; locked."""

    lead_id: str
    workspace_id: str
    stage: str
    last_word_at: datetime
    """The newest message of either side, or change of the lead."""


async def workspaces(connection: Connection) -> dict[str, str | None]:
    """Return the id of the playbook in force by workspace id, None where none was published."""
    return {row["id"]: row["playbook_id"] for row in await connection.fetch(WORKSPACES)}


async def claim_aged(connection: Connection, rules: Sequence[StageRule], now: datetime, limit: int) -> list[AgedLead]:
    """Lock leads that a rule is about, with their conversations, and return them."""
    by_rule = ([each.workspace_id for each in rules], [each.stage for each in rules], [each.before for each in rules])
    leads = [row["lead_id"] for row in await connection.fetch(AGED, *by_rule, now, limit)]
    locked = await _lock_conversations(connection, leads)
    rows = await connection.fetch(STILL_AGED, *by_rule, now, leads, locked) if leads else []
    return [AgedLead(*row.values()) for row in rows]


async def set_stages(connection: Connection, stages: Mapping[str, str]) -> None:
    """Set the stage of leads, by lead id."""
    await connection.execute(SET_STAGES, list(stages), list(stages.values()))


async def changed(connection: Connection, lead_ids: Sequence[str]) -> dict[str, list[str]]:
    """Let cached state of leads' conversations be rebuilt; return their ids by lead id, the newest first."""
    rows = await connection.fetch(CHANGED, lead_ids)
    found: dict[str, list[str]] = {}
    for row in sorted(rows, key=lambda each: each["last_message_at"], reverse=True):
        found.setdefault(row["lead_id"], []).append(row["id"])
    return found


async def _lock_conversations(connection: Connection, lead_ids: Sequence[str]) -> list[str]:
    return [row["id"] for row in await connection.fetch(LOCK, lead_ids)] if lead_ids else []
