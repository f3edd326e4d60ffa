"""Playbooks in force, from the record."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable

from lead_reviver.errors import BadInput
from lead_reviver.reply.playbook import Playbook, parse_playbook, shipped_playbook
from lead_reviver.storage.database import AWAY, DatabaseAway, Pool

log = logging.getLogger(__name__)

# A published version never changes, so it is read once.
BODY = "select body from public.playbooks where id = $1"


class Playbooks:
    """Finds playbooks by id."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._known: dict[str, Playbook | None] = {}

    async def find(self, playbook_id: str) -> Playbook | None:
        """Return a playbook; None when it is not there or cannot be used. Raises `DatabaseAway`."""
        if playbook_id not in self._known:
            try:
                body = await self._pool.fetchval(BODY, playbook_id)
            except AWAY as error:
                raise DatabaseAway(error) from error
            self._known[playbook_id] = self._read(playbook_id, body)
        return self._known[playbook_id]

    @staticmethod
    def _read(playbook_id: str, body: object) -> Playbook | None:
        try:
            return parse_playbook(body) if isinstance(body, dict) else None
        except BadInput as error:
            log.error("playbook %s: %s", playbook_id, error)  # noqa: TRY400 - the sentence says it all
            return None


def published_playbooks(pool: Pool) -> Callable[[str | None], Awaitable[Playbook]]:
    """Return what finds a workspace's playbook by id, and the shipped one where there is none that can be used."""
    published = Playbooks(pool)

    async def find(playbook_id: str | None) -> Playbook:
        found = await published.find(playbook_id) if playbook_id is not None else None
        return found or shipped_playbook()

    return find
