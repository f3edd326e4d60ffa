"""What leads told us, what people put right about it, and the score that comes of both."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from lead_reviver.decide.conversation import Decision, FieldValue
from lead_reviver.decide.score import Score
from lead_reviver.storage import snoozes
from lead_reviver.storage.database import Connection

# What a turn taught us about leads. What a person corrected stays, and another word of the lead stands beside it, as
# `decide/fields.py` says. A score is kept unless the conversation changed since it was taken: whoever changed it knows
# more.
LEARN = """
update public.leads l set
  fields = l.fields || (
    select coalesce(jsonb_object_agg(h.field, case
      when l.fields #>> array[h.field, 'corrected_at'] is null then h.value
      when h.value -> 'value' = 'null' then l.fields -> h.field
      when h.value -> 'value' = l.fields #> array[h.field, 'value']
        then jsonb_set(l.fields -> h.field, '{heard}', 'null')
      else jsonb_set(l.fields -> h.field, '{heard}', h.value) end), '{}')
    from jsonb_each(d.fields) as h (field, value)),
  stage = coalesce(d.stage, l.stage), language = coalesce(d.language, l.language),
  snoozed_until = coalesce(d.until, l.snoozed_until), updated_at = now(),
  score = case when c.state_version = d.version then coalesce(d.score, l.score) else l.score end,
  score_reasons = case when c.state_version = d.version then coalesce(d.reasons::jsonb, l.score_reasons)
    else l.score_reasons end
from unnest($1::uuid[], $2::jsonb[], $3::text[], $4::text[], $5::date[], $6::bigint[], $7::int[], $8::text[])
  as d (conversation_id, fields, stage, language, until, version, score, reasons)
join public.conversations c on c.id = d.conversation_id
where l.id = c.lead_id
"""

# The lead with its conversations locked first, in the usual order; what a score is taken of comes along.
LOCK_CONVERSATIONS = "select from public.conversations where lead_id = $1 order by id for update"
LOCK = """
select l.workspace_id, l.fields, l.opted_out_at is not null as opted_out, l.snoozed_until > now() as not_now,
  (select array_agg(c.id order by c.id) from public.conversations c where c.lead_id = l.id) as conversation_ids,
  (select count(*) from (select from public.messages m join public.conversations c on c.id = m.conversation_id
    where c.lead_id = l.id and m.direction = 'in' and m.author = 'lead' limit 3) m) as replies,
  exists (select from public.meetings m where m.lead_id = l.id and m.state = 'booked' and m.ends_at > now()) as meeting,
  l.score_reasons,
  (select p.id from public.playbooks p where p.workspace_id = l.workspace_id and p.published_at is not null
   order by p.published_at desc limit 1) as playbook_id
from public.leads l where l.id = $1 for update of l
"""

SCORE = "update public.leads set score = $2, score_reasons = $3, updated_at = now() where id = $1"

# Once, however often it is asked for.
KEEP_CORRECTION = """
insert into public.field_corrections (id, workspace_id, lead_id, field, before, after, corrected_by)
values ($1, $2, $3, $4, $5, $6, $7) on conflict (id) do nothing returning id
"""

# What is cached of the lead's conversations is rebuilt before the bot says another word.
CORRECT = """
with conversation as (
  update public.conversations set state_version = state_version + 1 where lead_id = $1
)
update public.leads set fields = fields || jsonb_build_object($2::text, $3::jsonb), score = $4, score_reasons = $5,
  updated_at = now()
where id = $1
"""


@dataclass(frozen=True, slots=True)
class LockedLead:
    """A lead that is about to be corrected."""

    workspace_id: str
    fields: dict[str, FieldValue]
    opted_out: bool
    not_now: bool
    conversation_ids: list[str]
    replies: int
    meeting: bool
    score_reasons: list[dict[str, Any]]
    playbook_id: str | None


@dataclass(frozen=True, slots=True)
class Learned:
    """What a turn taught us about the lead of a conversation."""

    conversation_id: str
    state_version: int
    """Of the conversation as the turn saw it."""
    decision: Decision
    score: Score | None = None
    """None leaves it as it is."""


async def learn(connection: Connection, learned: Sequence[Learned]) -> None:
    """Keep the fields, stage, language and snooze that decisions brought, and the score that comes of them."""
    await connection.execute(
        LEARN,
        [each.conversation_id for each in learned],
        [msgspec.to_builtins(each.decision.fields) for each in learned],
        [each.decision.stage for each in learned],
        [each.decision.language for each in learned],
        [each.decision.snooze_until for each in learned],
        [each.state_version for each in learned],
        [each.score and each.score.points for each in learned],
        # As text: a list in a list would be read as an array of more dimensions.
        [each.score and msgspec.json.encode(each.score.reasons).decode() for each in learned],
    )
    asked = [(each.conversation_id, each.decision) for each in learned if each.decision.snooze_until is not None]
    await snoozes.ask(connection, [(at, said.snooze_said_in, said.snooze_occasion) for at, said in asked])


async def lock(connection: Connection, lead_id: str) -> LockedLead | None:
    """Lock a lead and its conversations; None when it is gone."""
    await connection.execute(LOCK_CONVERSATIONS, lead_id)
    return await lock_alone(connection, lead_id)


async def lock_alone(connection: Connection, lead_id: str) -> LockedLead | None:
    """Lock a lead, for who has its conversation locked already; None when it is gone."""
    row = await connection.fetchrow(LOCK, lead_id)
    if row is None:
        return None
    return LockedLead(
        workspace_id=row["workspace_id"],
        fields=msgspec.convert(row["fields"], dict[str, FieldValue]),
        opted_out=row["opted_out"],
        not_now=bool(row["not_now"]),
        conversation_ids=row["conversation_ids"] or [],
        replies=row["replies"],
        meeting=row["meeting"],
        score_reasons=row["score_reasons"],
        playbook_id=row["playbook_id"],
    )


async def set_score(connection: Connection, lead_id: str, score: Score) -> None:
    """Say how far a lead has come, which is locked."""
    await connection.execute(SCORE, lead_id, score.points, msgspec.to_builtins(score.reasons))


@dataclass(frozen=True, slots=True)
class Correction:
    """One field put right by one person."""

    id: str
    workspace_id: str
    lead_id: str
    field: str
    before: FieldValue | None
    after: FieldValue


async def correct(connection: Connection, correction: Correction, score: Score) -> bool:
    """Write a correction down and into the lead, which is locked; False when it was done before."""
    after = msgspec.to_builtins(correction.after)
    kept = await connection.fetchval(
        KEEP_CORRECTION,
        correction.id,
        correction.workspace_id,
        correction.lead_id,
        correction.field,
        correction.before and msgspec.to_builtins(correction.before),
        after,
        correction.after.corrected_by,
    )
    if kept is None:
        return False
    await connection.execute(
        CORRECT, correction.lead_id, correction.field, after, score.points, msgspec.to_builtins(score.reasons)
    )
    return True
