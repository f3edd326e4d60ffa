"""What a person who takes a conversation should know: read from the record, with the lead's own words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from lead_reviver.storage.database import Connection

LONGEST_QUESTION = 2000

# Who it is, what is known, how the lead sounds, what was promised, what is agreed on.
FACTS = """
select c.id as conversation_id, l.name, coalesce(l.language, w.language) as language, l.stage, l.score, l.fields,
  (select t.decision ->> 'sentiment' from public.turns t where t.conversation_id = c.id and t.decision is not null
   order by t.opened_at desc, t.id desc limit 1) as sentiment,
  (select m.body from public.messages m where m.conversation_id = c.id and m.direction = 'out'
     and m.gate ->> 'purpose' = 'handover_notice' and m.status <> 'not_sent'
     and m.sent_at > c.waiting_for_person_since - interval '1 hour'
   order by m.sent_at desc, m.id desc limit 1) as promised,
  (select jsonb_build_object('kind', b.kind, 'starts_at', b.starts_at, 'time_zone', b.time_zone,
     'agent', (select a.display_name from public.members a
               where (a.workspace_id, a.user_id) = (b.workspace_id, b.agent_id)))
   from public.meetings b where b.lead_id = l.id and b.state = 'booked' and b.ends_at > $2
   order by b.starts_at limit 1) as meeting
from public.conversations c
join public.leads l on l.id = c.lead_id
join public.workspaces w on w.id = c.workspace_id
where c.id = any ($1::uuid[])
"""

# What the lead wrote and nobody has answered: since the last word of ours that was more than "a colleague will come".
QUESTIONS = """
select k.id as conversation_id, (
  select string_agg(coalesce(q.body, '[' || q.kind || ']'), E'\\n' order by q.id) from (
    select m.id, m.body, m.kind from public.messages m
    where m.conversation_id = k.id and m.author = 'lead' and m.deleted_at is null
      and m.id > coalesce((
        select o.id from public.messages o where o.conversation_id = k.id and o.direction = 'out'
          and o.status <> 'not_sent' and coalesce(o.gate ->> 'purpose', '') <> 'handover_notice'
        order by o.sent_at desc, o.id desc limit 1), '00000000-0000-0000-0000-000000000000')
    order by m.id desc limit 5
  ) q
) as question
from unnest($1::uuid[]) as k (id)
"""


@dataclass(frozen=True, slots=True)
class HandoverFacts:
    """A lead as whoever takes over meets them."""

    name: str | None
    language: str
    stage: str
    score: int | None
    fields: dict[str, Any]
    """As in `leads.fields`."""
    sentiment: str | None
    promised: str | None
    meeting: dict[str, Any] | None

    def as_json(self) -> dict[str, Any]:
        """Return what is stored in `handovers.summary`."""
        return {
            "name": self.name,
            "language": self.language,
            "stage": self.stage,
            "score": self.score,
            "sentiment": self.sentiment,
            "fields": [
                {"name": name, "value": each.get("value"), "said": each.get("said")}
                for name, each in sorted(self.fields.items())
            ],
            "promised": self.promised,
            "meeting": self.meeting,
        }


async def facts(connection: Connection, conversation_ids: Sequence[str], now: datetime) -> dict[str, HandoverFacts]:
    """Return what is known about the leads of conversations, by conversation id."""
    rows = await connection.fetch(FACTS, conversation_ids, now)
    return {row["conversation_id"]: HandoverFacts(*list(row.values())[1:]) for row in rows}


async def questions(connection: Connection, conversation_ids: Sequence[str]) -> dict[str, str | None]:
    """Return what leads wrote and nobody answered, as written, the oldest first, by conversation id."""
    rows = await connection.fetch(QUESTIONS, conversation_ids)
    return {row["conversation_id"]: row["question"] and row["question"][:LONGEST_QUESTION] for row in rows}
