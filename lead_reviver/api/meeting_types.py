"""Kinds of meeting: owners and managers make, plan and retire them. Supabase reads them."""

from __future__ import annotations

import re
from typing import Final
from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import BaseModel

from lead_reviver.api.access import MANAGERS, SignedIn, check_role
from lead_reviver.api.conversations import Parts
from lead_reviver.api.problems import Problem
from lead_reviver.storage import audit, meeting_types
from lead_reviver.storage.database import transaction

router = APIRouter(prefix="/api", tags=["hours"])

MANAGERS_PLAN: Final = "Only owners and managers plan kinds of meeting; ask one."
LIMITS: Final = {
    "minutes": ("It takes", 5, 480, "minutes"),
    "minutes_before": ("Kept free before it:", 0, 240, "minutes"),
    "minutes_after": ("Kept free after it:", 0, 240, "minutes"),
    "every_minutes": ("One may begin every", 5, 480, "minutes"),
    "notice_minutes": ("Notice:", 0, 20160, "minutes"),
    "horizon_days": ("Offered for the next", 1, 90, "days"),
    "hold_minutes": ("An offer is kept for", 1, 1440, "minutes"),
    "offered_at_once": ("Offered in one message:", 1, 4, "times"),
}
TEMPLATES: Final = ("reminder_template", "cancelled_template", "moved_template", "missed_template")


class MeetingTypeBody(BaseModel):
    """How a kind of meeting is planned, in minutes unless it says otherwise, and the templates about it."""

    minutes: int
    minutes_before: int = 0
    minutes_after: int = 0
    every_minutes: int = 30
    notice_minutes: int = 120
    horizon_days: int = 14
    hold_minutes: int = 10
    offered_at_once: int = 3
    reminder_template: str | None = None
    cancelled_template: str | None = None
    moved_template: str | None = None
    missed_template: str | None = None


@router.put("/meeting-types/{kind}", status_code=204)
async def set_meeting_type(
    kind: str, workspace_id: UUID, planned: MeetingTypeBody, caller: SignedIn, parts: Parts
) -> Response:
    """Make a kind of meeting, or set how it is planned; a retired one is offered again.

    What is offered or booked already stays.
    """
    workspace = str(workspace_id)
    await check_role(parts, caller, workspace, MANAGERS, MANAGERS_PLAN)
    if not re.fullmatch("[a-z][a-z0-9_]{0,39}", kind):
        raise Problem(422, "bad_input", "Name it in small letters, digits and underscores, as the playbook does.")
    values = planned.model_dump()
    for name, (words, low, high, unit) in LIMITS.items():
        if not low <= values[name] <= high:
            raise Problem(422, "bad_input", f"{words} {values[name]} {unit}? Choose {low} to {high}.")
    for name in TEMPLATES:
        values[name] = (values[name] or "").strip() or None
        if values[name] is not None and not re.fullmatch("[a-z0-9_]{1,512}", values[name]):
            raise Problem(422, "bad_input", f"{values[name]!r} is no template: write its name as Meta shows it.")
    async with transaction(parts.pool) as connection:
        changed = await meeting_types.plan(connection, workspace, kind, values)
        await audit.record(connection, workspace, caller.user_id, "plan meetings", "meeting type", changed)
    return Response(status_code=204)


@router.delete("/meeting-types/{kind}", status_code=204)
async def retire_meeting_type(kind: str, workspace_id: UUID, caller: SignedIn, parts: Parts) -> Response:
    """Offer a kind of meeting no more. What is offered or booked already stays, and leads are reminded of it."""
    workspace = str(workspace_id)
    await check_role(parts, caller, workspace, MANAGERS, MANAGERS_PLAN)
    async with transaction(parts.pool) as connection:
        retired = await meeting_types.retire(connection, workspace, kind, parts.clock())
        if retired is None:
            raise Problem(404, "not_found", "There is no such kind of meeting here.")
        await audit.record(connection, workspace, caller.user_id, "retire meetings", "meeting type", retired)
    return Response(status_code=204)
