"""Files on the phone: what a lead may send, and what messages from before name already."""

from __future__ import annotations

import re
from collections.abc import Sequence
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import BaseRoute, Route

from lead_reviver.errors import BadInput
from lead_reviver.simulator.leads_api import plain_call
from lead_reviver.simulator.media import LEADS_FILE_DAYS, MOST_BYTES, kind_of
from lead_reviver.simulator.simulator import Simulator
from lead_reviver.simulator.world import Json


async def file_of(request: Request) -> tuple[bytes, str]:
    """Read a file and its type from a raw body; raises `BadInput`."""
    raw = await request.body()
    if not 0 < len(raw) <= MOST_BYTES:
        raise BadInput("A file has 1 byte to 100 MB.")
    return raw, request.headers.get("content-type", "application/octet-stream")


def files_routes(simulator: Simulator) -> Sequence[BaseRoute]:
    """Return the routes of files."""

    async def upload(request: Request) -> Json:
        _ = simulator.world.leads[request.path_params["lead_id"]]
        raw, mime_type = await file_of(request)
        file = simulator.keep_file(raw, mime_type, request.query_params.get("filename"), of_lead=True)
        return {"id": file.id, "mime_type": file.mime_type, "kind": kind_of(file.mime_type) or "document"}

    async def put_file(request: Request) -> Json:
        media_id = request.path_params["media_id"]
        if not re.fullmatch(r"[0-9]{1,20}", media_id):
            raise BadInput("A media id has 1 to 20 digits.")
        raw, mime_type = await file_of(request)
        days = int(request.query_params.get("days", LEADS_FILE_DAYS))
        if not 1 <= days <= 3650:
            raise BadInput("A file is kept 1 to 3650 days.")
        filename = request.query_params.get("filename")
        file = simulator.put_file(media_id, raw, mime_type, days=days, filename=filename)
        return {"id": file.id, "mime_type": file.mime_type, "sha256": file.sha256, "file_size": file.size}

    async def show_file(request: Request) -> Response:
        file = simulator.media.find(request.path_params["media_id"])
        if file is None:
            raise KeyError
        headers = {
            "Cache-Control": "private, max-age=3600",
            "X-Content-Type-Options": "nosniff",
            "Content-Security-Policy": "sandbox",
        }
        if kind_of(file.mime_type) in (None, "document"):
            headers["Content-Disposition"] = "attachment; filename*=UTF-8''" + quote(file.filename or "document")
        return FileResponse(simulator.media.path(file), media_type=file.mime_type, headers=headers)

    return [
        Route("/simulator/leads/{lead_id}/media", plain_call(upload, 201), methods=["POST"]),
        Route("/simulator/media/{media_id}", plain_call(show_file), methods=["GET"]),
        Route("/simulator/media/{media_id}", plain_call(put_file), methods=["PUT"]),
    ]
