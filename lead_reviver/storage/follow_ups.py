"""Follow-ups: who left a question of the bot without an answer, and what was done about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple, Protocol

from lead_reviver.storage.database import Connection

_SILENT = """
select c.id as conversation_id, c.workspace_id, c.lead_id, c.channel_id, c.last_message_at, c.last_inbound_at,
  c.window_closed_at, l.stage, coalesce(l.time_zone, w.time_zone) as time_zone, w.contact_from, w.contact_until,
  (select p.id from public.playbooks p where p.workspace_id = c.workspace_id and p.published_at is not null
   order by p.published_at desc limit 1) as playbook_id,
  q.id as question_id, q.sent_at as asked_at, t.decision ->> 'asked' as asked,
  coalesce(t.decision ->> 'language', l.language, w.language) as language,
  f.number as followed_up, f.at as followed_up_at
from public.conversations c
join public.leads l on l.id = c.lead_id and l.opted_out_at is null and l.snoozed_until is null
join public.channels ch on ch.id = c.channel_id and ch.paused_at is null
join public.workspaces w on w.id = c.workspace_id
cross join lateral (select t.id, t.state, t.decision from public.turns t where t.conversation_id = c.id
  order by t.opened_at desc, t.id desc limit 1) t
cross join lateral (select m.id, m.sent_at from public.messages m where m.turn_id = t.id and m.direction = 'out'
  and m.status in ('accepted', 'sent', 'delivered', 'read', 'played') order by m.id desc limit 1) q
cross join lateral (select coalesce(max(f.number), 0) as number, max(f.created_at) as at
  from engine.follow_ups f where f.question_id = q.id) f
where c.mode = 'bot' and c.waiting_for_person_since is null and c.assigned_to is null
  and c.approval_waiting_since is null
  and t.state = 'done' and t.decision ->> 'move' = 'answer' and t.decision ->> 'asked' is not null
  and not exists (
    select from public.messages m where m.conversation_id = c.id and m.sent_at > q.sent_at - interval '1 day'
      and m.id > q.id and m.status <> 'not_sent'
      and not exists (select from engine.follow_ups s where s.message_id = m.id))
"""

# Whom the bot asked something last, and who has not said a word since; those quiet for longest first.
SILENT = (
    _SILENT
    + """
  and c.last_message_at between $1 and $2 and (c.last_message_at, c.id) > ($3, $4)
order by c.last_message_at, c.id limit $5
"""
)

# Whoever works on a conversation keeps it; nobody waits for it here.
LOCK = "select id from public.conversations where id = any ($1::uuid[]) order by id for update skip locked"

# The same of these conversations, once they are locked.
STILL_SILENT = _SILENT + "  and c.id = any ($1::uuid[])"

# Nobody is followed up twice about the same question. Says which were not followed up before.
ADD = """
insert into engine.follow_ups (question_id, number, workspace_id, outcome, reason)
select * from unnest($1::uuid[], $2::smallint[], $3::uuid[], $4::text[], $5::text[])
on conflict (question_id, number) do nothing
returning question_id
"""

SET_MESSAGES = """
update engine.follow_ups f set message_id = m.message_id
from unnest($1::uuid[], $2::smallint[], $3::uuid[]) as m (question_id, number, message_id)
where (f.question_id, f.number) = (m.question_id, m.number)
"""

# Approved templates of these names on these channels. One that sells needs a lead who agreed to that.
TEMPLATES = """
select k.conversation_id, t.name, t.language, t.category, t.components
from unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::uuid[])
  as k (conversation_id, channel_id, name, language, lead_id)
join public.templates t on t.channel_id = k.channel_id and t.name = k.name
  and lower(split_part(t.language, '_', 1)) = k.language
where t.status = 'APPROVED' and (t.category = 'UTILITY' or (t.category = 'MARKETING' and exists (
  select from public.consents a where a.lead_id = k.lead_id and a.purpose = 'marketing' and a.withdrawn_at is null)))
order by k.conversation_id, t.language
"""


@dataclass(frozen=True, slots=True)
class SilentLead:
    """A lead who has not answered the bot's last question."""

    conversation_id: str
    workspace_id: str
    lead_id: str
    channel_id: str
    last_message_at: datetime
    last_inbound_at: datetime | None
    window_closed_at: datetime | None
    stage: str
    time_zone: str
    contact_from: int
    contact_until: int
    playbook_id: str | None
    question_id: str
    asked_at: datetime
    asked: str
    """The field that was asked for."""
    language: str
    followed_up: int
    followed_up_at: datetime | None


class Addressee(Protocol):
    """Who a template is meant for."""

    @property
    def conversation_id(self) -> str | None: ...  # noqa: D102
    @property
    def channel_id(self) -> str | None: ...  # noqa: D102
    @property
    def lead_id(self) -> str: ...  # noqa: D102
    @property
    def language(self) -> str: ...  # noqa: D102


class Template(NamedTuple):
    """An approved template."""

    name: str
    language: str
    category: str
    components: list[dict[str, Any]]


class Done(NamedTuple):
    """What became of a follow-up."""

    question_id: str
    number: int
    workspace_id: str
    outcome: str
    """followed_up, needs_template or not_sent."""
    reason: str | None


FIRST = (datetime.min.replace(tzinfo=UTC), "00000000-0000-0000-0000-000000000000")


async def silent(
    connection: Connection, since: datetime, until: datetime, after: tuple[datetime, str], limit: int
) -> list[SilentLead]:
    """Return leads whose conversation went silent between two times, in order, those after (time, conversation id)."""
    moment, conversation_id = after
    rows = await connection.fetch(SILENT, since, until, max(since, moment), conversation_id, limit)
    return [SilentLead(*row.values()) for row in rows]


async def claim(connection: Connection, conversation_ids: Sequence[str]) -> dict[str, SilentLead]:
    """Lock conversations nobody else works on; return those in which the lead is still silent, by id."""
    locked = [row["id"] for row in await connection.fetch(LOCK, conversation_ids)]
    rows = await connection.fetch(STILL_SILENT, locked)
    return {row["conversation_id"]: SilentLead(*row.values()) for row in rows}


async def add(connection: Connection, done: Sequence[Done]) -> set[str]:
    """Write down what becomes of follow-ups; return the questions for which that was new."""
    rows = await connection.fetch(ADD, *([each[n] for each in done] for n in range(5)))
    return {row["question_id"] for row in rows}


async def set_messages(connection: Connection, messages: Sequence[tuple[str, int, str]]) -> None:
    """Say which messages the follow-ups became: (question id, number, message id)."""
    await connection.execute(SET_MESSAGES, *([each[n] for each in messages] for n in range(3)))


async def templates(connection: Connection, wanted: Sequence[tuple[Addressee, str]]) -> dict[str, list[Template]]:
    """Return approved templates by conversation id, for leads and the name of the template meant for them."""
    rows = await connection.fetch(
        TEMPLATES,
        [lead.conversation_id for lead, _ in wanted],
        [lead.channel_id for lead, _ in wanted],
        [name for _, name in wanted],
        [lead.language for lead, _ in wanted],
        [lead.lead_id for lead, _ in wanted],
    )
    found: dict[str, list[Template]] = {}
    for row in rows:
        template = Template(row["name"], row["language"], row["category"], row["components"])
        found.setdefault(row["conversation_id"], []).append(template)
    return found
