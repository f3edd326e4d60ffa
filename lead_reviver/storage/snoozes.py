"""Snoozes: who is left alone until a day and why, and who wakes on it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from lead_reviver.storage.database import Connection

# What leads asked for, with the words as they stand in the message; a message that was taken back has none.
ASK = """
insert into public.snoozes (lead_id, workspace_id, set_by, asked_at, message_id, said, occasion)
select c.lead_id, c.workspace_id, 'lead', coalesce(m.sent_at, now()), m.id,
  coalesce(m.body, m.transcript ->> 'text'), case when m.id is not null then a.occasion end
from unnest($1::uuid[], $2::uuid[], $3::text[]) as a (conversation_id, message_id, occasion)
join public.conversations c on c.id = a.conversation_id
left join public.messages m on m.id = a.message_id and m.conversation_id = c.id and m.deleted_at is null
on conflict (lead_id) do update set set_by = 'lead', person_id = null, asked_at = excluded.asked_at,
  message_id = excluded.message_id, said = excluded.said, occasion = excluded.occasion, woke_at = null,
  first_line = null
"""

# A member leaves the lead of a conversation alone until a day; till then nobody is waited for. What the lead said of
# it before stays beside the new day.
SET = """
with snoozed as (
  update public.conversations c set state_version = c.state_version + 1, waiting_for_person_since = null,
    waiting_reason = null
  where c.id = $1 returning c.lead_id, c.workspace_id
), lead as (
  update public.leads l set snoozed_until = $2, updated_at = now() from snoozed where l.id = snoozed.lead_id
)
insert into public.snoozes as s (lead_id, workspace_id, set_by, person_id, asked_at)
select lead_id, workspace_id, 'person', $3, now() from snoozed
on conflict (lead_id) do update set set_by = 'person', person_id = excluded.person_id, woke_at = null,
  first_line = null, asked_at = case when s.message_id is null then excluded.asked_at else s.asked_at end
"""

# A member ends it: the lead is awake at once.
END = """
with ended as (
  update public.conversations c set state_version = c.state_version + 1 where c.id = $1 returning c.lead_id
), gone as (
  delete from public.snoozes s using ended where s.lead_id = ended.lead_id
)
update public.leads l set snoozed_until = null, updated_at = now() from ended where l.id = ended.lead_id
"""

_ASLEEP = """
select l.id as lead_id, l.workspace_id, l.snoozed_until, l.stage, l.opted_out_at,
  coalesce(l.language, w.language) as language, coalesce(l.time_zone, w.time_zone) as time_zone,
  w.contact_from, w.contact_until,
  (select p.id from public.playbooks p where p.workspace_id = l.workspace_id and p.published_at is not null
   order by p.published_at desc limit 1) as playbook_id,
  s.set_by, s.asked_at, s.message_id, s.occasion, c.id as conversation_id, c.channel_id, c.last_inbound_at,
  c.window_closed_at, coalesce(c.is_a_persons, false) as with_person,
  exists (select from public.meetings m where m.lead_id = l.id and m.starts_at > $1
    and m.state in ('held', 'booked')) as meeting_ahead
from public.leads l
join public.workspaces w on w.id = l.workspace_id
left join public.snoozes s on s.lead_id = l.id and s.woke_at is null
-- Where the lead asked for it, else the newest.
left join lateral (
  select k.id, k.channel_id, k.last_inbound_at, k.window_closed_at, bool_or(
    k.mode = 'human' or k.assigned_to is not null or k.waiting_for_person_since is not null
    or k.approval_waiting_since is not null) over () as is_a_persons
  from public.conversations k where k.lead_id = l.id
  order by k.id = (select m.conversation_id from public.messages m where m.id = s.message_id) desc nulls last,
    k.last_message_at desc nulls last, k.id limit 1
) c on true
"""

# Whose day has come, those that slept for longest first.
DUE = (
    _ASLEEP
    + """
