"""Meeting notices: what a lead is told about a meeting outside of a turn, each thing once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple, cast

from lead_reviver.decide.reminders import REMINDERS, SOON_AFTER_BOOKING, MeetingState, NoticeKind, Planned
from lead_reviver.storage.database import Connection
from lead_reviver.storage.follow_ups import Template
from lead_reviver.storage.meetings import zone_of

# Reminders of booked meetings that became due. Nobody is reminded of what was booked after that.
PLAN = """
insert into engine.meeting_notices (meeting_id, kind, workspace_id)
select m.id, $1, m.workspace_id from public.meetings m
where m.state = 'booked' and m.starts_at >= $2::timestamptz + $4::interval
  and m.starts_at <= $2::timestamptz + $3::interval
  and coalesce(m.booked_at, m.created_at) <= m.starts_at - $3::interval - $5::interval
  and not exists (select from engine.meeting_notices n where (n.meeting_id, n.kind) = (m.id, $1))
on conflict (meeting_id, kind) do nothing
"""

ADD = """
insert into engine.meeting_notices (meeting_id, kind, workspace_id)
select id, $2, workspace_id from public.meetings where id = $1
on conflict (meeting_id, kind) do nothing
"""

# Notices that wait to go out, those that wait longest first. A meeting without a conversation of its own is spoken of
# in the lead's newest one.
_DUE = """
select n.created_at, n.meeting_id, n.kind, n.workspace_id, coalesce(m.conversation_id, c.id) as conversation_id
from engine.meeting_notices n
join public.meetings m on m.id = n.meeting_id
left join lateral (select c.id from public.conversations c where c.lead_id = m.lead_id
  order by c.last_message_at desc nulls last, c.id desc limit 1) c on true
where n.state = 'due'
"""
DUE = (
    _DUE
    + """
  and (n.created_at, n.meeting_id, n.kind) > ($1, $2, $3)
order by n.created_at, n.meeting_id, n.kind limit $4
"""
)
DUE_OF = _DUE + "  and n.meeting_id = any ($1::uuid[])"

# Whoever works on a conversation keeps it; nobody waits for it here.
LOCK = "select id from public.conversations where id = any ($1::uuid[]) order by id for update skip locked"

# The same notices once their conversations are locked, with everything that is said in them.
CLAIM = """
select n.meeting_id, n.kind, k.conversation_id, m.workspace_id, m.lead_id, c.channel_id,
  m.kind as meeting_kind, m.state, m.starts_at, m.ends_at, coalesce(m.booked_at, m.created_at) as booked_at,
  m.cancel_reason, exists (select from public.meetings o where o.lead_id = m.lead_id and o.state = 'booked'
    and o.starts_at > now() and o.id <> m.id) as has_another,
  b.display_name as agent, l.name as lead_name, l.time_zone as lead_zone, w.time_zone as workspace_zone,
  coalesce(l.language, w.language) as language, l.stage, c.mode, c.last_inbound_at, c.window_closed_at,
  case n.kind when 'cancelled' then t.cancelled_template when 'moved' then t.moved_template
    when 'missed' then t.missed_template else t.reminder_template end as template,
  (select p.id from public.playbooks p where p.workspace_id = m.workspace_id and p.published_at is not null
   order by p.published_at desc limit 1) as playbook_id
from unnest($1::uuid[], $2::text[], $3::uuid[]) as k (meeting_id, kind, conversation_id)
join engine.meeting_notices n on (n.meeting_id, n.kind) = (k.meeting_id, k.kind) and n.state = 'due'
join public.meetings m on m.id = n.meeting_id
join public.conversations c on c.id = k.conversation_id
cross join lateral (select * from public.leads l where l.id = m.lead_id offset 0) l
join public.workspaces w on w.id = m.workspace_id
left join public.members b on (b.workspace_id, b.user_id) = (m.workspace_id, m.agent_id)
left join public.meeting_types t on (t.workspace_id, t.kind) = (m.workspace_id, m.kind)
order by n.meeting_id, n.kind for update of n skip locked
"""

SETTLE = """
update engine.meeting_notices n set state = s.state, reason = s.reason, message_id = s.message_id
from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::uuid[])
  as s (meeting_id, kind, state, reason, message_id)
where (n.meeting_id, n.kind) = (s.meeting_id, s.kind) and n.state = 'due'
"""

# Approved templates of these names on these channels, about a meeting and not to sell.
TEMPLATES = """
select k.channel_id, k.name, k.language as wanted, t.language, t.category, t.components
from unnest($1::uuid[], $2::text[], $3::text[]) as k (channel_id, name, language)
join public.templates t on t.channel_id = k.channel_id and t.name = k.name
  and lower(split_part(t.language, '_', 1)) = k.language
