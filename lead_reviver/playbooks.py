"""Playbooks in the record: the ones in force, and how a new version is saved, tried and published."""

from __future__ import annotations

import asyncio
import logging
from datetime import datetime

import msgspec

from lead_reviver.errors import BadInput, RefusedByRules
from lead_reviver.reply.playbook import Playbook, parse_playbook, playbook_body, read_playbook, shipped_playbook
from lead_reviver.reply.playbook_evaluation import Evaluation, EvaluationFailed, evaluate
from lead_reviver.storage import audit, playbooks
from lead_reviver.storage.database import AWAY, Connection, DatabaseAway, Pool, transaction
from lead_reviver.storage.playbooks import Version

log = logging.getLogger(__name__)

# A published version never changes, so it is read once.
BODY = "select body from public.playbooks where id = $1"


class AlreadyPublished(RefusedByRules):
    """A version is in the record for good."""

    def __init__(self, draft: Version) -> None:
        super().__init__(f"Version {draft.version} of {draft.name!r} is published already; save a new one.")


class Playbooks:
    """Finds playbooks by id, for whoever writes, weighs or reminds by one. Each is read once."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._known: dict[str | None, Playbook] = {None: shipped_playbook()}

    async def find(self, playbook_id: str | None) -> Playbook:
        """Return a playbook; the one that comes with us where it is not there or cannot be used: a `FindPlaybook`.

        Raises `DatabaseAway`.
        """
        if playbook_id not in self._known:
            try:
                body = await self._pool.fetchval(BODY, playbook_id)
            except AWAY as error:
                raise DatabaseAway(error) from error
            self._known[playbook_id] = self._read(playbook_id, body)
        return self._known[playbook_id]

    @staticmethod
    def _read(playbook_id: str | None, body: object) -> Playbook:
        try:
            return parse_playbook(body) if isinstance(body, dict) else shipped_playbook()
        except BadInput as error:
            log.error("playbook %s: %s", playbook_id, error)  # noqa: TRY400 - the sentence says it all
            return shipped_playbook()


async def save_draft(pool: Pool, workspace_id: str, text: str, actor_id: str | None) -> Version:
    """Save YAML as the next version of the name that stands in it.

    Raises `PlaybookRefused` that names the line of each problem, and `DatabaseAway`.
    """
    playbook = read_playbook(text)
    async with transaction(pool) as connection:
        return await _saved(connection, workspace_id, playbook, actor_id)


async def try_draft(pool: Pool, draft: Version, now: datetime) -> Evaluation:
    """Try a draft as publishing does, and store what came of it beside it; what is in force stays.

    Raises `AlreadyPublished`, `PlaybookRefused` for a draft that an older version of the program wrote, and
    `DatabaseAway`.
    """
    if draft.published_at is not None:
        raise AlreadyPublished(draft)
    evaluation = await _tried(parse_playbook(draft.body), now)
    async with transaction(pool) as connection:
        await playbooks.keep_evaluation(connection, draft.id, msgspec.to_builtins(evaluation))
    return evaluation


async def publish_draft(pool: Pool, draft: Version, actor_id: str | None, now: datetime) -> Evaluation:
    """Try a draft, and bring it into force for its workspace: with the next turn that is loaded, it is what counts.

    Raises `EvaluationFailed` where it stays a draft, and what `try_draft` raises.
    """
    evaluation = await try_draft(pool, draft, now)
    if not evaluation.passed:
        raise EvaluationFailed(draft.name, evaluation)
    async with transaction(pool) as connection:
        await _publish(connection, draft, evaluation, actor_id, now)
    return evaluation


async def bring_back(pool: Pool, version: Version, actor_id: str | None, now: datetime) -> tuple[Version, Evaluation]:
    """Go back to a version: what it says becomes the next version of its name, and comes into force.

    It is tried as of now first. Raises `EvaluationFailed`, with nothing saved, `PlaybookRefused` and `DatabaseAway`.
    """
    playbook = parse_playbook(version.body)
    evaluation = await _tried(playbook, now)
    if not evaluation.passed:
        raise EvaluationFailed(version.name, evaluation)
    async with transaction(pool) as connection:
        new = await _saved(connection, version.workspace_id, playbook, actor_id)
        await _publish(connection, new, evaluation, actor_id, now)
    return new, evaluation


async def _tried(playbook: Playbook, now: datetime) -> Evaluation:
    return await asyncio.to_thread(evaluate, playbook, now)


async def _saved(connection: Connection, workspace_id: str, playbook: Playbook, actor_id: str | None) -> Version:
    draft = await playbooks.save(connection, workspace_id, playbook.name, playbook_body(playbook), actor_id)
    await audit.record(connection, workspace_id, actor_id, "save", "playbook", draft.id)
    return draft


async def _publish(
    connection: Connection, draft: Version, evaluation: Evaluation, actor_id: str | None, now: datetime
) -> None:
    if not await playbooks.publish(connection, draft, msgspec.to_builtins(evaluation), now, actor_id):
        raise AlreadyPublished(draft)
    await audit.record(connection, draft.workspace_id, actor_id, "publish", "playbook", draft.id)
