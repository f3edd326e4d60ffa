"""A stand-in for a provider of language models: speaks OpenAI's chat API on loopback and answers as scripted."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from typing import Any

import orjson
from aiohttp import web

from lead_reviver.reply.proposal import Proposal
from tests.scripted_provider import Behaviour, ScriptedProvider, answers, serving


def a_proposal(reply: str = "", **more: Any) -> Proposal:
    """Return a proposal; a lead who answers, unless told otherwise."""
    usual = {"intent": "answers", "fields": [], "sentiment": "neutral", "action": "ask_next", "language": "en"}
    return Proposal.model_validate({**usual, "reply": reply, **more})


def heard(field: str, value: str, said: str) -> dict[str, str]:
    """Return one answer that a model says the lead gave."""
    return {"field": field, "value": value, "said": said}


class ModelStandIn(ScriptedProvider):
    """What it was asked, and what it will say; without a script it proposes nothing in particular."""

    path = "/chat/completions"

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[dict[str, Any]] = []

    def will(self, *behaviours: Behaviour | Proposal) -> None:
        """Line up the next answers."""
        super().will(*(says(each) if isinstance(each, Proposal) else each for each in behaviours))

    def read(self, call: int = -1) -> tuple[str, str]:
        """Return the stable and the fresh part of a call as the model got them."""
        messages = self.asked[call]["messages"]
        assert [each["role"] for each in messages] == ["system", "user"]
        return messages[0]["content"], messages[1]["content"]

    async def note(self, request: web.Request) -> None:
        """Keep the question."""
        self.asked.append(orjson.loads(await request.read()))

    def usual(self) -> Behaviour:
        """Propose nothing in particular."""
        return says(a_proposal())


def a_model_stand_in() -> AbstractAsyncContextManager[ModelStandIn]:
    """Serve one until the test is over."""
    return serving(ModelStandIn())


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
    body = {"error": {"message": "no", "type": "error", "code": None}}
    return answers(body, status, {name.replace("_", "-"): value for name, value in headers.items()})


def _completes(message: dict[str, Any], finish: str, tokens_in: int, cached: int, tokens_out: int) -> Behaviour:
    usage = {
        "prompt_tokens": tokens_in,
        "completion_tokens": tokens_out,
        "total_tokens": tokens_in + tokens_out,
        "prompt_tokens_details": {"cached_tokens": cached},
    }
    choice = {"index": 0, "message": message, "finish_reason": finish}
    return answers(
        {"id": "c1", "object": "chat.completion", "created": 1, "model": "m", "choices": [choice], "usage": usage}
    )