where t.status = 'APPROVED' and t.category = 'UTILITY'
order by t.language
"""

# What was said about a meeting and has surely not arrived, now that it is moved or called off.
WAITING = """
select o.id from engine.meeting_notices n join engine.outbox o on o.message_id = n.message_id
where n.meeting_id = $1 and o.state = 'waiting' for update of o
"""

FATE = "select state, reason from engine.meeting_notices where meeting_id = $1 and kind = $2"

FIRST = (datetime.min.replace(tzinfo=UTC), "00000000-0000-0000-0000-000000000000", "")


class Due(NamedTuple):
    """A notice that waits to go out."""

    created_at: datetime
    meeting_id: str
    kind: str
    workspace_id: str
    conversation_id: str | None
    """None: nobody ever wrote with this lead."""


class Settled(NamedTuple):
    """What became of a notice."""

    meeting_id: str
    kind: str
    state: str
    reason: str | None
    message_id: str | None


@dataclass(frozen=True, slots=True)
class Notice:
    """A notice whose conversation is locked."""

    meeting_id: str
    kind: NoticeKind
    conversation_id: str
    workspace_id: str
    lead_id: str
    channel_id: str
    meeting_kind: str
    state: MeetingState
    starts_at: datetime
    ends_at: datetime
    booked_at: datetime
    cancel_reason: str | None
    has_another: bool
    agent: str | None
    lead_name: str | None
    lead_zone: str | None
    workspace_zone: str
    language: str
    stage: str
    mode: str
    last_inbound_at: datetime | None
    window_closed_at: datetime | None
    template: str | None
    """Name of the template for this, if the workspace has chosen one."""
    playbook_id: str | None

    @property
    def time_zone(self) -> str:
        """The lead's, else the workspace's."""
        return zone_of(self.lead_zone, self.workspace_zone)

    @property
    def planned(self) -> Planned:
        """What the rules ask about it."""
        return Planned(self.state, self.starts_at, self.ends_at, self.booked_at, self.has_another)


async def plan_reminders(connection: Connection, now: datetime) -> None:
    """Write down which reminders became due; each is written down once."""
    for each in REMINDERS:
        await connection.execute(PLAN, each.kind, now, each.ahead, each.until, SOON_AFTER_BOOKING)


async def add(connection: Connection, meeting_id: str, kind: NoticeKind) -> None:
    """Have a lead told something about a meeting, once."""
    await connection.execute(ADD, meeting_id, kind)


async def due(connection: Connection, after: tuple[datetime, str, str], limit: int) -> list[Due]:
    """Return notices that wait, in order, those after (time, meeting id, kind)."""
    return [Due(*row.values()) for row in await connection.fetch(DUE, *after, limit)]


async def due_of(connection: Connection, meeting_ids: Sequence[str]) -> list[Due]:
    """Return what waits to be said about these meetings."""
    return [Due(*row.values()) for row in await connection.fetch(DUE_OF, meeting_ids)]


async def claim(connection: Connection, wanted: Sequence[Due]) -> list[Notice]:
    """Lock notices, and their conversations where nobody else works on them; return those that still wait."""
    here = [each for each in wanted if each.conversation_id is not None]
    locked = {row["id"] for row in await connection.fetch(LOCK, sorted({str(each.conversation_id) for each in here}))}
    held = [each for each in here if each.conversation_id in locked]
    rows = await connection.fetch(
        CLAIM,
        [each.meeting_id for each in held],
        [each.kind for each in held],
        [each.conversation_id for each in held],
    )
    return [Notice(*row.values()) for row in rows]


async def settle(connection: Connection, settled: Sequence[Settled]) -> None:
    """Write down what became of notices."""
    await connection.execute(SETTLE, *([each[n] for each in settled] for n in range(5)))


async def templates(connection: Connection, wanted: Sequence[Notice]) -> dict[tuple[str, str, str], list[Template]]:
    """Return approved templates by (channel id, name, language), as far as the notices name one."""
    named = {(each.channel_id, each.template, each.language) for each in wanted if each.template is not None}
    found: dict[tuple[str, str, str], list[Template]] = {}
    for row in await connection.fetch(TEMPLATES, *([each[n] for each in named] for n in range(3))):
        template = Template(row["name"], row["language"], row["category"], row["components"])
        found.setdefault((row["channel_id"], row["name"], row["wanted"]), []).append(template)
    return found


async def waiting_sends(connection: Connection, meeting_id: str) -> list[str]:
    """Return the outbox ids of notices about a meeting that were not called yet."""
    return [row["id"] for row in await connection.fetch(WAITING, meeting_id)]


async def fate(connection: Connection, meeting_id: str, kind: NoticeKind) -> tuple[str, str | None]:
    """Return how a notice stands and why."""
    row = await connection.fetchrow(FATE, meeting_id, kind)
    return ("dropped", None) if row is None else (cast("str", row["state"]), row["reason"])
