"""Conversations: one lead on one number of ours."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from lead_reviver.decide.conversation import Conversation, FieldValue, Lead, Line
from lead_reviver.storage.database import Connection, new_id
from lead_reviver.storage.lines import line_of

# The numbers behind these ids; for the id of an account, its oldest number.
CHANNELS = """
select phone_number_id as key, id, workspace_id from public.channels where phone_number_id = any ($1::text[])
union all
(select distinct on (business_account_id) business_account_id, id, workspace_id from public.channels
 where business_account_id = any ($1::text[]) order by business_account_id, created_at)
"""

# Conversations of leads on channels: those missing are opened.
OPEN = """
insert into public.conversations (id, workspace_id, lead_id, channel_id)
select * from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[])
on conflict (lead_id, channel_id) do nothing
"""

# Lock them in one order, so that two writers cannot wait for each other for ever.
LOCK = """
select c.id, c.workspace_id, c.lead_id, c.channel_id, c.mode, c.waiting_for_person_since, l.opted_out_at,
  exists (select from public.turns t where t.conversation_id = c.id and t.state = 'parked') as bot_gave_up
from public.conversations c
join unnest($1::uuid[], $2::uuid[]) as k (lead_id, channel_id)
  on (c.lead_id, c.channel_id) = (k.lead_id, k.channel_id)
join public.leads l on l.id = c.lead_id
order by c.id for update of c
"""

# The order of locks everywhere: conversations by id, then messages by id, then outbox, turns and leads.
LOCK_BY_ID = "select from public.conversations where id = any ($1::uuid[]) order by id for update"
LOCK_OF_TURNS = """
select from public.conversations
where id in (select conversation_id from public.turns where id = any ($1::uuid[])) order by id for update
"""

# What new messages change about a conversation.
RECORD_INBOUND = """
update public.conversations c set
  last_inbound_at = greatest(c.last_inbound_at, n.inbound_at),
  last_message_at = greatest(c.last_message_at, n.message_at),
  last_message_preview = n.preview,
  unread_count = c.unread_count + n.unread,
  state_version = c.state_version + n.bump,
  waiting_for_person_since = case when n.waiting is null then c.waiting_for_person_since
    else coalesce(c.waiting_for_person_since, now()) end,
  waiting_reason = case when c.waiting_for_person_since is null then n.waiting else c.waiting_reason end
from unnest($1::uuid[], $2::timestamptz[], $3::timestamptz[], $4::text[], $5::int[], $6::int[], $7::text[])
  as n (id, inbound_at, message_at, preview, unread, bump, waiting)
where c.id = n.id
"""

# A person is needed; the first reason stays until somebody came. Where somebody answers already, nobody is waited for.
ASK_FOR_PERSON = """
update public.conversations c set
  waiting_for_person_since = coalesce(c.waiting_for_person_since, now()),
  waiting_reason = coalesce(c.waiting_reason, w.reason)
from unnest($1::uuid[], $2::text[]) as w (id, reason) where c.id = w.id and c.mode = 'bot'
"""

# A person answers from now on; whatever the bot gathers or prepares is dropped at its fence.
TAKE_OVER = """
update public.conversations set mode = 'human', assigned_to = coalesce($2, assigned_to), taken_over_at = now(),
  waiting_for_person_since = null, waiting_reason = null, state_version = state_version + 1
where id = $1 returning workspace_id, lead_id, assigned_to
"""

# Whose lead it is, when nobody's so far.
OWN_LEAD = "update public.leads set owner_id = $2 where id = $1 and owner_id is null"

# The bot answers again.
HAND_BACK = """
update public.conversations set mode = 'bot', assigned_to = null, taken_over_at = null,
  waiting_for_person_since = null, waiting_reason = null, state_version = state_version + 1
