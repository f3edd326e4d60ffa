"""Leads and how they are known. A lead is found by any of its identities; none of them is permanent."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from lead_reviver.storage.database import Connection, new_id

# Which leads hold these identities now. `offset 0`: looked up one by one, also by a plan that was made while there
# were hardly any, when reading all of them looked as cheap.
FIND = """
select k.workspace_id, k.kind, k.value, i.lead_id
from unnest($1::uuid[], $2::text[], $3::text[]) as k (workspace_id, kind, value)
cross join lateral (
  select lead_id from public.identities
  where (workspace_id, kind, value) = (k.workspace_id, k.kind, k.value) and valid_to is null offset 0
) i
"""

# New leads, known so far by what WhatsApp says of them.
CREATE = """
insert into public.leads (id, workspace_id, name, phone, source, opted_out_at, marketing_stopped_at)
select * from unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::timestamptz[], $7::timestamptz[])
"""

# Further ways to know a lead; what is known already stays.
ADD_IDENTITIES = """
insert into public.identities (id, workspace_id, lead_id, kind, value)
select * from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::text[])
on conflict (workspace_id, kind, value) where valid_to is null do nothing
"""

# An identity that is no longer the lead's.
CLOSE_IDENTITIES = """
update public.identities set valid_to = $4
where workspace_id = $1 and lead_id = $2 and valid_to is null and (kind, value) in (
  select * from unnest($3::text[], $5::text[])
)
"""

# The older of several leads that turned out to be one person comes first.
OLDEST_FIRST = "select id from public.leads where id = any ($1::uuid[]) order by created_at, id for update"

# What is asked of both leads before they become one. Conversations on the same number become one as well.
MERGE = (
    """
    update public.messages m set conversation_id = k.id
    from public.conversations d join public.conversations k on k.channel_id = d.channel_id and k.lead_id = $1
    where d.lead_id = $2 and m.conversation_id = d.id
    """,
    """
    update public.turns t set conversation_id = k.id,
      state = case when t.state in ('gathering', 'running', 'settling') then 'superseded' else t.state end,
      lease = null, lease_until = null
    from public.conversations d join public.conversations k on k.channel_id = d.channel_id and k.lead_id = $1
    where d.lead_id = $2 and t.conversation_id = d.id
    """,
    """
    update public.approvals a set conversation_id = k.id, decided_at = coalesce(a.decided_at, now()),
      state = case when a.state = 'waiting' then 'withdrawn' else a.state end,
      reason = case when a.state = 'waiting' then 'two leads turned out to be one' else a.reason end
    from public.conversations d join public.conversations k on k.channel_id = d.channel_id and k.lead_id = $1
    where d.lead_id = $2 and a.conversation_id = d.id
    """,
    """
    update engine.outbox o set conversation_id = k.id
    from public.conversations d join public.conversations k on k.channel_id = d.channel_id and k.lead_id = $1
    where d.lead_id = $2 and o.conversation_id = d.id
    """,
    """
    update public.conversations k set
      last_inbound_at = greatest(k.last_inbound_at, d.last_inbound_at), unread_count = k.unread_count + d.unread_count,
      last_message_at = greatest(k.last_message_at, d.last_message_at), state_version = k.state_version + 1,
      window_closed_at = greatest(k.window_closed_at, d.window_closed_at),
      mode = case when 'human' in (k.mode, d.mode) then 'human' else 'bot' end,
      assigned_to = coalesce(k.assigned_to, d.assigned_to), taken_over_at = coalesce(k.taken_over_at, d.taken_over_at),
      -- Who waited for a person goes on waiting, unless one is there in the other conversation.
      waiting_for_person_since = case when 'human' not in (k.mode, d.mode)
        then least(k.waiting_for_person_since, d.waiting_for_person_since) end,
      waiting_reason = case when 'human' not in (k.mode, d.mode) then coalesce(k.waiting_reason, d.waiting_reason) end
    from public.conversations d where d.channel_id = k.channel_id and k.lead_id = $1 and d.lead_id = $2
    """,
    """
    delete from public.conversations d using public.conversations k
    where d.lead_id = $2 and k.lead_id = $1 and k.channel_id = d.channel_id
    """,
    "update public.conversations set lead_id = $1, state_version = state_version + 1 where lead_id = $2",
    "update public.identities set lead_id = $1 where lead_id = $2",
    "update public.consents set lead_id = $1 where lead_id = $2",
    "update public.notes set lead_id = $1 where lead_id = $2",
    "update public.meetings set lead_id = $1 where lead_id = $2",
    "update public.field_corrections set lead_id = $1 where lead_id = $2",
    """
    update public.snoozes s set lead_id = $1 from public.leads k where s.lead_id = $2 and k.id = $1
      and k.snoozed_until is null and not exists (select from public.snoozes o where o.lead_id = $1)
    """,
    """
    update public.touches t set lead_id = $1 where lead_id = $2 and not exists (
      select from public.touches o where o.lead_id = $1 and o.campaign_step_id = t.campaign_step_id
    )
    """,
    """
    insert into public.lead_tags (workspace_id, lead_id, tag_id)
    select workspace_id, $1, tag_id from public.lead_tags where lead_id = $2 on conflict do nothing
    """,
    """
    update public.leads k set
      name = coalesce(k.name, d.name), email = coalesce(k.email, d.email),
      language = coalesce(k.language, d.language), owner_id = coalesce(k.owner_id, d.owner_id),
      fields = d.fields || k.fields || (
        select coalesce(jsonb_object_agg(f.field, f.value), '{}') from jsonb_each(d.fields) as f (field, value)
        where f.value ->> 'corrected_at' is not null and k.fields #>> array[f.field, 'corrected_at'] is null),
      score = greatest(k.score, d.score),
      score_reasons = case when d.score > coalesce(k.score, -1) then d.score_reasons else k.score_reasons end,
      opted_out_at = coalesce(k.opted_out_at, d.opted_out_at),
      came_back_at = case when d.opted_out_at is null then k.came_back_at
        when k.opted_out_at is null then d.came_back_at end,
      marketing_stopped_at = coalesce(k.marketing_stopped_at, d.marketing_stopped_at),
      snoozed_until = coalesce(k.snoozed_until, d.snoozed_until),
      last_inbound_at = greatest(k.last_inbound_at, d.last_inbound_at), updated_at = now()
    from public.leads d where k.id = $1 and d.id = $2
    """,
)

# A number is free only once the merged lead is gone.
DROP = "delete from public.leads where id = $1 returning phone"
TAKE_PHONE = "update public.leads set phone = coalesce(phone, $2) where id = $1"

# When the lead last wrote, on the lead itself, for lists and segments. Whoever writes is awake.
RECORD_INBOUND = """
with awake as (
  delete from public.snoozes where lead_id = any ($1::uuid[])
)
update public.leads l set last_inbound_at = greatest(l.last_inbound_at, n.at), name = coalesce(l.name, n.name),
  snoozed_until = null
from unnest($1::uuid[], $2::timestamptz[], $3::text[]) as n (id, at, name) where l.id = n.id
"""

# Nothing automatic goes out after this. The first no is the one that is dated; each is the lead's last word. Says which
# leads had not opted out before.
OPT_OUT = """
update public.leads l set opted_out_at = coalesce(l.opted_out_at, o.at), came_back_at = null, updated_at = now()
from unnest($1::uuid[], $2::timestamptz[]) as o (lead_id, at)
join public.leads before on before.id = o.lead_id
where l.id = o.lead_id
returning l.id, before.opted_out_at is null as newly
"""

# The lead wrote something else after a no.
CAME_BACK = """
update public.leads l set came_back_at = b.at from unnest($1::uuid[], $2::timestamptz[]) as b (lead_id, at)
where l.id = b.lead_id and l.opted_out_at is not null
"""

# The lead asked to be written to again.
OPT_IN = """
update public.leads set opted_out_at = null, came_back_at = null, updated_at = now() where id = any ($1::uuid[])
"""

# WhatsApp's own marketing stop, and its end.
MARKETING_STOP = """
update public.leads set marketing_stopped_at = case when $2 then coalesce(marketing_stopped_at, $3) end,
  updated_at = now() where id = $1
"""

STOP_MARKETING_OF = """
update public.leads set marketing_stopped_at = coalesce(marketing_stopped_at, now()), updated_at = now()
where id = (select lead_id from public.conversations where id = $1) returning id
"""

# The ledger: consent is withdrawn, never erased.
WITHDRAW = """
update public.consents set withdrawn_at = now(), withdrawn_through = $2
where lead_id = any ($1::uuid[]) and withdrawn_at is null and ($3::text is null or purpose = $3)
"""

SET_PHONE = """
update public.leads l set phone = $2, updated_at = now() where id = $1 and not exists (
  select from public.leads o where o.workspace_id = l.workspace_id and o.phone = $2 and o.id <> l.id
)
"""

# All current identities of leads.
IDENTITIES = """
select i.workspace_id, i.lead_id, i.kind, i.value
from unnest($1::uuid[]) as l (id) cross join lateral (select * from public.identities where lead_id = l.id offset 0) i
where i.valid_to is null
"""


@dataclass(frozen=True, slots=True)
class Identity:
    """One way to know a lead, e.g. ("phone", "+34600111222")."""

    workspace_id: str
    kind: str
    value: str


@dataclass(slots=True)
class NewLead:
    """A lead to create, with everything that identifies it."""

    workspace_id: str
    name: str | None
    phone: str | None
    source: str
    identities: list[Identity]
    opted_out_at: datetime | None = None
    marketing_stopped_at: datetime | None = None
    lead_id: str = field(default_factory=new_id)


async def find(connection: Connection, identities: Iterable[Identity]) -> dict[Identity, str]:
    """Return the lead id behind each identity that is known."""
    asked = list(set(identities))
    rows = await connection.fetch(
        FIND, [each.workspace_id for each in asked], [each.kind for each in asked], [each.value for each in asked]
    )
    return {Identity(row["workspace_id"], row["kind"], row["value"]): row["lead_id"] for row in rows}


async def create(connection: Connection, leads: Sequence[NewLead]) -> None:
    """Insert leads and their identities."""
    await connection.execute(
        CREATE,
        [each.lead_id for each in leads],
        [each.workspace_id for each in leads],
        [each.name for each in leads],
        [each.phone for each in leads],
        [each.source for each in leads],
        [each.opted_out_at for each in leads],
        [each.marketing_stopped_at for each in leads],
    )
    await add_identities(connection, [(each.lead_id, identity) for each in leads for identity in each.identities])


async def add_identities(connection: Connection, identities: Sequence[tuple[str, Identity]]) -> None:
    """Add ways to know leads: pairs of (lead id, identity)."""
    await connection.execute(
        ADD_IDENTITIES,
        [new_id() for _ in identities],
        [identity.workspace_id for _, identity in identities],
        [lead_id for lead_id, _ in identities],
        [identity.kind for _, identity in identities],
        [identity.value for _, identity in identities],
    )


async def close_identities(connection: Connection, lead_id: str, identities: Sequence[Identity], at: datetime) -> None:
    """Say that these identities stopped being the lead's."""
    if identities:
        await connection.execute(
            CLOSE_IDENTITIES,
            identities[0].workspace_id,
            lead_id,
            [each.kind for each in identities],
            at,
            [each.value for each in identities],
        )


async def merge(connection: Connection, lead_ids: Iterable[str]) -> str:
    """Make one lead of several that are the same person; the oldest stays and takes over everything.

    Returns the id that stays. An opt-out of any of them is an opt-out of the one.
    """
    stays, *others = [row["id"] for row in await connection.fetch(OLDEST_FIRST, list(lead_ids))]
    for other in others:
        for statement in MERGE:
            await connection.execute(statement, stays, other)
        await connection.execute(TAKE_PHONE, stays, await connection.fetchval(DROP, other))
    return str(stays)


async def record_inbound(connection: Connection, leads: Sequence[tuple[str, datetime, str | None]]) -> None:
    """Set when leads last wrote; a name from WhatsApp fills an empty one. Triples (lead id, when, name)."""
    await connection.execute(RECORD_INBOUND, *([each[n] for each in leads] for n in range(3)))


async def opt_out(connection: Connection, leads: dict[str, datetime], through: str) -> set[str]:
    """Mark leads (id -> when they asked) as opted out and withdraw their consents; return those newly so."""
    rows = await connection.fetch(OPT_OUT, list(leads), list(leads.values()))
    await connection.execute(WITHDRAW, list(leads), through, None)
    return {row["id"] for row in rows if row["newly"]}


async def come_back(connection: Connection, leads: dict[str, datetime]) -> None:
    """Note that leads (id -> when) wrote again after a no; those without one are left alone."""
    if leads:
        await connection.execute(CAME_BACK, list(leads), list(leads.values()))


async def opt_in(connection: Connection, lead_ids: Sequence[str]) -> None:
    """Take an opt-out back, because the lead asked for it."""
    await connection.execute(OPT_IN, lead_ids)


async def set_marketing_stop(connection: Connection, lead_id: str, *, stopped: bool, at: datetime) -> None:
    """Record WhatsApp's own marketing stop or resume."""
    await connection.execute(MARKETING_STOP, lead_id, stopped, at)
    if stopped:
        await connection.execute(WITHDRAW, [lead_id], "whatsapp marketing stop", "marketing")


async def stop_marketing_of(connection: Connection, conversation_id: str) -> str:
    """Note that the lead of a conversation stopped marketing; return the lead id."""
    return str(await connection.fetchval(STOP_MARKETING_OF, conversation_id))


async def set_phone(connection: Connection, lead_id: str, phone: str) -> None:
    """Set the number a lead is written to (E.164), unless another lead holds it."""
    await connection.execute(SET_PHONE, lead_id, phone)


async def identities(connection: Connection, lead_ids: Sequence[str]) -> dict[str, list[Identity]]:
    """Return every current identity, by lead id."""
    found: dict[str, list[Identity]] = {}
    for row in await connection.fetch(IDENTITIES, lead_ids):
        found.setdefault(row["lead_id"], []).append(Identity(row["workspace_id"], row["kind"], row["value"]))
    return found
