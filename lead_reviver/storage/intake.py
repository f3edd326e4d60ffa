"""What taking in leads reads and writes: a few statements for a whole delivery, whatever it holds."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from lead_reviver.decide.intake import Key, Lead, withdrawn_from_the_start
from lead_reviver.decide.lead_rows import Consent, LeadRow
from lead_reviver.decide.phone import spellings
from lead_reviver.storage import leads
from lead_reviver.storage.database import Connection, new_id
from lead_reviver.storage.leads import Identity

# Deliveries of a workspace one after the other; ends with the transaction.
ONE_AT_A_TIME = "select pg_advisory_xact_lock(hashtextextended('take in leads ' || $1::uuid::text, 0))"

# How a workspace reads numbers and times.
WORKSPACE = "select country, time_zone from public.workspaces where id = $1"

# Which leads hold these identities or numbers now.
FIND = """
select i.lead_id from public.identities i
join unnest($2::text[], $3::text[]) as k (kind, value) on (i.kind, i.value) = (k.kind, k.value)
where i.workspace_id = $1 and i.valid_to is null
union
select l.id from public.leads l
join unnest($2::text[], $3::text[]) as k (kind, value) on k.kind = 'phone' and k.value = l.phone
where l.workspace_id = $1
"""

# Conversations come before leads in the order of locks.
HOLD_CONVERSATIONS = "select id from public.conversations where lead_id = any ($1::uuid[]) order by id for update"

# What was cached of them is read anew.
OUTDATE_CONVERSATIONS = """
update public.conversations set state_version = state_version + 1 where lead_id = any ($1::uuid[])
"""

# Leads as they stand, the oldest first.
READ_LEADS = """
select l.id, l.source, l.name, l.phone, l.email, l.language, l.stage, l.opted_out_at, l.marketing_stopped_at,
  l.last_inbound_at is not null as has_written
from public.leads l where l.id = any ($1::uuid[]) order by l.created_at, l.id for update
"""

# `offset 0`: lead by lead, whenever the plan was made (see `leads.FIND`).
IDENTITIES = """
select i.lead_id, i.kind, i.value
from unnest($1::uuid[]) as l (id) cross join lateral (select * from public.identities where lead_id = l.id offset 0) i
where i.valid_to is null
"""

TAGS = """
select t.lead_id, n.name from public.lead_tags t join public.tags n on n.id = t.tag_id
where t.lead_id = any ($1::uuid[])
"""

# Which of these notes stand there already.
NOTES = "select lead_id, body from public.notes where lead_id = any ($1::uuid[]) and body = any ($2::text[])"

CONSENTS = """
select lead_id, purpose, source, given_at from public.consents where lead_id = any ($1::uuid[])
"""

CREATE = """
insert into public.leads
  (id, workspace_id, name, phone, email, language, source, stage, opted_out_at, marketing_stopped_at)
select id, $1, name, phone, email, language, source, stage, opted_out_at, marketing_stopped_at
from unnest($2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::timestamptz[],
  $10::timestamptz[])
  as n (id, name, phone, email, language, source, stage, opted_out_at, marketing_stopped_at)
"""

UPDATE = """
update public.leads l set name = n.name, phone = n.phone, email = n.email, language = n.language, stage = n.stage,
  opted_out_at = n.opted_out_at, marketing_stopped_at = n.marketing_stopped_at, updated_at = now()
from unnest($2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::timestamptz[],
  $9::timestamptz[]) as n (id, name, phone, email, language, stage, opted_out_at, marketing_stopped_at)
