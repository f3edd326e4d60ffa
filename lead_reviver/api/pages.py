"""The built dashboard's files, and what a browser may do with them."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

from fastapi import FastAPI, Request
from fastapi.responses import FileResponse, Response

from lead_reviver.api.problems import Problem


def content_policy(supabase_url: str) -> str:
    """Return the Content-Security-Policy: nothing from elsewhere, and no talk but with us and Supabase.

    Styles may stand in the page: an open dialog adds a sheet that keeps what is behind it from scrolling.
    """
    address = urlsplit(supabase_url)
    rules = {
        "default-src": "'self'",
        "connect-src": f"'self' {address.scheme}://{address.netloc}",
        "img-src": "'self' blob: data:",
        "media-src": "'self' blob:",
        "style-src": "'self' 'unsafe-inline'",
        "frame-ancestors": "'none'",
        "base-uri": "'none'",
        "form-action": "'self'",
        "object-src": "'none'",
    }
    return "; ".join(f"{name} {allowed}" for name, allowed in rules.items())


def serve_pages(app: FastAPI, folder: Path, supabase_url: str) -> None:
    """Serve the built dashboard; addresses of its own router get its first page. Add it after every other route."""
    folder = folder.resolve()
    headers = {
        "content-security-policy": content_policy(supabase_url),
        "x-content-type-options": "nosniff",
        "referrer-policy": "same-origin",
        "x-frame-options": "DENY",
    }

    @app.get("/{path:path}", include_in_schema=False)
    async def page(path: str, request: Request) -> Response:
        if path.startswith(("api/", "steps/", "webhooks/")):
            raise Problem(404, "not_found", "There is nothing at this address.")
        file = (folder / path).resolve()
        if path and file.is_relative_to(folder) and file.is_file():
            cache = "public, max-age=31536000, immutable" if path.startswith("assets/") else "no-cache"
            return FileResponse(file, headers={**headers, "cache-control": cache})
        if "text/html" not in request.headers.get("accept", "text/html") and "." in path.rsplit("/", 1)[-1]:
            raise Problem(404, "not_found", "There is no such file.")
        return FileResponse(folder / "index.html", headers={**headers, "cache-control": "no-cache"})
