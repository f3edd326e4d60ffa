"""`POST /steps/<name>`: the steps for a workflow engine, a batch at a time, behind a key of their own."""

from __future__ import annotations

import contextlib
import hmac
import logging
from collections.abc import AsyncIterator, Callable
from typing import Any
from uuid import UUID

import msgspec
import orjson
from fastapi import APIRouter, Depends, Request, Response

from lead_reviver.api.problems import Problem
from lead_reviver.state import runs
from lead_reviver.state.redis import StateAway
from lead_reviver.steps.order import STEPS
from lead_reviver.steps.outcomes import outcomes
from lead_reviver.steps.parts import Parts
from lead_reviver.steps.turn_ref import TurnRef

log = logging.getLogger(__name__)

MOST_TURNS = 256
FIRST_STEP, *_, LAST_STEP = STEPS


def steps_router(parts: Parts, key: str) -> APIRouter:
    """Publish every step. A row that is no turn is answered as lost and harms no other."""
    router = APIRouter(prefix="/steps", tags=["steps"], dependencies=[Depends(key_required(key))])

    @router.post("/{name}")
    async def run_step(name: str, request: Request) -> Response:
        """Run one step over a batch: {"turns": [{"turn_id", "lease", "outcome", "reason", "wait_seconds"}]}."""
        step = STEPS.get(name)
        if step is None:
            raise Problem(404, "not_found", f"There is no such step; there are {', '.join(STEPS)}.")
        try:
            rows = _rows(await request.body())
        except Problem as problem:
            log.warning("step %s of execution %s is refused: %s", name, _execution(request), problem.reason)
            raise
        read = [_turn(row) for row in rows]
        batch = [each for each in read if isinstance(each, TurnRef)]
        async with _signs_of_life(parts, name, batch, request.headers.get("x-n8n-execution-id")):
            done = {each.turn_id: each for each in await step(parts, batch)}
        _log_lost(name, _execution(request), read, done)
        answered = [done.get(each.turn_id, each) if isinstance(each, TurnRef) else each for each in read]
        body: dict[str, Any] = {"turns": answered}
        if name == LAST_STEP:
            body["outcomes"] = await outcomes(parts, list(done.values()))
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
    leases = {each.lease for each in batch}
    try:
        with contextlib.suppress(StateAway):
            for lease in leases:
                await runs.show_life(parts.redis, lease, step, under_way=True)
                if execution_id and step == FIRST_STEP:
                    await runs.note_execution(parts.redis, execution_id[:100], lease)
        yield
    finally:
        with contextlib.suppress(StateAway):
            for lease in leases:
                await runs.show_life(parts.redis, lease, step, under_way=False)


def _execution(request: Request) -> str:
    """Return n8n's id of the run that calls, for the log."""
    said = request.headers.get("x-n8n-execution-id", "")
    return said if said.isascii() and said.isalnum() and len(said) <= 40 else "unknown"


def _log_lost(step: str, execution: str, read: list[TurnRef | dict[str, Any]], done: dict[str, TurnRef]) -> None:
    """Name the turns that were left alone: unknown ones, and those that another runner has."""
    given = [each for each in read if isinstance(each, TurnRef)]
    lost = [each.turn_id for each in given if each.outcome != "lost" and done[each.turn_id].outcome == "lost"]
    if lost:
        log.warning("step %s of execution %s left turns alone: %s", step, execution, ", ".join(lost))
    if len(given) < len(read):
        log.warning("step %s of execution %s got %d rows that are no turns", step, execution, len(read) - len(given))


def _rows(body: bytes) -> list[Any]:
    try:
        rows = orjson.loads(body)["turns"]
    except (orjson.JSONDecodeError, KeyError, TypeError):
        rows = None
    if not isinstance(rows, list):
        raise Problem(422, "bad_input", 'Send JSON of the form {"turns": [{"turn_id": ..., "lease": ...}]}.')
    if len(rows) > MOST_TURNS:
        raise Problem(422, "too_many", f"A batch holds at most {MOST_TURNS} turns; this one has {len(rows)}.")
    return rows


def _turn(row: Any) -> TurnRef | dict[str, Any]:
    try:
        turn = msgspec.convert(row, TurnRef)
    except msgspec.ValidationError:
        turn = None
    if turn is not None and _is_id(turn.turn_id) and _is_id(turn.lease):
        return turn
    name = row.get("turn_id") if isinstance(row, dict) else None
    return {"turn_id": name, "outcome": "lost", "reason": "this row is no turn: turn_id and lease are UUIDs"}


def _is_id(text: str) -> bool:
    """Whether this is a UUID in the one form that the record gives out."""
    try:
        return str(UUID(text)) == text
    except ValueError:
        return False