where l.id = n.id and l.workspace_id = $1
"""

# A number may go from one lead to another within a delivery: first nobody has it.
FREE_PHONES = "update public.leads set phone = null where id = any ($1::uuid[])"

# Another number takes the place of one that nobody ever wrote from.
CLOSE_IDENTITIES = """
update public.identities i set valid_to = now()
from unnest($2::uuid[], $3::text[], $4::text[]) as n (lead_id, kind, value)
where i.workspace_id = $1 and (i.lead_id, i.kind, i.value) = (n.lead_id, n.kind, n.value) and i.valid_to is null
"""

# Labels that the workspace does not have yet.
NAME_TAGS = """
insert into public.tags (id, workspace_id, name) select id, $1, name from unnest($2::uuid[], $3::text[]) as n (id, name)
on conflict (workspace_id, name) do nothing
"""

PUT_TAGS = """
insert into public.lead_tags (workspace_id, lead_id, tag_id)
select $1, n.lead_id, t.id from unnest($2::uuid[], $3::text[]) as n (lead_id, name)
join public.tags t on t.workspace_id = $1 and t.name = n.name
on conflict do nothing
"""

ADD_NOTES = """
insert into public.notes (id, workspace_id, lead_id, body)
select id, $1, lead_id, body from unnest($2::uuid[], $3::uuid[], $4::text[]) as n (id, lead_id, body)
"""

ADD_CONSENTS = """
insert into public.consents
  (id, workspace_id, lead_id, purpose, source, evidence, given_at, withdrawn_at, withdrawn_through)
select id, $1, lead_id, purpose, source, evidence, given_at, withdrawn_at,
  case when withdrawn_at is not null then 'a no that stood when it came in' end
from unnest($2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::timestamptz[], $8::timestamptz[])
  as n (id, lead_id, purpose, source, evidence, given_at, withdrawn_at)
