"""The outbox: every send is written down before the Graph call, so that no crash sends it twice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from lead_reviver.storage import approvals, conversations
from lead_reviver.storage.database import Connection, new_id

DRAFTED = "waiting_for_approval"
"""A message that is none yet: it is kept as an approval until a person lets it go."""

# What the gate asks about conversations. They are locked before, by a statement of its own: one that waits for a lock
# sees the locked row anew, and everything else as it was before the wait.
FACTS = """
select c.id as conversation_id, c.workspace_id, c.channel_id, c.mode, c.assigned_to, c.last_inbound_at,
  c.window_closed_at, c.lead_id, l.phone, l.opted_out_at, l.came_back_at, l.marketing_stopped_at,
  coalesce(l.time_zone, w.time_zone) as time_zone, w.time_zone as workspace_zone, w.contact_from, w.contact_until,
  ch.phone_number_id, ch.messages_per_second, ch.paused_reason as channel_paused_reason,
  (select i.value from public.identities i where i.lead_id = l.id and i.kind = 'bsuid' and i.valid_to is null
   order by i.valid_from desc limit 1) as bsuid,
  (select g.id from public.turns g where g.conversation_id = c.id and g.state = 'gathering') as gathering_turn_id,
  exists (select from engine.outbox o
    where o.conversation_id = c.id and o.state = 'calling' and o.due_at > now()) as in_flight,
  exists (select from public.messages m where m.conversation_id = c.id and m.direction = 'out'
    and m.sent_at >= l.opted_out_at and m.gate ->> 'purpose' = 'opt_out_confirmation'
    and m.status not in ('not_sent', 'sending')) as opt_out_confirmed, c.taken_over_at,
  exists (select from public.consents a where a.lead_id = l.id and a.purpose = 'marketing'
    and a.withdrawn_at is null) as agreed_to_marketing,
  (select count(*) from public.messages m where m.conversation_id = c.id and m.direction = 'out'
    and m.sent_at > greatest(c.last_inbound_at, now() - interval '7 days')
    and m.gate ->> 'purpose' in ('campaign', 'follow_up') and m.status not in ('not_sent', 'failed')) as unasked_lately,
  (w.approval or coalesce((select p.body -> 'approval' = 'true' from public.playbooks p
    where p.workspace_id = c.workspace_id and p.published_at is not null
    order by p.published_at desc limit 1), false)) as needs_approval
from public.conversations c
join public.leads l on l.id = c.lead_id
join public.channels ch on ch.id = c.channel_id
join public.workspaces w on w.id = c.workspace_id
where c.id = any ($1::uuid[])
"""

_ROW = """
select o.id, o.workspace_id, o.conversation_id, o.message_id, o.turn_id, o.payload, o.state, o.attempts,
  case when o.state = 'calling' then engine.silence_until(o.due_at, $2) else o.due_at end as due_at,
  o.reason, m.gate ->> 'purpose' as purpose, m.author, m.kind, m.sent_at as written_at,
  m.content ->> 'category' as template_category, (m.gate ->> 'until')::timestamptz as valid_until
from engine.outbox o cross join lateral (
  select * from public.messages where id = o.message_id offset 0  -- one by one, also by a plan made among few
) m
"""

# What was written down for these turns before, locked.
OF_TURNS = _ROW + "where o.turn_id = any ($1::uuid[]) order by o.turn_id, o.position for update of o"

# Messages about to be sent, or not sent with the gate's reasons.
ADD_MESSAGES = """
insert into public.messages
  (id, workspace_id, conversation_id, turn_id, direction, author, author_id, kind, body, content, context_wamid,
   status, reason, gate, sent_at)
select id, workspace_id, conversation_id, turn_id, 'out', author, author_id, kind, body, content, context_wamid,
  status, reason, gate, now()
from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::text[], $6::uuid[], $7::text[], $8::text[],
            $9::jsonb[], $10::text[], $11::text[], $12::text[], $13::jsonb[])
  as m (id, workspace_id, conversation_id, turn_id, author, author_id, kind, body, content, context_wamid,
        status, reason, gate)
