"""The demo's leads on the simulator's phone, with the chats they had: who opens it first sees no empty list."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote

import asyncpg

from lead_reviver.local.demo.stories import STORIES
from lead_reviver.local.demo.story import Line
from lead_reviver.local.parts import post_json, put_file
from lead_reviver.simulator.media import SAMPLES

FILES = Path(__file__).parent / "files"
FILE_OF = {
    "image": FILES / "facade.jpg",
    "audio": SAMPLES / "voice.ogg",
    "document": FILES / "company-extract.pdf",
    "sticker": FILES / "dog.webp",
}
"""What is in the files of the demo's messages, by kind."""
KEPT_DAYS = 365
"""Longer than WhatsApp's 7 days: a demo that is a week old still shows its pictures."""

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
    """Put every lead with a conversation, and the files of their messages, on the phone; return how many leads.

    Once, after the demo was made.
    """
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
    media = f"{environment['WHATSAPP_GRAPH_URL']}/simulator/media"
    await asyncio.gather(*(_put(media, line) for line in lines_with_files()))
    return len(rows)


def lines_with_files() -> list[Line]:
    """Return the demo's messages that are files."""
    return [line for story in STORIES for line in story.lines if "media_id" in line.content]


async def _put(media: str, line: Line) -> None:
    address = f"{media}/{line.content['media_id']}?days={KEPT_DAYS}"
    if "filename" in line.content:
        address += f"&filename={quote(line.content['filename'])}"
    await put_file(address, FILE_OF[line.kind].read_bytes(), line.content["mime_type"])


def _lead(row: asyncpg.Record) -> dict[str, object]:
    lead: dict[str, object] = {"name": row["name"], "language": row["language"], "history": json.loads(row["history"])}
    if row["phone"]:
        lead["phone"] = row["phone"]
    else:
        lead["hides_phone"] = True
    if row["bsuid"]:
        lead["bsuid"] = row["bsuid"]
    return lead
