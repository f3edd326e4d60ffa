"""What happened in a workspace's day, counted from the record: the day is the workspace's own, not that of UTC."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from lead_reviver.storage.database import Connection

# Some workspaces, in the order of their ids.
WORKSPACES = "select id, name, time_zone from public.workspaces where id > $1 order by id limit $2"

# What can be counted by an index of the workspace.
COUNTS = """
select d.workspace_id,
  (select count(*) from public.leads l where l.workspace_id = d.workspace_id
    and l.created_at >= d.begins and l.created_at < d.ends) as new_leads,
  (select count(*) from public.leads l where l.workspace_id = d.workspace_id
    and l.opted_out_at >= d.begins and l.opted_out_at < d.ends) as opt_outs,
  (select count(*) from public.meetings m where m.workspace_id = d.workspace_id and m.booked_at >= d.begins
    and m.booked_at < d.ends) as meetings_booked,
  (select count(*) from public.turns t where t.workspace_id = d.workspace_id and t.state = 'parked'
    and t.finished_at >= d.begins and t.finished_at < d.ends) as turns_parked,
  (select count(*) from public.conversations c where c.workspace_id = d.workspace_id
    and c.waiting_for_person_since is not null) as waiting_now
from unnest($1::uuid[], $2::timestamptz[], $3::timestamptz[]) as d (workspace_id, begins, ends)
"""

# The messages of a day, of these workspaces at once: found by their time, which is the order they lie in.
MESSAGES = """
select d.workspace_id,
  count(*) filter (where m.author = 'lead') as messages_in,
  count(*) filter (where m.went) as messages_out,
  count(*) filter (where m.went and m.author = 'bot' and m.turn_id is not null) as replies,
  count(*) filter (where m.went and m.purpose = 'follow_up') as follow_ups,
  count(*) filter (where m.went and m.author in ('person', 'app')) as by_people,
  count(*) filter (where m.status = 'failed') as messages_failed
from (
  select workspace_id, author, turn_id, status, gate ->> 'purpose' as purpose, sent_at,
    direction = 'out' and status not in ('sending', 'failed', 'not_sent') as went
  from public.messages where sent_at >= $4 and sent_at < $5
) m
join unnest($1::uuid[], $2::timestamptz[], $3::timestamptz[]) as d (workspace_id, begins, ends)
  on m.workspace_id = d.workspace_id and m.sent_at >= d.begins and m.sent_at < d.ends
group by d.workspace_id
"""

TURNS = """
select d.workspace_id, count(*) as handovers
from public.turns t
join unnest($1::uuid[], $2::timestamptz[], $3::timestamptz[]) as d (workspace_id, begins, ends)
  on t.workspace_id = d.workspace_id and t.opened_at >= d.begins and t.opened_at < d.ends
where t.opened_at >= $4 and t.opened_at < $5 and t.state = 'done' and t.decision ->> 'move' = 'hand_over'
group by d.workspace_id
"""


@dataclass(frozen=True, slots=True)
class Workspace:
    """A workspace to report about."""

    id: str
    name: str
    time_zone: str


class Day(NamedTuple):
    """A workspace's day."""

    workspace_id: str
    begins: datetime
    ends: datetime


async def workspaces(connection: Connection, after: str, limit: int) -> list[Workspace]:
    """Return workspaces after an id, in order."""
    return [Workspace(*row.values()) for row in await connection.fetch(WORKSPACES, after, limit)]


async def count(connection: Connection, days: Sequence[Day]) -> dict[str, dict[str, int]]:
    """Return the numbers of each day that are not none, by workspace id."""
    if not days:
        return {}
    columns = [[each[n] for each in days] for n in range(3)]
    over_all = (min(each.begins for each in days), max(each.ends for each in days))
    rows = await connection.fetch(COUNTS, *columns)
    rows += await connection.fetch(MESSAGES, *columns, *over_all)
    rows += await connection.fetch(TURNS, *columns, *over_all)
    found: dict[str, dict[str, int]] = {each.workspace_id: {} for each in days}
    for row in rows:
        found[row["workspace_id"]] |= {name: number for name, number in row.items() if name != "workspace_id"}
    return found