on conflict (id) do nothing
returning id
"""

ADD = """
insert into engine.outbox (id, workspace_id, conversation_id, channel_id, message_id, turn_id, payload, due_at)
select id, workspace_id, conversation_id, channel_id, message_id, turn_id, payload, now() + $8
from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::uuid[], $6::uuid[], $7::jsonb[])
  as o (id, workspace_id, conversation_id, channel_id, message_id, turn_id, payload)
"""

TOUCH_CONVERSATIONS = """
update public.conversations c set last_message_at = now(), last_message_preview = p.preview,
  state_version = state_version + p.bump
from unnest($1::uuid[], $2::text[], $3::int[]) as p (id, preview, bump) where c.id = p.id
"""

# Not yet called: WhatsApp's rates ask for patience.
POSTPONE = """
update engine.outbox set state = 'waiting', attempts = 0, due_at = now() + $2, reason = $3 where id = $1
"""

# Not yet called again: so that it does not stand in front of those whose time has come.
WAIT_ON = """
update engine.outbox o set state = 'waiting', due_at = now() + w.wait, reason = w.reason
from unnest($1::uuid[], $2::interval[], $3::text[]) as w (id, wait, reason) where o.id = w.id
"""

# Once more the same payload, since the last try surely did not arrive.
CALL_AGAIN = """
update engine.outbox set state = 'calling', attempts = attempts + 1, called_at = now(), due_at = now() + $2
where id = any ($1::uuid[])
"""

# Where sends without a turn (of people, follow-ups) wait whose time has come: nothing else waits for them.
CONVERSATIONS_DUE = """
select o.conversation_id from engine.outbox o
where o.turn_id is null and o.state in ('calling', 'waiting') and o.due_at <= now()
  and (o.state = 'waiting' or engine.silence_until(o.due_at, $2) <= now())
order by o.due_at limit $1
"""
# Those sends, once their conversations are locked.
DUE_WITHOUT_TURN = (
    _ROW
    + """
where o.conversation_id = any ($1::uuid[]) and o.turn_id is null and o.state in ('calling', 'waiting')
  and case when o.state = 'calling' then engine.silence_until(o.due_at, $2) else o.due_at end <= now()
order by o.due_at for update of o
"""
)

# The gate says no by now: it is not sent, and says why.
CANCEL = """
with cancelled as (
  update engine.outbox o set state = 'cancelled', reason = c.reason
  from unnest($1::uuid[], $2::text[], $3::jsonb[]) as c (id, reason, gate) where o.id = c.id
  returning o.message_id, c.reason, c.gate
)
update public.messages m set status = 'not_sent', status_at = now(), reason = cancelled.reason,
  gate = coalesce(m.gate, '{}') || cancelled.gate
from cancelled where m.id = cancelled.message_id
"""

# What the Graph API said. A status may have been faster: an accepted row stays accepted, its message moves only up,
# and statuses that waited for this message to be known are applied now.
RECORD = """
with said as (
  select * from unnest($1::uuid[], $2::text[], $3::text[], $4::int[], $5::text[], $6::interval[], $7::text[])
    as s (id, state, wamid, error_code, reason, wait, message_status)
), locked as materialized (
  select o.id from said join engine.outbox o on o.id = said.id join public.messages m on m.id = o.message_id
  order by m.id for update of m
), orphans as (
  update engine.inbox i set state = 'new' from said where i.state = 'orphan' and i.wamid = said.wamid
), settled as (
  -- Another runner took the turn over while the call was under way, and waits for what became of it.
  update public.turns t set ready_at = now() from said join engine.outbox o on o.id = said.id
  where t.id = o.turn_id and t.state = 'settling' and said.state in ('accepted', 'failed')
), box as (
  update engine.outbox o set state = said.state, wamid = coalesce(o.wamid, said.wamid),
    error_code = said.error_code, reason = said.reason, due_at = now() + said.wait
  from said join locked on locked.id = said.id where o.id = said.id and o.state not in ('accepted', 'cancelled')
  returning o.message_id, said.wamid, said.error_code, said.reason, said.message_status
)
update public.messages m set wamid = coalesce(m.wamid, box.wamid), error_code = box.error_code, reason = box.reason,
  status = case when m.status = 'sending' then box.message_status else m.status end,
  status_at = case when m.status = 'sending' then now() else m.status_at end
