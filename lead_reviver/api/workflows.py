"""What workflows ask of the engine beside the steps of a turn: apply statuses, report a failure."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from pydantic import BaseModel, StringConstraints

from lead_reviver.api.steps import key_required
from lead_reviver.steps.parts import Parts
from lead_reviver.steps.report_failure import report_failure

ApplyStatuses = Callable[[], Awaitable[dict[str, Any]]]
Text = Annotated[str, StringConstraints(max_length=20_000)]


class FailedRun(BaseModel):
    """A run of a workflow that failed, as the workflow or n8n's error workflow tells it."""

    workflow_id: Text
    workflow_name: Text
    execution_id: Text | None = None
    node: Text | None = None
    reason: Text = "the run failed"
    turns: list[Any] | None = None
    """The batch that the run was given. The relay waits for its answer and sees to these itself."""


def workflows_router(parts: Parts, key: str, apply_statuses: ApplyStatuses) -> APIRouter:
    """Publish both behind the steps' key. Safe to call twice."""
    router = APIRouter(prefix="/steps", tags=["steps"], dependencies=[Depends(key_required(key))])

    @router.post("/apply-statuses")
    async def apply() -> dict[str, Any]:
        """Apply the oldest statuses: {"applied": n, "more": bool, "failed": [ids and reason of each]}."""
        return await apply_statuses()

    @router.post("/report-failure")
    async def report(failed: FailedRun) -> dict[str, Any]:
        """Record a failed run, and take back the turns it leaves behind: {"known": bool, "turns": n}."""
        return await report_failure(
            parts,
            workflow_id=failed.workflow_id,
            workflow_name=failed.workflow_name,
            execution_id=failed.execution_id,
            node=failed.node,
            reason=failed.reason,
            batch=None if failed.turns is None else len(failed.turns),
        )

    return router
