"""The API, the steps and the dashboard's files as one FastAPI application."""

from __future__ import annotations

from pathlib import Path

from fastapi import FastAPI

from lead_reviver.api import (
    approvals,
    calendars,
    conversations,
    events,
    handovers,
    hours,
    lead_fields,
    lead_sources,
    media,
    meeting_types,
    meetings,
    operations,
    playbooks,
    snooze,
    system,
)
from lead_reviver.api.api_parts import ApiParts
from lead_reviver.api.lead_steps import lead_steps_router
from lead_reviver.api.pages import serve_pages
from lead_reviver.api.problems import ProblemBody, explain_problems
from lead_reviver.api.schedule import schedule_router
from lead_reviver.api.steps import steps_router
from lead_reviver.api.workflows import ApplyStatuses, workflows_router
from lead_reviver.steps.parts import Parts


def build_api(
    api: ApiParts,
    steps: Parts,
    steps_key: str,
    apply_statuses: ApplyStatuses,
    dashboard: Path | None,
    supabase_url: str,
) -> FastAPI:
    """Wire the routes; `dashboard` is the folder of the built pages, if they are served here.

    Those pages talk with us and with `supabase_url` alone.
    """
    app = FastAPI(
        title="Lead-Reviver",
        version="1",
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/openapi.json",
        responses={code: {"model": ProblemBody} for code in (401, 403, 404, 409, 422, 503)},
    )
    app.state.api = api
    explain_problems(app)
    for each in (
        approvals.router,
        calendars.router,
        conversations.router,
        events.router,
        handovers.router,
        hours.router,
        lead_fields.router,
        lead_sources.router,
        media.router,
        meeting_types.router,
        meetings.router,
        operations.router,
        playbooks.router,
        snooze.router,
        system.router,
    ):
        app.include_router(each)
    app.include_router(lead_steps_router(steps, steps_key, api.vault), include_in_schema=False)
    app.include_router(calendars.calendar_steps_router(steps, steps_key), include_in_schema=False)
    app.include_router(schedule_router(steps, steps_key), include_in_schema=False)
    app.include_router(workflows_router(steps, steps_key, apply_statuses), include_in_schema=False)
    app.include_router(steps_router(steps, steps_key), include_in_schema=False)
    if dashboard is not None:
        serve_pages(app, dashboard, supabase_url)
    return app