"""

# A no that only the suppression list knew ends the consents of the lead as well.
WITHDRAW = """
update public.consents c set withdrawn_at = now(), withdrawn_through = 'the suppression list'
from unnest($1::uuid[], $2::text[]) as n (lead_id, purpose)
where c.lead_id = n.lead_id and c.purpose = n.purpose and c.withdrawn_at is null
"""


async def one_at_a_time(connection: Connection, workspace_id: str) -> None:
    """Wait until no other delivery of this workspace is being taken in; holds until the transaction ends."""
    await connection.execute(ONE_AT_A_TIME, workspace_id)


async def habits(connection: Connection, workspace_id: str) -> tuple[str | None, str] | None:
    """Return the country and time zone of a workspace; None when there is no such workspace."""
    row = await connection.fetchrow(WORKSPACE, workspace_id)
    return None if row is None else (row["country"], row["time_zone"])


async def find(connection: Connection, workspace_id: str, keys: Iterable[Key]) -> list[str]:
    """Return the ids of leads that hold one of these keys, in any spelling of a number."""
    asked: list[tuple[str, str]] = []
    for kind, value in keys:
        if kind == "number":
            for digits in spellings(value):
                asked += [("phone", f"+{digits}"), ("wa_id", digits)]
        else:
            asked.append((kind, value))
    rows = await connection.fetch(FIND, workspace_id, [kind for kind, _ in asked], [value for _, value in asked])
    return [row["lead_id"] for row in rows]


async def hold(connection: Connection, lead_ids: Sequence[str], rows: Sequence[LeadRow]) -> list[Lead]:
    """Lock leads and return them as they stand, the oldest first, with what `rows` could repeat."""
    if not lead_ids:
        return []
    await connection.execute(HOLD_CONVERSATIONS, lead_ids)
    found = await connection.fetch(READ_LEADS, lead_ids)
    identities = _by_lead(await connection.fetch(IDENTITIES, lead_ids))
    tags = _by_lead(await connection.fetch(TAGS, lead_ids)) if any(each.tags for each in rows) else {}
    bodies = [each.note for each in rows if each.note]
    notes = _by_lead(await connection.fetch(NOTES, lead_ids, bodies)) if bodies else {}
    asked = any(each.consents for each in rows)
    consents = _by_lead(await connection.fetch(CONSENTS, lead_ids)) if asked else {}
    return [
        Lead(
            each["id"],
            each["source"],
            name=each["name"],
            phone=each["phone"],
            email=each["email"],
            language=each["language"],
            stage=each["stage"],
            opted_out_at=each["opted_out_at"],
            marketing_stopped_at=each["marketing_stopped_at"],
            has_written=each["has_written"],
            identities=frozenset((kind, value) for kind, value in identities.get(each["id"], [])),
            tags=frozenset(name for (name,) in tags.get(each["id"], [])),
            notes=frozenset(body for (body,) in notes.get(each["id"], [])),
            consents=frozenset(Consent(*columns) for columns in consents.get(each["id"], [])),
        )
        for each in found
    ]


async def write(connection: Connection, workspace_id: str, before: Mapping[str, Lead], after: Collection[Lead]) -> None:
    """Write down what a delivery changed: leads before (by id, those that were there) and after."""
    made = [each for each in after if each.lead_id not in before]
    changed = [each for each in after if each.lead_id in before and each != before[each.lead_id]]
    pairs = [(before.get(each.lead_id, Lead(each.lead_id, each.source)), each) for each in (*made, *changed)]
    if not pairs:
        return
    if changed:
        await connection.execute(OUTDATE_CONVERSATIONS, [each.lead_id for each in changed])
        moved = [new.lead_id for old, new in pairs if old.phone is not None and old.phone != new.phone]
        if moved:
            await connection.execute(FREE_PHONES, moved)
        await connection.execute(UPDATE, workspace_id, *_columns(changed, source=False))
        await _many(
            connection,
            CLOSE_IDENTITIES,
            workspace_id,
            [(new.lead_id, *each) for old, new in pairs for each in sorted(old.identities - new.identities)],
        )
        await _withdraw(connection, [(old, new) for old, new in pairs if new.lead_id in before])
    if made:
        await connection.execute(CREATE, workspace_id, *_columns(made, source=True))
    found = [(new.lead_id, each) for old, new in pairs for each in sorted(new.identities - old.identities)]
    await leads.add_identities(connection, [(lead_id, Identity(workspace_id, *each)) for lead_id, each in found])
    labels = [(new.lead_id, each) for old, new in pairs for each in sorted(new.tags - old.tags)]
    await _many(
        connection, NAME_TAGS, workspace_id, [(new_id(), each) for each in sorted({name for _, name in labels})]
    )
    await _many(connection, PUT_TAGS, workspace_id, labels)
    notes = [(new_id(), new.lead_id, each) for old, new in pairs for each in sorted(new.notes - old.notes)]
    await _many(connection, ADD_NOTES, workspace_id, notes)
    await _many(
        connection,
        ADD_CONSENTS,
        workspace_id,
        [
            (
                new_id(),
                new.lead_id,
                each.purpose,
                each.source,
                each.evidence,
                each.given_at,
                withdrawn_from_the_start(new, each),
            )
            for old, new in pairs
            for each in new.consents - old.consents
        ],
    )


async def _withdraw(connection: Connection, pairs: Sequence[tuple[Lead, Lead]]) -> None:
    """End the consents of leads whose no was not on the lead yet."""
    ended = [(new.lead_id, each) for old, new in pairs for each in ("marketing", "service") if _ends(old, new, each)]
    if ended:
        await connection.execute(WITHDRAW, *_turned(ended))


def _ends(old: Lead, new: Lead, purpose: str) -> bool:
    opted_out = old.opted_out_at is None and new.opted_out_at is not None
    stopped = old.marketing_stopped_at is None and new.marketing_stopped_at is not None
    return opted_out or (stopped and purpose == "marketing")


async def _many(connection: Connection, statement: str, workspace_id: str, rows: Sequence[tuple[object, ...]]) -> None:
    """Run a statement once for all rows; with none, not at all."""
    if rows:
        await connection.execute(statement, workspace_id, *_turned(rows))


def _turned(rows: Sequence[tuple[object, ...]]) -> list[list[object]]:
    return [list(column) for column in zip(*rows, strict=True)]


def _columns(of: Sequence[Lead], *, source: bool) -> list[list[Any]]:
    return [
        [each.lead_id for each in of],
        [each.name for each in of],
        [each.phone for each in of],
        [each.email for each in of],
        [each.language for each in of],
        *([each.source for each in of] for _ in range(source)),
        [each.stage for each in of],
        [each.opted_out_at for each in of],
        [each.marketing_stopped_at for each in of],
    ]


def _by_lead(rows: Iterable[Iterable[Any]]) -> dict[str, list[tuple[Any, ...]]]:
    found: dict[str, list[tuple[Any, ...]]] = {}
    for lead_id, *columns in rows:
        found.setdefault(lead_id, []).append(tuple(columns))
    return found
