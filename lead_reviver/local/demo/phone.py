"""The demo's leads on the simulator's phone, with the chats they had: who opens it first sees no empty list."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping

import asyncpg

from lead_reviver.local.parts import post_json

# Every lead with a conversation, and its messages that can be shown as text.
CHATS = """
select l.name, l.phone, coalesce(l.language, 'en') as language,
  (select i.value from public.identities i where i.lead_id = l.id and i.kind = 'bsuid' limit 1) as bsuid,
  (select coalesce(json_agg(json_build_object(
      'direction', m.direction, 'text', m.body, 'at', extract(epoch from m.sent_at), 'wamid', m.wamid,
      'status', case when m.direction = 'in' then 'read' else m.status end) order by m.sent_at), '[]')::text
   from public.messages m where m.conversation_id = c.id and m.body is not null and m.wamid is not null
     and m.status not in ('not_sent', 'failed', 'sending')) as history
from public.conversations c join public.leads l on l.id = c.lead_id
order by c.last_message_at
"""


async def seed_phone(environment: Mapping[str, str]) -> int:
    """Put every lead with a conversation on the phone; return how many. Once, after the demo was made."""
    connection = await asyncpg.connect(environment["DATABASE_URL"])
    try:
        rows = await connection.fetch(CHATS)
    finally:
        await connection.close()
    url = f"{environment['WHATSAPP_GRAPH_URL']}/simulator/leads"
    answers = await asyncio.gather(*(post_json(url, _lead(row), {}) for row in rows))
    refused = [said for status, said in answers if status >= 300]
    if refused:
        raise RuntimeError(f"The simulator refused {len(refused)} of the demo's leads: {refused[0]}")
    return len(rows)


def _lead(row: asyncpg.Record) -> dict[str, object]:
    lead: dict[str, object] = {"name": row["name"], "language": row["language"], "history": json.loads(row["history"])}
    if row["phone"]:
        lead["phone"] = row["phone"]
    else:
        lead["hides_phone"] = True
    if row["bsuid"]:
        lead["bsuid"] = row["bsuid"]
    return lead
