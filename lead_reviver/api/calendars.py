"""Calendars kept elsewhere: a member connects the own CalDAV calendar; a workflow says when members are busy."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Annotated, Final
from uuid import UUID

import msgspec
from fastapi import APIRouter, Depends, Request, Response
from msgspec import Meta, Struct
from pydantic import BaseModel, Field

from lead_reviver.api.access import WRITERS, SignedIn, check_role, role_in
from lead_reviver.api.conversations import Parts
from lead_reviver.api.problems import Problem
from lead_reviver.api.steps import key_required
from lead_reviver.meetings.caldav_calendar import checked_address
from lead_reviver.steps.parts import Parts as StepParts
from lead_reviver.storage import audit, calendars, secrets
from lead_reviver.storage.database import as_member, lent, transaction

router = APIRouter(prefix="/api/calendar", tags=["hours"])

MOST_BUSY: Final = 2000
LONGEST_BUSY: Final = timedelta(days=366)
NO_MEETINGS: Final = "Viewers take no meetings, so there is nothing to put into a calendar."


class NewCalendar(BaseModel):
    """Where a member keeps a calendar."""

    url: str = Field(min_length=1, max_length=1000)
    """Of the calendar itself (its collection), https."""
    username: str = Field(min_length=1, max_length=300)
    password: str = Field(min_length=1, max_length=500)
    """Kept encrypted, and shown to nobody."""


class ConnectedCalendar(BaseModel):
    """How a member's calendar does."""

    url: str
    username: str
    synced_at: datetime | None
    """When it was last read and written; null: not yet."""
    problem: str | None
    """Why that does not work, in plain words."""


@router.get("")
async def my_calendar(workspace_id: UUID, caller: SignedIn, parts: Parts) -> ConnectedCalendar | None:
    """Return the caller's own calendar; null when none is connected."""
    async with as_member(parts.pool, caller.claims) as connection:
        await role_in(connection, caller, str(workspace_id))
    async with lent(parts.pool) as connection:
        found = await calendars.account(connection, str(workspace_id), caller.user_id)
    return None if found is None else ConnectedCalendar(**found._asdict())


@router.put("", status_code=204)
async def connect_calendar(workspace_id: UUID, asked: NewCalendar, caller: SignedIn, parts: Parts) -> Response:
    """Connect the caller's own calendar, in place of another one. It is read within minutes."""
    workspace = str(workspace_id)
    await check_role(parts, caller, workspace, WRITERS, NO_MEETINGS)
    url = await asyncio.to_thread(checked_address, asked.url.strip(), parts.calendar_hosts)
    async with transaction(parts.pool) as connection:
        await calendars.connect(connection, workspace, caller.user_id, url, asked.username)
        name = calendars.secret_of(caller.user_id)
        await secrets.put_secret(connection, parts.vault, workspace, name, asked.password)
        await audit.record(connection, workspace, caller.user_id, "connect calendar", "member", caller.user_id)
    return Response(status_code=204)


@router.delete("", status_code=204)
async def disconnect_calendar(workspace_id: UUID, caller: SignedIn, parts: Parts) -> Response:
    """Forget the caller's own calendar and its password. What was written there stays."""
    workspace = str(workspace_id)
    await check_role(parts, caller, workspace, WRITERS, NO_MEETINGS)
    async with transaction(parts.pool) as connection:
        await calendars.disconnect(connection, workspace, caller.user_id)
        await audit.record(connection, workspace, caller.user_id, "disconnect calendar", "member", caller.user_id)
    return Response(status_code=204)


class BusyTime(Struct, frozen=True):
    """A time at which a member is busy; both with an offset, e.g. 2026-11-24T10:00:00+01:00."""

    starts_at: Annotated[datetime, Meta(tz=True)]
    ends_at: Annotated[datetime, Meta(tz=True)]


class BusyRequest(Struct, frozen=True):
    """Everything that a workflow knows of when a member is busy."""

    workspace_id: UUID
    agent_id: UUID
    busy: Annotated[list[BusyTime], Meta(max_length=MOST_BUSY)]


def calendar_steps_router(parts: StepParts, key: str) -> APIRouter:
    """Publish the step with which a workflow says when a member is busy."""
    router = APIRouter(prefix="/steps", tags=["steps"], dependencies=[Depends(key_required(key))])

    @router.post("/calendar-busy")
    async def calendar_busy(request: Request) -> Response:
        """Replace what workflows said: {"workspace_id", "agent_id", "busy": [{"starts_at", "ends_at"}]} -> {"kept"}."""
        try:
            asked = msgspec.json.decode(await request.body(), type=BusyRequest)
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            raise Problem(422, "bad_input", f"The request is not as expected: {error}.") from None
        times = [(each.starts_at, each.ends_at) for each in asked.busy]
        if any(not timedelta() < ends_at - starts_at <= LONGEST_BUSY for starts_at, ends_at in times):
            raise Problem(422, "bad_input", "Each busy time ends after it begins, within a year.")
        workspace_id, agent_id = str(asked.workspace_id), str(asked.agent_id)
        async with transaction(parts.pool) as connection:
            if not await calendars.takes_meetings(connection, workspace_id, agent_id):
                raise Problem(404, "not_found", "There is no such member who takes meetings.")
            await calendars.set_busy(connection, workspace_id, agent_id, "workflow", times)
        return Response(msgspec.json.encode({"kept": len(times)}), media_type="application/json")

    return router
