"""A person in n8n's editor: signs in and changes workflows, through the interface that the editor itself uses."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp

from tests.real_stack import eventually


@dataclass
class Editor:
    """Somebody who is signed in."""

    session: aiohttp.ClientSession
    address: str

    async def workflow(self, workflow_id: str) -> dict[str, Any]:
        """Open a workflow."""
        return await self._ask("get", f"workflows/{workflow_id}")

    async def create(self, workflow: Mapping[str, Any]) -> dict[str, Any]:
        """Make a workflow of one's own."""
        return await self._ask("post", "workflows", workflow)

    async def change(self, workflow_id: str, **changes: Any) -> dict[str, Any]:
        """Save some fields of a workflow."""
        return await self._ask("patch", f"workflows/{workflow_id}", changes)

    async def publish(self, workflow_id: str) -> dict[str, Any]:
        """Let a workflow run as it was saved last."""
        version = (await self.workflow(workflow_id))["versionId"]
        return await self._ask("post", f"workflows/{workflow_id}/activate", {"versionId": version})

    async def archive(self, workflow_id: str) -> None:
        """Put a workflow away: the first half of deleting it."""
        await self._ask("post", f"workflows/{workflow_id}/archive", {})

    async def delete(self, workflow_id: str) -> None:
        """Archive and delete a workflow; n8n refuses the second until it has taken it out of service."""
        await self.archive(workflow_id)

        async def deleted() -> bool:
            async with self.session.delete(f"{self.address}/rest/workflows/{workflow_id}") as answer:
                assert answer.status in (200, 409), await answer.text()
                return answer.status == 200

        await eventually(deleted, 60, f"{workflow_id} deleted", every=0.5)

    async def _ask(self, verb: str, path: str, body: Any = None) -> Any:
        async with self.session.request(verb, f"{self.address}/rest/{path}", json=body) as answer:
            said = await answer.json()
            assert answer.status == 200, (answer.status, said)
            return said["data"]


@contextlib.asynccontextmanager
async def signed_in(environment: Mapping[str, str]) -> AsyncIterator[Editor]:
    """Sign in as the owner, as the environment of the stack names them."""
    address = environment["LEAD_REVIVER_N8N_EDITOR_URL"]
    who = {
        "emailOrLdapLoginId": environment["LEAD_REVIVER_N8N_OWNER_EMAIL"],
        "password": environment["LEAD_REVIVER_N8N_OWNER_PASSWORD"],
    }
    jar = aiohttp.CookieJar(unsafe=True)  # a host that is a number, as on one machine
    async with aiohttp.ClientSession(cookie_jar=jar) as session:
        async with session.post(f"{address}/rest/login", json=who) as answer:
            assert answer.status == 200, await answer.text()
        yield Editor(session, address)
