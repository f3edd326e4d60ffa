"""A stand-in for a provider of language models: speaks OpenAI's chat API on loopback and answers as scripted."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import orjson
from aiohttp import web

from lead_reviver.reply.proposal import Proposal

Behaviour = Callable[[web.Request], Awaitable[web.StreamResponse]]


def a_proposal(reply: str = "", **more: Any) -> Proposal:
    """Return a proposal; a lead who answers, unless told otherwise."""
    usual = {"intent": "answers", "fields": [], "sentiment": "neutral", "action": "ask_next", "language": "en"}
    return Proposal.model_validate({**usual, "reply": reply, **more})


def heard(field: str, value: str, said: str) -> dict[str, str]:
    """Return one answer that a model says the lead gave."""
    return {"field": field, "value": value, "said": said}


class ModelStandIn:
    """What it was asked, and what it will say; without a script it proposes nothing in particular."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.script: deque[Behaviour] = deque()
        self.url = ""

    def will(self, *behaviours: Behaviour | Proposal) -> None:
        """Line up the next answers."""
        self.script += [says(each) if isinstance(each, Proposal) else each for each in behaviours]

    def read(self, call: int = -1) -> tuple[str, str]:
        """Return the stable and the fresh part of a call as the model got them."""
        messages = self.asked[call]["messages"]
        assert [each["role"] for each in messages] == ["system", "user"]
        return messages[0]["content"], messages[1]["content"]

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Answer one call."""
        self.asked.append(orjson.loads(await request.read()))
        self.headers.append(dict(request.headers))
        behaviour = self.script.popleft() if self.script else says(a_proposal())
        return await behaviour(request)


@asynccontextmanager
async def a_model_stand_in() -> AsyncIterator[ModelStandIn]:
    """Serve on a free loopback port until the test is over."""
    stand_in = ModelStandIn()
    app = web.Application()
    app.router.add_post("/v1/chat/completions", stand_in.answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    stand_in.url = f"http://127.0.0.1:{runner.addresses[0][1]}/v1"
    try:
        yield stand_in
    finally:
        await runner.cleanup()


def says(proposal: Proposal | str, *, tokens_in: int = 900, cached: int = 640, tokens_out: int = 80) -> Behaviour:
    """Answer 200 with this proposal, or with this very text."""
    text = proposal if isinstance(proposal, str) else proposal.model_dump_json()
    return _completes({"role": "assistant", "content": text}, "stop", tokens_in, cached, tokens_out)


def refuses() -> Behaviour:
    """Answer as OpenAI does when the model does not want to."""
    return _completes({"role": "assistant", "content": None, "refusal": "I can't help with that."}, "stop", 900, 0, 10)


def is_filtered() -> Behaviour:
    """Answer as OpenAI does when the content filter stepped in."""
    return _completes({"role": "assistant", "content": None}, "content_filter", 900, 0, 0)


def fails(status: int, **headers: str) -> Behaviour:
    """Answer with an error."""

    async def behave(_: web.Request) -> web.StreamResponse:
        body = {"error": {"message": "no", "type": "error", "code": None}}
        return web.json_response(
            body, status=status, headers={name.replace("_", "-"): v for name, v in headers.items()}
        )

    return behave


def hangs(seconds: float) -> Behaviour:
    """Answer too late."""

    async def behave(_: web.Request) -> web.StreamResponse:
        await asyncio.sleep(seconds)
        return web.json_response({})

    return behave


def is_cut_off() -> Behaviour:
    """Begin a good answer and drop the line in the middle."""

    async def behave(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"content-type": "application/json", "content-length": "900"})
        await response.prepare(request)
        await response.write(b'{"id": "c1", "object": "chat.completion", "choices": [{"index": 0, "mess')
        assert request.transport is not None
        request.transport.close()
        return response

    return behave


def _completes(message: dict[str, Any], finish: str, tokens_in: int, cached: int, tokens_out: int) -> Behaviour:
    async def behave(_: web.Request) -> web.StreamResponse:
        usage = {
            "prompt_tokens": tokens_in,
            "completion_tokens": tokens_out,
            "total_tokens": tokens_in + tokens_out,
            "prompt_tokens_details": {"cached_tokens": cached},
        }
        choice = {"index": 0, "message": message, "finish_reason": finish}
        return web.json_response(
            {"id": "c1", "object": "chat.completion", "created": 1, "model": "m", "choices": [choice], "usage": usage}
        )

    return behave