where l.snoozed_until <= $1 and (l.snoozed_until, l.id) > ($2, $3)
order by l.snoozed_until, l.id limit $4
"""
)

# Whoever works on a conversation keeps it: a lead wakes only where all of its conversations are ours.
LOCK = "select id from public.conversations where lead_id = $1 order by id for update skip locked"
STILL_DUE = (
    _ASLEEP
    + """
where l.id = $2 and l.snoozed_until <= $1
  and not exists (select from public.conversations o where o.lead_id = l.id and o.id <> all ($3::uuid[]))
for update of l skip locked
"""
)

WAKE = """
with awake as (
  update public.leads set snoozed_until = null, updated_at = now() where id = $1
)
update public.snoozes set woke_at = now(), first_line = $2 where lead_id = $1
"""

# The same of a lead about whom there is nothing left to say.
WAKE_QUIETLY = """
with awake as (
  update public.leads set snoozed_until = null, updated_at = now() where id = $1
)
delete from public.snoozes where lead_id = $1
"""

# A person looks at it, also one who answers already.
SHOW = """
update public.conversations set waiting_for_person_since = coalesce(waiting_for_person_since, now()),
  waiting_reason = coalesce(waiting_reason, $2)
where id = $1
"""

FIRST = (datetime.min.replace(tzinfo=UTC), "00000000-0000-0000-0000-000000000000")


@dataclass(frozen=True, slots=True)
class Sleeper:
    """A lead whose day has come, and what is known of why it was left alone."""

    lead_id: str
    workspace_id: str
    snoozed_until: datetime
    stage: str
    opted_out_at: datetime | None
    language: str
    time_zone: str
    contact_from: int
    contact_until: int
    playbook_id: str | None
    set_by: Literal["lead", "person"] | None
    asked_at: datetime | None
    message_id: str | None
    occasion: str | None
    conversation_id: str | None
    """None for a lead nobody ever wrote with."""
    channel_id: str | None
    last_inbound_at: datetime | None
    window_closed_at: datetime | None
    with_person: bool
    meeting_ahead: bool


async def ask(connection: Connection, asked: Sequence[tuple[str, str | None, str | None]]) -> None:
    """Keep what leads asked for: (conversation id, message that says so, occasion)."""
    if asked:
        await connection.execute(ASK, *([each[n] for each in asked] for n in range(3)))


async def put_off(connection: Connection, conversation_id: str, until: datetime, user_id: str) -> None:
    """Leave the lead of a conversation alone until a time, for a member. The conversation is locked before."""
    await connection.execute(SET, conversation_id, until, user_id)


async def end(connection: Connection, conversation_id: str) -> None:
    """Let the lead of a conversation be awake, for a member. The conversation is locked before."""
    await connection.execute(END, conversation_id)


async def due(connection: Connection, now: datetime, after: tuple[datetime, str], limit: int) -> list[Sleeper]:
    """Return leads whose day has come, in order, those after (time, lead id)."""
    return [Sleeper(**row) for row in await connection.fetch(DUE, now, *after, limit)]


async def claim(connection: Connection, lead_id: str, now: datetime) -> Sleeper | None:
    """Lock a lead and its conversations; None where somebody works on them, or its day is no longer due."""
    locked = [row["id"] for row in await connection.fetch(LOCK, lead_id)]
    row = await connection.fetchrow(STILL_DUE, now, lead_id, locked)
    return None if row is None else Sleeper(**row)


async def wake(connection: Connection, lead_id: str, first_line: str | None) -> None:
    """End the snooze of a lead; `first_line` is what a person may begin with."""
    await connection.execute(WAKE, lead_id, first_line)


async def wake_quietly(connection: Connection, lead_id: str) -> None:
    """End the snooze of a lead, and keep nothing of why it was left alone."""
    await connection.execute(WAKE_QUIETLY, lead_id)


async def show_to_person(connection: Connection, conversation_id: str | None, reason: str) -> None:
    """Let a conversation wait for a person; None for a lead nobody ever wrote with, who has none."""
    await connection.execute(SHOW, conversation_id, reason)
