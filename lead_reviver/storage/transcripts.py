"""What voice notes say, kept with their messages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec

from lead_reviver.decide.voice import VOICE_KINDS, Transcript
from lead_reviver.storage.database import Connection

# Voice notes that nobody has listened to, of turns that are still held by the lease they came with.
UNHEARD = """
select m.id, m.workspace_id, m.conversation_id, c.lead_id, m.sent_at,
  coalesce(m.content ->> 'media_id', m.content ->> 'id') as media_id, ch.phone_number_id, l.language
from public.turns t
join unnest($1::uuid[], $2::uuid[]) as k (id, lease) on t.id = k.id and t.lease = k.lease
join public.messages m on m.turn_id = t.id
join public.conversations c on c.id = m.conversation_id
join public.channels ch on ch.id = c.channel_id
join public.leads l on l.id = c.lead_id
where t.state = 'running' and m.direction = 'in' and m.kind = any ($3::text[]) and m.transcript is null
  and m.deleted_at is null
order by m.sent_at, m.id
"""

# The same where no turn will: a person answers, or is waited for. Kinds as in `VOICE_KINDS`, spelled out for the index.
# What is said in a group is not said to us.
UNHEARD_ASIDE = """
select m.id, m.workspace_id, m.conversation_id, c.lead_id, m.sent_at,
  coalesce(m.content ->> 'media_id', m.content ->> 'id') as media_id, ch.phone_number_id, l.language
from public.messages m
join public.conversations c on c.id = m.conversation_id
join public.channels ch on ch.id = c.channel_id
join public.leads l on l.id = c.lead_id
where m.direction = 'in' and m.kind in ('audio', 'voice') and m.transcript is null and m.deleted_at is null
  and m.created_at > $1 and not m.content ? 'group_id'
  and not exists (select from public.turns t where t.id = m.turn_id and t.state <> 'superseded')
order by m.created_at, m.id limit $2
"""

# Conversations that the bot answers, or would if nobody were waited for.
OF_BOT = "select id from public.conversations where id = any ($1::uuid[]) and mode = 'bot'"

# Once: of two runs that listened at the same time the first is kept. What the lead deleted meanwhile stays deleted.
KEEP = """
update public.messages m set transcript = h.transcript::jsonb
from unnest($1::uuid[], $2::text[]) as h (id, transcript)
where m.id = h.id and m.transcript is null and m.deleted_at is null
"""


@dataclass(frozen=True, slots=True)
class VoiceNote:
    """A voice note that nobody has listened to."""

    message_id: str
    workspace_id: str
    conversation_id: str
    lead_id: str
    sent_at: datetime
    media_id: str | None
    phone_number_id: str
    language: str | None
    """The lead's, as far as it is known."""


async def unheard(connection: Connection, held: Mapping[str, str]) -> list[VoiceNote]:
    """Return the voice notes of these turns (id -> lease) that nobody has listened to, oldest first."""
    rows = await connection.fetch(UNHEARD, list(held), list(held.values()), VOICE_KINDS)
    return [VoiceNote(*row.values()) for row in rows]


async def unheard_aside(connection: Connection, since: datetime, limit: int) -> list[VoiceNote]:
    """Return voice notes that came since then, that nobody has listened to and no turn will, oldest first."""
    return [VoiceNote(*row.values()) for row in await connection.fetch(UNHEARD_ASIDE, since, limit)]


async def of_bot(connection: Connection, conversation_ids: Sequence[str]) -> set[str]:
    """Return which of these conversations no person has taken over."""
    return {row["id"] for row in await connection.fetch(OF_BOT, conversation_ids)}


async def keep(connection: Connection, heard: Mapping[str, Transcript]) -> None:
    """Store what voice notes say, by message id."""
    await connection.execute(KEEP, list(heard), [msgspec.json.encode(each).decode() for each in heard.values()])
