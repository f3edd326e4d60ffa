"""The API, the steps and the dashboard's files as one FastAPI application."""

from __future__ import annotations

from pathlib import Path

from fastapi import FastAPI, Request
from fastapi.responses import FileResponse, Response

from lead_reviver.api import conversations, events, media, operations, system
from lead_reviver.api.api_parts import ApiParts
from lead_reviver.api.problems import Problem, ProblemBody, explain_problems
from lead_reviver.api.steps import steps_router
from lead_reviver.steps.parts import Parts

PAGE_HEADERS = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "x-frame-options": "DENY",
}


def build_api(api: ApiParts, steps: Parts, steps_key: str, dashboard: Path | None) -> FastAPI:
    """Wire the routes; `dashboard` is the folder of the built pages, if they are served here."""
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
    for each in (conversations.router, events.router, media.router, operations.router, system.router):
        app.include_router(each)
    app.include_router(steps_router(steps, steps_key), include_in_schema=False)
    if dashboard is not None:
        _serve_pages(app, dashboard.resolve())
    return app


def _serve_pages(app: FastAPI, folder: Path) -> None:
    """Serve the built dashboard; addresses of its own router get its first page."""

    @app.get("/{path:path}", include_in_schema=False)
    async def page(path: str, request: Request) -> Response:
        if path.startswith(("api/", "steps/", "webhooks/")):
            raise Problem(404, "not_found", "There is nothing at this address.")
        file = (folder / path).resolve()
        if path and file.is_relative_to(folder) and file.is_file():
            cache = "public, max-age=31536000, immutable" if path.startswith("assets/") else "no-cache"
            return FileResponse(file, headers={**PAGE_HEADERS, "cache-control": cache})
        if "text/html" not in request.headers.get("accept", "text/html") and "." in path.rsplit("/", 1)[-1]:
            raise Problem(404, "not_found", "There is no such file.")
        return FileResponse(folder / "index.html", headers={**PAGE_HEADERS, "cache-control": "no-cache"})