from box where m.id = box.message_id
"""

# A status told us of a send whose answer never came.
ACCEPT = """
update engine.outbox o set state = 'accepted', wamid = coalesce(o.wamid, a.wamid)
from unnest($1::uuid[], $2::text[]) as a (id, wamid) where o.id = a.id and o.state in ('calling', 'waiting')
"""


@dataclass(frozen=True, slots=True)
class Facts:
    """What the gate needs to know about a conversation, read under its lock."""

    conversation_id: str
    workspace_id: str
    channel_id: str
    mode: str
    assigned_to: str | None
    last_inbound_at: datetime | None
    window_closed_at: datetime | None
    lead_id: str
    phone: str | None
    opted_out_at: datetime | None
    came_back_at: datetime | None
    marketing_stopped_at: datetime | None
    time_zone: str
    """Of the lead, else of the workspace; by its IANA name, if it is one."""
    workspace_zone: str
    """Of the workspace, where the people are who read reasons."""
    contact_from: int
    contact_until: int
    """The hours of the day in which a lead may be written to unasked."""
    phone_number_id: str
    messages_per_second: int
    channel_paused_reason: str | None
    bsuid: str | None
    gathering_turn_id: str | None
    in_flight: bool
    opt_out_confirmed: bool
    taken_over_at: datetime | None
    """When a person took over; the person at the phone, too, whom nobody is assigned for."""
    agreed_to_marketing: bool
    unasked_lately: int
    """Messages that answered nothing, within seven days and since the lead last wrote."""
    needs_approval: bool
    """The workspace or its playbook is in approval mode."""


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """One send as it is written down."""

    id: str
    workspace_id: str
    conversation_id: str
    message_id: str
    turn_id: str | None
    payload: dict[str, Any]
    state: str
    attempts: int
    due_at: datetime
    reason: str | None
    purpose: str | None
    """As the gate was asked."""
    author: str
    kind: str
    written_at: datetime
    template_category: str | None
    """Of a template, in capitals as Meta writes it."""
    valid_until: datetime | None
    """When the message is no longer worth sending."""


@dataclass(slots=True)
class OutgoingMessage:
    """A message that the gate let pass or refused, to be stored with the gate's words."""

    workspace_id: str
    conversation_id: str
    channel_id: str
    author: str
    kind: str
    body: str | None
    content: dict[str, Any]
    gate: dict[str, Any]
    status: str
    """sending, not_sent with `reason`, or DRAFTED."""
    payload: dict[str, Any] | None = None
    """The Graph API body without the outbox id; None when it is not sent."""
    reason: str | None = None
    turn_id: str | None = None
    author_id: str | None = None
    context_wamid: str | None = None
    id: str = field(default_factory=new_id)
    outbox_id: str = field(default_factory=new_id)


@dataclass(frozen=True, slots=True)
class Said:
    """What the Graph API's answer means for an outbox row and its message."""

    id: str
    state: str
    message_status: str
    wamid: str | None = None
    error_code: int | None = None
    reason: str | None = None
    wait: timedelta = timedelta()


async def facts(connection: Connection, conversation_ids: Sequence[str]) -> dict[str, Facts]:
    """Lock conversations against intake and take-over, and return what the gate asks about them, by conversation id."""
    await conversations.lock(connection, conversation_ids)
    return {row["conversation_id"]: Facts(*row.values()) for row in await connection.fetch(FACTS, conversation_ids)}


async def of_turns(connection: Connection, turn_ids: Sequence[str], settle: timedelta) -> dict[str, list[OutboxRow]]:
    """Return what was written down for turns before, locked, by turn id."""
    found: dict[str, list[OutboxRow]] = {}
    for row in await connection.fetch(OF_TURNS, turn_ids, settle):
        found.setdefault(row["turn_id"], []).append(OutboxRow(*row.values()))
    return found


