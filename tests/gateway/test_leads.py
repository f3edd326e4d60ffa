"""A delivery goes through the workflow engine, and is taken in right here whenever that is away: exactly once."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec
import orjson
import pytest

from lead_reviver.campaigns.lead_requests import pack, unpack
from lead_reviver.campaigns.lead_secrets import renew_secret
from lead_reviver.gateway import leads
from lead_reviver.gateway.leads import PREFIX, Forward, LeadDoor, to_nobody
from lead_reviver.steps.take_in_leads import take_in_leads
from lead_reviver.storage.database import transaction
from lead_reviver.storage.secrets import Vault
from tests.campaigns.leads import a_row, json_of, signed
from tests.integration.workbench import Workbench


@dataclass
class Door:
    """The address for leads of one workspace, and somebody who knows its secret."""

    bench: Workbench
    vault: Vault
    secret: str
    forwarded: list[tuple[str, bytes, Mapping[str, str]]] = field(default_factory=list)

    async def post(self, body: bytes, forward: Forward = to_nobody, **more: Any) -> tuple[int, Any]:
        """Send a delivery; return the status and what was said."""
        door = LeadDoor(self.bench.pool, self.vault, self.bench.parts.hash_key, self.bench.clock, forward)
        headers = [(name.lower().encode(), value.encode()) for name, value in signed(body, self.secret, **more).items()]
        scope = {"method": "POST", "path": PREFIX + self.bench.workspace.workspace_id, "headers": headers}
        said: list[Any] = []

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": body}

        async def send(message: Any) -> None:
            said.append(message)

        await door(scope, receive, send)
        return said[0]["status"], orjson.loads(said[1]["body"] or b"null")

    async def through_n8n(self, workspace_id: str, body: bytes, headers: Mapping[str, str]) -> bytes | None:
        """Hand a delivery to the step, as the workflow does it."""
        self.forwarded.append((workspace_id, body, headers))
        packed = pack(self.vault, workspace_id, body, headers)
        assert body not in packed
        answer = await take_in_leads(self.bench.parts, self.vault, unpack(self.vault, packed))
        return msgspec.json.encode(answer)

    async def count(self) -> int:
        """Return how many leads the workspace has."""
        return len(await self.bench.rows("select id from public.leads where workspace_id = $1"))


@pytest.fixture
async def door(bench: Workbench) -> Door:
    vault = Vault(bench.stack.settings().encryption_keys.get_secret_value())
    async with transaction(bench.pool) as connection:
        renewed = await renew_secret(connection, vault, bench.workspace.workspace_id, bench.clock())
    return Door(bench, vault, renewed.current)


async def test_a_delivery_goes_through_the_workflow_as_it_came(door: Door):
    body = json_of(a_row(), {})
    status, said = await door.post(body, door.through_n8n)
    assert (status, said["created"], said["refused"]) == (200, 1, 1)
    [(workspace_id, forwarded, headers)] = door.forwarded
    assert (workspace_id, forwarded) == (door.bench.workspace.workspace_id, body)
    assert set(headers) == {"x-lead-reviver-signature", "content-type"}


async def test_with_n8n_away_the_delivery_is_taken_in_here(door: Door):
    async def fails(*_: Any) -> bytes | None:
        raise ConnectionError

    for forward in (to_nobody, fails):
        status, said = await door.post(json_of(a_row()), forward)
        assert (status, said["created"]) == (200, 1)
    assert await door.count() == 2


NONSENSE = [
    b"",
    b"ok",
    b"{}",
    b'{"rows": []}',
    b'{"rows":[],"created":9,"updated":0,"unchanged":0,"refused":0,"suppressed":0}',
]


@pytest.mark.parametrize("answer", NONSENSE)
async def test_an_n8n_that_answers_with_nonsense_is_not_believed(door: Door, answer: bytes):
    async def says(*_: Any) -> bytes | None:
        return answer

    assert (await door.post(json_of(a_row()), says))[1]["created"] == 1


async def test_an_n8n_whose_answer_comes_too_late_makes_no_second_lead(door: Door, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(leads, "FORWARD_SECONDS", 0.2)

    async def slow(*delivery: Any) -> bytes | None:
        answer = await door.through_n8n(*delivery)
        await asyncio.sleep(5)
        return answer

    status, said = await door.post(json_of(a_row()), slow)
    assert (status, said["unchanged"]) == (200, 1)
    assert await door.count() == 1


async def test_both_ways_at_once_make_each_lead_once(door: Door):
    body = json_of(*(a_row() for _ in range(50)))
    answers = await asyncio.gather(*(door.post(body, each) for each in (door.through_n8n, to_nobody) * 3))
    assert sum(said["created"] for _, said in answers) == 50
    assert await door.count() == 50


async def test_a_body_that_cannot_be_used_never_reaches_n8n(door: Door):
    assert (await door.post(b"[]", door.through_n8n))[0] == 422
    assert (await door.post(b"{", door.through_n8n))[0] == 400
    assert door.forwarded == []


async def test_the_secret_before_a_rotation_is_good_for_a_day_and_the_one_before_it_is_not(door: Door):
    first = door.secret
    for _ in range(2):
        async with transaction(door.bench.pool) as connection:
            renewed = await renew_secret(connection, door.vault, door.bench.workspace.workspace_id, door.bench.clock())
        before, door.secret = door.secret, renewed.current
        assert (await door.post(json_of(a_row())))[0] == 200
    door.secret = before
    assert (await door.post(json_of(a_row())))[0] == 200
    door.secret = first
    assert (await door.post(json_of(a_row())))[0] == 401


async def test_a_key_that_opens_no_secret_says_try_again_and_nothing_else(door: Door):
    door.vault = Vault("A" * 43 + "=")
    status, said = await door.post(json_of(a_row()))
    assert (status, said["reason"]) == (503, "try_again")
    assert "ENCRYPTION" not in said["title"]
