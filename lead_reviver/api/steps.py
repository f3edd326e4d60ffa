"""`POST /steps/<name>`: the steps for a workflow engine, a batch at a time, behind a key of their own."""

from __future__ import annotations

import contextlib
import hmac
import logging
from collections.abc import AsyncIterator, Callable

import msgspec
from fastapi import APIRouter, Depends, Request, Response

from lead_reviver.api.problems import Problem
from lead_reviver.errors import BadInput
from lead_reviver.state import runs
from lead_reviver.state.redis import StateAway
from lead_reviver.steps.batch_body import Given, body_of, read_body
from lead_reviver.steps.order import STEPS
from lead_reviver.steps.outcomes import outcomes
from lead_reviver.steps.parts import Parts
from lead_reviver.steps.turn_ref import TurnRef

log = logging.getLogger(__name__)

MOST_TURNS = 512
FIRST_STEP, *_, LAST_STEP = STEPS


def steps_router(parts: Parts, key: str) -> APIRouter:
    """Publish every step. What is no turn is answered as lost and harms no turn beside it."""
    router = APIRouter(prefix="/steps", tags=["steps"], dependencies=[Depends(key_required(key))])

    @router.post("/{name}")
    async def run_step(name: str, request: Request) -> Response:
        """Run one step over a batch, given and answered as in `steps/batch_body.py`; the last one adds outcomes."""
        step = STEPS.get(name)
        if step is None:
            raise Problem(404, "not_found", f"There is no such step; there are {', '.join(STEPS)}.")
        try:
            given = _given(await request.body())
        except Problem as problem:
            log.warning("step %s of execution %s is refused: %s", name, _execution(request), problem.reason)
            raise
        async with _signs_of_life(parts, name, given.batch, request.headers.get("x-n8n-execution-id")):
            done = await step(parts, given.batch)
        _log_lost(name, _execution(request), given, done)
        body = body_of(given.lease, done, given.strays)
        if name == LAST_STEP:
            body["outcomes"] = await outcomes(parts, done)
        return Response(msgspec.json.encode(body), media_type="application/json")

    return router


def key_required(key: str) -> Callable[[Request], None]:
    """Return the check of the steps' key, for every router below `/steps`."""

    def check(request: Request) -> None:
        given = request.headers.get("authorization", "").removeprefix("Bearer ")
        if not hmac.compare_digest(given.encode(), key.encode()):
            log.warning("a call of execution %s is refused: wrong_key", _execution(request))
            raise Problem(401, "wrong_key", "The steps need their own key in the authorization header.")

    return check


@contextlib.asynccontextmanager
async def _signs_of_life(
    parts: Parts, step: str, batch: list[TurnRef], execution_id: str | None
) -> AsyncIterator[None]:
    """Let whoever waits for the workflow see that it is at work. Worth no failure of its own."""
    lease = batch[0].lease if batch else None
    try:
        with contextlib.suppress(StateAway):
            if lease is not None:
                await runs.show_life(parts.redis, lease, step, under_way=True)
                if execution_id and step == FIRST_STEP:
                    await runs.note_execution(parts.redis, execution_id[:100], lease)
        yield
    finally:
        with contextlib.suppress(StateAway):
            if lease is not None:
                await runs.show_life(parts.redis, lease, step, under_way=False)


def _execution(request: Request) -> str:
    """Return n8n's id of the run that calls, for the log."""
    said = request.headers.get("x-n8n-execution-id", "")
    return said if said.isascii() and said.isalnum() and len(said) <= 40 else "unknown"


def _log_lost(step: str, execution: str, given: Given, done: list[TurnRef]) -> None:
    """Name the turns that were left alone: unknown ones, and those that another runner has."""
    before = {each.turn_id for each in given.batch if each.outcome == "lost"}
    lost = [each.turn_id for each in done if each.outcome == "lost" and each.turn_id not in before]
    if lost:
        log.warning("step %s of execution %s left turns alone: %s", step, execution, ", ".join(lost))
    if given.strays:
        log.warning("step %s of execution %s got %d rows that are no turns", step, execution, len(given.strays))


def _given(body: bytes) -> Given:
    try:
        given = read_body(body)
    except BadInput as error:
        raise Problem(422, "bad_input", f"Send a batch of turns: {error}.") from error
    if (size := len(given.batch) + len(given.strays)) > MOST_TURNS:
        raise Problem(422, "too_many", f"A batch holds at most {MOST_TURNS} turns; this one has {size}.")
    return given
