"""The dashboard's files over HTTP, and what they allow a browser to do."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
import uvicorn
from fastapi import FastAPI

from lead_reviver.api.pages import serve_pages
from lead_reviver.api.problems import explain_problems
from tests.integration.engine_process import free_port


@contextlib.asynccontextmanager
async def pages(folder: Path, supabase_url: str) -> AsyncIterator[aiohttp.ClientSession]:
    """Serve the built pages of a folder."""
    app = FastAPI()
    explain_problems(app)
    serve_pages(app, folder, supabase_url)
    port = free_port()
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=port, lifespan="off", log_level="error"))
    serving = asyncio.create_task(server.serve())
    try:
        async with asyncio.timeout(10):
            while not server.started:
                await asyncio.sleep(0.01)
        async with aiohttp.ClientSession(f"http://127.0.0.1:{port}") as session:
            yield session
    finally:
        server.should_exit = True
        await serving


@pytest.fixture
def built(tmp_path: Path) -> Path:
    (tmp_path / "assets").mkdir()
    (tmp_path / "index.html").write_text("<!doctype html>first page")
    (tmp_path / "assets" / "main-1.js").write_text("go()")
    return tmp_path


@pytest.mark.parametrize("path", ["/", "/inbox/some-conversation", "/assets/main-1.js"])
async def test_a_page_talks_with_us_and_supabase_and_runs_nothing_from_elsewhere(built: Path, path: str):
    async with pages(built, "https://abc.supabase.co/ignored?x=1") as session, session.get(path) as answer:
        policy = dict(rule.split(" ", 1) for rule in answer.headers["content-security-policy"].split("; "))

    assert answer.status == 200
    assert policy["default-src"] == "'self'"
    assert policy["connect-src"] == "'self' https://abc.supabase.co"
    assert {policy[name] for name in ("frame-ancestors", "base-uri", "object-src")} == {"'none'"}
    assert "script-src" not in policy, "scripts come from us alone, by default-src"
    assert answer.headers["x-frame-options"] == "DENY"


async def test_only_files_with_a_hash_in_their_name_are_kept_by_browsers(built: Path):
    async with (
        pages(built, "http://127.0.0.1:54321") as session,
        session.get("/assets/main-1.js") as asset,
        session.get("/inbox") as first_page,
    ):
        assert "immutable" in asset.headers["cache-control"]
        assert first_page.headers["cache-control"] == "no-cache"
        assert await first_page.text() == "<!doctype html>first page"


@pytest.mark.parametrize("path", ["/api/nothing", "/steps/nothing", "/webhooks/nothing"])
async def test_an_address_of_the_engine_is_never_answered_with_a_page(built: Path, path: str):
    async with pages(built, "http://127.0.0.1:54321") as session, session.get(path) as answer:
        assert (answer.status, (await answer.json())["reason"]) == (404, "not_found")