where id = any ($1::uuid[]) returning workspace_id
"""

# Somebody has read everything.
MARK_READ = "update public.conversations set unread_count = 0 where id = $1 and unread_count > 0 returning workspace_id"

# What is cached of a conversation is rebuilt before its next turn.
FORGET_STATE = "update public.conversations set state_version = state_version + 1 where id = any ($1::uuid[])"

LEAD_OF = "select lead_id from public.conversations where id = $1"

# Meta said that the 24 hours are over.
CLOSE_WINDOW = "update public.conversations set window_closed_at = now() where id = any ($1::uuid[])"

# Everything a responder may know, without the history.
STATE = """
select c.id as conversation_id, c.workspace_id, c.channel_id, ch.phone_number_id, c.mode, c.state_version,
  l.id as lead_id, l.name, l.language, l.stage, l.fields, l.opted_out_at, l.phone,
  w.name as workspace_name, w.language as workspace_language,
  (select i.value from public.identities i where i.lead_id = l.id and i.kind = 'bsuid' and i.valid_to is null
   order by i.valid_from desc limit 1) as bsuid,
  (select p.id from public.playbooks p where p.workspace_id = c.workspace_id and p.published_at is not null
   order by p.published_at desc limit 1) as playbook_id
from public.conversations c
join public.leads l on l.id = c.lead_id
join public.channels ch on ch.id = c.channel_id
join public.workspaces w on w.id = c.workspace_id
where c.id = any ($1::uuid[])
"""

# The newest 20 messages of each conversation that no unfinished turn is about to answer, in the order in which they
# came to be known (ids grow with time): WhatsApp's times are whole seconds, ours are not.
HISTORY = """
select m.* from unnest($1::uuid[]) as k (conversation_id)
cross join lateral (
  select m.conversation_id, m.id as message_id, m.direction, m.author, m.kind, m.body, m.content, m.sent_at, m.wamid,
    m.transcript
  from public.messages m
  where m.conversation_id = k.conversation_id and m.deleted_at is null and m.status <> 'not_sent'
    and (m.turn_id is null or m.direction = 'out' or not exists (
      select from public.turns t where t.id = m.turn_id and t.state in ('gathering', 'running', 'settling')))
  order by m.sent_at desc, m.id desc limit 20
) m
order by m.message_id
"""


@dataclass(frozen=True, slots=True)
class LockedConversation:
    """What intake needs to know before it decides whether the bot answers."""

    id: str
    workspace_id: str
    lead_id: str
    channel_id: str
    mode: str
    waiting_for_person_since: datetime | None
    opted_out_at: datetime | None
    bot_gave_up: bool
    """A turn is parked: a new message is one more chance to answer it."""


@dataclass(slots=True)
class Arrival:
    """What new messages change about one conversation."""

    conversation_id: str
    inbound_at: datetime | None
    message_at: datetime
    preview: str | None
    unread: int
    outside_turn: bool
    """Cached state does not learn of it by a turn, so it must be rebuilt."""
    waiting: str | None


async def channels(connection: Connection, ids: Iterable[str]) -> dict[str, tuple[str, str]]:
    """Return (channel id, workspace id) by phone number id or account id, for those that are ours."""
    rows = await connection.fetch(CHANNELS, list(set(ids)))
    return {row["key"]: (row["id"], row["workspace_id"]) for row in rows}


async def open_and_lock(
    connection: Connection, wanted: Iterable[tuple[str, str, str]]
) -> dict[tuple[str, str], LockedConversation]:
    """Return locked conversations by (lead id, channel id), opening those missing.

    `wanted` holds (workspace id, lead id, channel id).
    """
    keys = sorted(set(wanted))
    workspaces, leads, channel_ids = ([key[n] for key in keys] for n in range(3))
    await connection.execute(OPEN, [new_id() for _ in keys], workspaces, leads, channel_ids)
    found = [LockedConversation(*row.values()) for row in await connection.fetch(LOCK, leads, channel_ids)]
    return {(each.lead_id, each.channel_id): each for each in found}


async def lock(connection: Connection, conversation_ids: Iterable[str]) -> None:
    """Lock conversations, before anything of theirs is locked."""
    await connection.execute(LOCK_BY_ID, sorted(set(conversation_ids)))


async def lock_of_turns(connection: Connection, turn_ids: Sequence[str]) -> None:
    """Lock the conversations of turns, before the turns."""
    await connection.execute(LOCK_OF_TURNS, turn_ids)


async def record_arrivals(connection: Connection, arrivals: Sequence[Arrival]) -> None:
    """Update times, previews, unread counts and who is waited for."""
    await connection.execute(
        RECORD_INBOUND,
        [each.conversation_id for each in arrivals],
        [each.inbound_at for each in arrivals],
        [each.message_at for each in arrivals],
        [each.preview for each in arrivals],
        [each.unread for each in arrivals],
        [int(each.outside_turn) for each in arrivals],
        [each.waiting for each in arrivals],
    )


async def ask_for_person(connection: Connection, waiting: dict[str, str]) -> None:
    """Say that conversations (id -> reason in plain words) wait for a person."""
    if waiting:
        await connection.execute(ASK_FOR_PERSON, list(waiting), list(waiting.values()))


async def take_over(connection: Connection, conversation_id: str, user_id: str | None) -> tuple[str, str | None]:
    """Let a person answer; return (workspace id, who answers). `user_id` is None for the phone app."""
    row = await connection.fetchrow(TAKE_OVER, conversation_id, user_id)
    if row is None:
        raise LookupError(conversation_id)
    if user_id is not None:
        await connection.execute(OWN_LEAD, row["lead_id"], user_id)
    return row["workspace_id"], row["assigned_to"]


async def hand_back(connection: Connection, conversation_id: str) -> str:
    """Let the bot answer again; return the workspace id."""
    return str(await connection.fetchval(HAND_BACK, [conversation_id]))


async def hand_back_all(connection: Connection, conversation_ids: Sequence[str]) -> None:
    """Let the bot answer again in conversations that are locked."""
    await connection.execute(HAND_BACK, conversation_ids)


async def mark_read(connection: Connection, conversation_id: str) -> str | None:
    """Set the unread count to zero; return the workspace id when that changed anything."""
    workspace_id: str | None = await connection.fetchval(MARK_READ, conversation_id)
    return workspace_id


async def forget_state(connection: Connection, conversation_ids: Sequence[str]) -> None:
    """Let what is cached of conversations be rebuilt."""
    await connection.execute(FORGET_STATE, conversation_ids)


async def lead_of(connection: Connection, conversation_id: str) -> str:
    """Return the lead of a conversation."""
    return str(await connection.fetchval(LEAD_OF, conversation_id))


async def close_windows(connection: Connection, conversation_ids: Sequence[str]) -> None:
    """Note that Meta refused a free-form message: the window counts as closed until the lead writes again."""
    await connection.execute(CLOSE_WINDOW, conversation_ids)


async def states(connection: Connection, conversation_ids: Sequence[str]) -> dict[str, Conversation]:
    """Rebuild the state of conversations from the record, by conversation id."""
    history: dict[str, list[Line]] = {}
    rows = await connection.fetch(STATE, conversation_ids)
    for row in await connection.fetch(HISTORY, conversation_ids):
        history.setdefault(row["conversation_id"], []).append(line_of(row))
    return {row["conversation_id"]: _state_of(row, history.get(row["conversation_id"], [])) for row in rows}


def _state_of(row: Any, history: list[Line]) -> Conversation:
    return Conversation(
        conversation_id=row["conversation_id"],
        workspace_id=row["workspace_id"],
        channel_id=row["channel_id"],
        phone_number_id=row["phone_number_id"],
        workspace_name=row["workspace_name"],
        workspace_language=row["workspace_language"],
        mode=row["mode"],
        phone=row["phone"],
        bsuid=row["bsuid"],
        playbook_id=row["playbook_id"],
        state_version=row["state_version"],
        history=history,
        lead=Lead(
            lead_id=row["lead_id"],
            name=row["name"],
            language=row["language"],
            stage=row["stage"],
            fields=msgspec.convert(row["fields"], dict[str, FieldValue]),
            opted_out_at=row["opted_out_at"],
        ),
    )
