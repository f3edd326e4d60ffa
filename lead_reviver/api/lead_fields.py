"""What a lead told us, put right by a person: how each field is edited, and the correction itself."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, Field, JsonValue

from lead_reviver.api.access import WRITERS, Caller, SignedIn, role_among
from lead_reviver.api.conversations import Parts
from lead_reviver.api.problems import Problem
from lead_reviver.decide.conversation import FieldValue
from lead_reviver.decide.fields import FieldType, checked_value, corrected, is_settled, kind_of
from lead_reviver.errors import BadInput
from lead_reviver.reply.playbook import Playbook, Question
from lead_reviver.state import live
from lead_reviver.state.live import LiveEvent
from lead_reviver.steps.scoring import score_corrected
from lead_reviver.storage import audit, lead_fields
from lead_reviver.storage.database import Connection, as_member, transaction
from lead_reviver.storage.lead_fields import Correction, LockedLead

router = APIRouter(prefix="/api", tags=["leads"])

LEAD = """
select l.workspace_id, l.fields, l.language, (select p.id from public.playbooks p
  where p.workspace_id = l.workspace_id and p.published_at is not null order by p.published_at desc limit 1
) as playbook_id from public.leads l where l.id = $1
"""
DONE_BEFORE = "select lead_id, field from public.field_corrections where id = $1"
FIELD_NAME = r"^[a-z][a-z0-9_]{0,39}$"


class FieldChoice(BaseModel):
    """One of the answers to choose from."""

    value: str
    title: str


class EditableField(BaseModel):
    """How a field is edited."""

    field: str
    type: FieldType
    why: str | None
    """What the answer is good for; None where no playbook asks for it."""
    choices: list[FieldChoice]


class EditableFields(BaseModel):
    """The playbook's fields in its order, then what else is known."""

    fields: list[EditableField]
    currency: str
    """Of amounts that name none."""


class FieldCorrection(BaseModel):
    """One field put right."""

    id: UUID
    """Made by the caller: a request that comes twice changes nothing the second time."""
    field: str = Field(pattern=FIELD_NAME)
    value: JsonValue
    """As `GET` says by type; null: not known."""


class CorrectedField(BaseModel):
    """How the field stands."""

    field: str
    value: JsonValue
    score: int | None


@router.get("/leads/{lead_id}/fields")
async def editable_fields(lead_id: UUID, caller: SignedIn, parts: Parts) -> EditableFields:
    """Return how the fields of a lead are edited."""
    async with as_member(parts.pool, caller.claims) as connection:
        row = await connection.fetchrow(LEAD, str(lead_id))
    if row is None:
        raise Problem(404, "not_found", "There is no such lead here.")
    playbook = await parts.find_playbook(row["playbook_id"])
    asked = [_editable(each, row["language"], playbook) for each in playbook.questions]
    names = {each.field for each in asked}
    more = [
        EditableField(field=name, type=kind_of(known.get("value")), why=None, choices=[])
        for name, known in row["fields"].items()
        if name not in names
    ]
    return EditableFields(fields=[*asked, *more], currency=playbook.currency)


@router.patch("/leads/{lead_id}/fields")
async def correct_field(lead_id: UUID, asked: FieldCorrection, caller: SignedIn, parts: Parts) -> CorrectedField:
    """Put right what is known of a lead. It beats what the bot hears later, which is shown beside it."""
    lead = str(lead_id)
    async with as_member(parts.pool, caller.claims) as connection:
        row = await _lead_to_write(connection, caller, lead)
    playbook = await parts.find_playbook(row["playbook_id"])
    value = _checked(asked, row["fields"], playbook)
    async with transaction(parts.pool) as connection:
        locked = await lead_fields.lock(connection, lead)
        if locked is None:
            raise Problem(404, "not_found", "There is no such lead here any more.")
        before = locked.fields.get(asked.field)
        if is_settled(before, value):
            return _stands(asked.field, locked)
        after = corrected(before, value, caller.user_id, parts.clock())
        score = score_corrected(locked, {**locked.fields, asked.field: after}, playbook)
        correction = Correction(str(asked.id), locked.workspace_id, lead, asked.field, before, after)
        new = await lead_fields.correct(connection, correction, score)
        if new:
            await audit.record(connection, locked.workspace_id, caller.user_id, "correct field", "lead", lead)
        else:
            await _check_same(connection, asked, lead)
    if not new:
        return _stands(asked.field, locked)
    events = [
        LiveEvent(locked.workspace_id, "conversation", {"conversation_id": each}) for each in locked.conversation_ids
    ]
    await live.tell(parts.redis, events)
    return CorrectedField(field=asked.field, value=after.value, score=score.points)


async def _lead_to_write(connection: Connection, caller: Caller, lead_id: str) -> Any:
    row = await connection.fetchrow(LEAD, lead_id)
    if row is None:
        raise Problem(404, "not_found", "There is no such lead here.")
    refusal = "Your role may read leads, but not correct them; ask an owner."
    await role_among(connection, caller, row["workspace_id"], WRITERS, refusal)
    return row


async def _check_same(connection: Connection, asked: FieldCorrection, lead_id: str) -> None:
    row = await connection.fetchrow(DONE_BEFORE, str(asked.id))
    if row is None or (row["lead_id"], row["field"]) != (lead_id, asked.field):
        raise Problem(409, "id_taken", "A correction with this id is of something else; send it with a new id.")


def _stands(field: str, lead: LockedLead) -> CorrectedField:
    known: FieldValue | None = lead.fields.get(field)
    return CorrectedField(
        field=field,
        value=known.value if known else None,
        score=sum(each["points"] for each in lead.score_reasons) if lead.score_reasons else None,
    )


def _checked(asked: FieldCorrection, fields: dict[str, Any], playbook: Playbook) -> Any:
    """Return the value as it is stored. Raises `BadInput` for one that its field does not take."""
    question = next((each for each in playbook.questions if each.field == asked.field), None)
    if question is not None:
        return checked_value(asked.value, question.type, _titles(question, None, playbook))
    if asked.field not in fields:
        raise BadInput(f"The playbook asks for nothing called {asked.field!r}; reload the page.")
    return checked_value(asked.value, kind_of(fields[asked.field].get("value")), {})


def _editable(question: Question, language: str | None, playbook: Playbook) -> EditableField:
    titles = _titles(question, language, playbook)
    return EditableField(
        field=question.field,
        type=question.type,
        why=question.why,
        choices=[FieldChoice(value=value, title=title) for value, title in titles.items()],
    )


def _titles(question: Question, language: str | None, playbook: Playbook) -> dict[str, str]:
    """Return the choices with their titles, in the first language that the playbook has them in: for people of ours."""
    speaks = language if language in playbook.languages else playbook.languages[0]
    return {each.value: each.title.get("en") or each.title[speaks] for each in question.choices}