async def add(connection: Connection, messages: Sequence[OutgoingMessage], settle: timedelta) -> list[OutgoingMessage]:
    """Write messages down, with an outbox row for each that is to be sent; return those that were new.

    A message id that is there already (a command repeated by its sender) is left alone. What waits for a click becomes
    an approval instead.
    """
    await approvals.add(connection, [each for each in messages if each.status == DRAFTED])
    messages = [each for each in messages if each.status != DRAFTED]
    if not messages:
        return []
    rows = await connection.fetch(
        ADD_MESSAGES,
        [each.id for each in messages],
        [each.workspace_id for each in messages],
        [each.conversation_id for each in messages],
        [each.turn_id for each in messages],
        [each.author for each in messages],
        [each.author_id for each in messages],
        [each.kind for each in messages],
        [each.body for each in messages],
        [each.content for each in messages],
        [each.context_wamid for each in messages],
        [each.status for each in messages],
        [each.reason for each in messages],
        [each.gate for each in messages],
    )
    ids = {row["id"] for row in rows}
    new = [each for each in messages if each.id in ids]
    going = [each for each in new if each.payload is not None]
    if going:
        await connection.execute(
            ADD,
            [each.outbox_id for each in going],
            [each.workspace_id for each in going],
            [each.conversation_id for each in going],
            [each.channel_id for each in going],
            [each.id for each in going],
            [each.turn_id for each in going],
            [each.payload for each in going],
            settle,
        )
        await connection.execute(
            TOUCH_CONVERSATIONS,
            [each.conversation_id for each in going],
            [(each.body or each.kind)[:200] for each in going],
            [int(each.turn_id is None) for each in going],
        )
    return new


async def postpone(connection: Connection, outbox_id: str, wait: timedelta, reason: str | None) -> None:
    """Call later what was just written down."""
    await connection.execute(POSTPONE, outbox_id, wait, reason)


async def call_again(connection: Connection, outbox_ids: Sequence[str], settle: timedelta) -> None:
    """Note that these sends are tried once more."""
    if outbox_ids:
        await connection.execute(CALL_AGAIN, outbox_ids, settle)


async def wait_on(connection: Connection, waiting: Mapping[str, tuple[timedelta, str | None]]) -> None:
    """Look at these sends again later: outbox id -> (how long, why)."""
    if waiting:
        waits, reasons = [wait for wait, _ in waiting.values()], [reason for _, reason in waiting.values()]
        await connection.execute(WAIT_ON, list(waiting), waits, reasons)


async def conversations_due(connection: Connection, limit: int, settle: timedelta) -> list[str]:
    """Return the conversations in which a send without a turn waits for another try."""
    return sorted({row["conversation_id"] for row in await connection.fetch(CONVERSATIONS_DUE, limit, settle)})


async def due_without_turn(
    connection: Connection, conversation_ids: Sequence[str], settle: timedelta
) -> list[OutboxRow]:
    """Return sends without a turn that wait for another try, locked. Their conversations are locked before."""
    return [OutboxRow(*row.values()) for row in await connection.fetch(DUE_WITHOUT_TURN, conversation_ids, settle)]


async def cancel(connection: Connection, refused: Mapping[str, tuple[str | None, dict[str, Any]]]) -> None:
    """Do not send these after all: outbox id -> (reason in plain words, the gate's verdict)."""
    if refused:
        reasons = [reason for reason, _ in refused.values()]
        await connection.execute(CANCEL, list(refused), reasons, [gate for _, gate in refused.values()])


async def record(connection: Connection, outcomes: Sequence[Said]) -> None:
    """Write down what the Graph API said."""
    await connection.execute(
        RECORD,
        [each.id for each in outcomes],
        [each.state for each in outcomes],
        [each.wamid for each in outcomes],
        [each.error_code for each in outcomes],
        [each.reason for each in outcomes],
        [each.wait for each in outcomes],
        [each.message_status for each in outcomes],
    )


async def accept(connection: Connection, settled: Mapping[str, str]) -> None:
    """A status proved that these sends (outbox id -> WhatsApp id) were accepted."""
    if settled:
        await connection.execute(ACCEPT, list(settled), list(settled.values()))
