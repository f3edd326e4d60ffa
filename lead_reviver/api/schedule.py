"""`POST /steps/progress-leads`, `/steps/report-day`, `/steps/clean-up-sessions`: what a workflow does by the clock.

Each takes a bounded amount of work and says in `more` whether to call again.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, TypeVar
from uuid import UUID

import msgspec
from fastapi import APIRouter, Depends, Request, Response
from msgspec import Meta, Struct

from lead_reviver.api.problems import Problem
from lead_reviver.api.steps import key_required
from lead_reviver.steps.clean_up_sessions import clean_up_sessions
from lead_reviver.steps.parts import Parts
from lead_reviver.steps.progress_leads import MOST_LEADS, progress_leads
from lead_reviver.steps.report_day import FIRST, report_day


class ProgressRequest(Struct, frozen=True):
    """How many leads to move on at most."""

    limit: Annotated[int, Meta(ge=1, le=1000)] = MOST_LEADS


class ReportRequest(Struct, frozen=True):
    """Which day to report, and of which workspaces."""

    day: date | None = None
    """None: yesterday, by each workspace's own clock."""
    after: UUID | None = None
    """The last workspace of the call before."""


Asked = TypeVar("Asked", bound=Struct)


def schedule_router(parts: Parts, key: str) -> APIRouter:
    """Publish the steps that a schedule calls. An empty body asks for what is usual."""
    router = APIRouter(prefix="/steps", tags=["steps"], dependencies=[Depends(key_required(key))])

    @router.post("/progress-leads")
    async def progress(request: Request) -> Response:
        """Wake, follow up and age leads: {"limit"?} -> {"leads": [...], "more"}."""
        asked = _asked(await request.body(), ProgressRequest)
        return _answer(await progress_leads(parts, asked.limit))

    @router.post("/report-day")
    async def report(request: Request) -> Response:
        """Tell a day in a few lines: {"day"?, "after"?} -> {"reports": [...], "more", "after"}."""
        asked = _asked(await request.body(), ReportRequest)
        return _answer(await report_day(parts, asked.day, str(asked.after or FIRST)))

    @router.post("/clean-up-sessions")
    async def clean_up(request: Request) -> Response:
        """Remove what is old: {} -> {"removed": {...}, "more"}."""
        _asked(await request.body(), Struct)
        return _answer(await clean_up_sessions(parts))

    return router


def _asked(body: bytes, shape: type[Asked]) -> Asked:
    try:
        return msgspec.json.decode(body or b"{}", type=shape)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise Problem(422, "bad_input", f"The request is not as expected: {error}.") from None


def _answer(found: Struct) -> Response:
    return Response(msgspec.json.encode(found), media_type="application/json")
