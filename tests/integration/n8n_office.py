"""A business whose messages a real n8n carries, and a person at n8n's editor who changes things there."""

from __future__ import annotations

import contextlib
import copy
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any

import aiohttp
import asyncpg

from tests.n8n.editor import Editor
from tests.real_stack import RealStack, Workspace, eventually, make_workspace

INBOUND = "leadRevInbound01"
STATUSES = "leadRevStatus001"
TAKE_IN = "leadRevTakeIn001"
METRICS = "leadRevMetrics01"
START_SECONDS = 180
"""A machine that does a lot else at the same time needs so long to start n8n."""


@dataclass
class Caller:
    """Somebody with a phone."""

    lead_id: str
    phone: str


@dataclass
class N8nOffice:
    """The stack, a phone and the record."""

    stack: RealStack
    workspace: Workspace
    phone: aiohttp.ClientSession
    record: Any
    editor: Editor

    async def caller(self) -> Caller:
        """Give somebody a phone."""
        async with self.phone.post("/simulator/leads", json={"name": "Ana Prado"}) as answer:
            made = await answer.json()
        return Caller(made["id"], made["phone"])

    async def writes(self, caller: Caller, words: str = "Hello") -> None:
        """Let somebody write."""
        body = {"type": "text", "text": {"body": words}}
        async with self.phone.post(f"/simulator/leads/{caller.lead_id}/messages", json=body) as answer:
            assert answer.status in (200, 201, 202), await answer.text()

    async def replies_to(self, caller: Caller) -> list[dict[str, Any]]:
        """Return what somebody got, oldest first."""
        async with self.phone.get("/simulator/sent", params={"lead_id": caller.lead_id}) as answer:
            return list((await answer.json())["messages"])

    async def turns_of(self, caller: Caller) -> list[Any]:
        """Return somebody's turns, oldest first."""
        return list(
            await self.record.fetch(
                "select t.* from turns t join conversations c on c.id = t.conversation_id "
                "join leads l on l.id = c.lead_id where l.phone = $1 order by t.id",
                caller.phone,
            )
        )

    async def until_answered(self, caller: Caller, number: int = 1, seconds: float = 60) -> float:
        """Wait until somebody has so many answers and every turn is done; return how long it took."""
        began = time.monotonic()

        async def answered() -> bool:
            turns = await self.turns_of(caller)
            return len(await self.replies_to(caller)) >= number and all(each["state"] == "done" for each in turns)

        await eventually(answered, seconds, f"{number} answers to {caller.lead_id}")
        return time.monotonic() - began

    async def n8n_is_up(self) -> bool:
        """Whether the relay hands turns to n8n."""
        with contextlib.suppress(aiohttp.ClientError):
            async with self.phone.get(f"{self.stack.urls['gateway']}/metrics") as answer:
                return "lead_reviver_n8n_up 1.0" in await answer.text()
        return False

    async def until_n8n_carries(self, seconds: float = START_SECONDS) -> float:
        """Wait until the relay hands turns to n8n; return how long that took."""
        began = time.monotonic()
        await eventually(self.n8n_is_up, seconds, "n8n gets the turns")
        return time.monotonic() - began

    async def until_n8n_is_ready(self) -> None:
        """Wait until n8n itself says that it is."""

        async def ready() -> bool:
            with contextlib.suppress(aiohttp.ClientError, TimeoutError):
                timeout = aiohttp.ClientTimeout(2)
                url = f"{self.stack.env['LEAD_REVIVER_N8N_URL']}/healthz/readiness"
                async with self.phone.get(url, timeout=timeout) as answer:
                    return answer.status == 200
            return False

        await eventually(ready, START_SECONDS, "n8n is ready", every=0.2)

    async def failures(self, workflow_id: str, since: Any) -> list[Any]:
        """Return the failed runs that reached the engine."""
        return list(
            await self.record.fetch(
                "select * from engine.workflow_failures where workflow_id = $1 and failed_at >= $2", workflow_id, since
            )
        )

    async def now(self) -> Any:
        """Return the time by the clock of the database."""
        return await self.record.fetchval("select now()")

    @contextlib.asynccontextmanager
    async def changed(
        self, workflow_id: str, change: Callable[[dict[str, Any]], None]
    ) -> AsyncIterator[dict[str, Any]]:
        """Change a workflow in the editor and publish it; put it back afterwards."""
        before = await self.editor.workflow(workflow_id)
        after = copy.deepcopy(before)
        change(after)
        await self._put(after)
        try:
            yield after
        finally:
            await self._put(before)

    async def _put(self, workflow: dict[str, Any]) -> None:
        fields = ("nodes", "connections", "settings")
        await self.editor.change(workflow["id"], **{each: workflow[each] for each in fields})
        await self.editor.publish(workflow["id"])

    @contextlib.asynccontextmanager
    async def deactivated(self, workflow_id: str) -> AsyncIterator[None]:
        """Take a workflow out of service."""
        await self._rest("post", f"workflows/{workflow_id}/deactivate", {})
        try:
            yield
        finally:
            await self.editor.publish(workflow_id)

    async def run(self, workflow_id: str) -> str:
        """Run a scheduled workflow now, as its button in the editor does; return how it ended."""
        workflow = await self.editor.workflow(workflow_id)
        trigger = next(each["name"] for each in workflow["nodes"] if each["type"].endswith("scheduleTrigger"))
        body = {"workflowData": workflow, "triggerToStartFrom": {"name": trigger}}
        started = await self._rest("post", f"workflows/{workflow_id}/run", body)

        async def ended() -> str | None:
            status = (await self.runs_of(workflow_id)).get(started["executionId"])
            return status if status not in (None, "new", "running", "waiting") else None

        return str(await eventually(ended, 60, f"the run of {workflow['name']}", every=0.1))

    async def runs_of(self, workflow_id: str) -> dict[str, str]:
        """Return how the runs ended that n8n has kept of a workflow, by their ids."""
        found = await self._rest("get", f'executions?filter={{"workflowId":"{workflow_id}"}}&limit=50', None)
        return {each["id"]: each["status"] for each in found["results"]}

    async def _rest(self, verb: str, path: str, body: Any) -> Any:
        async with self.editor.session.request(verb, f"{self.editor.address}/rest/{path}", json=body) as answer:
            said = await answer.json()
            assert answer.status == 200, (answer.status, said)
            return said["data"]


async def sign_in(stack: RealStack) -> dict[str, str]:
    """Sign in at n8n's editor as the owner; return the cookies. It allows a few a minute."""
    body = {
        "emailOrLdapLoginId": stack.env["LEAD_REVIVER_N8N_OWNER_EMAIL"],
        "password": stack.env["LEAD_REVIVER_N8N_OWNER_PASSWORD"],
    }
    async with aiohttp.ClientSession(stack.env["LEAD_REVIVER_N8N_EDITOR_URL"]) as session:

        async def let_in() -> dict[str, str] | None:
            async with session.post("/rest/login", json=body) as answer:
                if answer.status == 429:
                    return None
                assert answer.status == 200, await answer.text()
                return {name: morsel.value for name, morsel in answer.cookies.items()}

        cookies: dict[str, str] = await eventually(let_in, 360, "n8n lets the owner in", every=5)
        return cookies


@contextlib.asynccontextmanager
async def an_office(stack: RealStack, cookies: dict[str, str]) -> AsyncIterator[N8nOffice]:
    """Open an office on the simulator's number, with n8n at work; give the number back afterwards."""
    workspace = await make_workspace(stack)
    record = await asyncpg.connect(stack.env["DATABASE_URL"])
    number = stack.env["WHATSAPP_PHONE_NUMBER_ID"]
    take = "update channels set phone_number_id = $1, messages_per_second = 1000 where id = $2"
    taken = await record.fetchrow("select id from channels where phone_number_id = $1", number)
    if taken is not None:
        await record.execute(take, f"9{number}", taken["id"])
    await record.execute(take, number, workspace.channel_id)
    try:
        async with (
            aiohttp.ClientSession(stack.urls["simulator"]) as phone,
            aiohttp.ClientSession(cookies=cookies, cookie_jar=aiohttp.CookieJar(unsafe=True)) as session,
        ):
            editor = Editor(session, stack.env["LEAD_REVIVER_N8N_EDITOR_URL"])
            office = N8nOffice(stack, workspace, phone, record, editor)
            await office.until_n8n_carries()
            yield office
    finally:
        await record.execute(take, workspace.phone_number_id, workspace.channel_id)
        if taken is not None:
            await record.execute(take, number, taken["id"])
        await record.close()


def node_called(workflow: dict[str, Any], name: str) -> dict[str, Any]:
    """Return the node with this name."""
    return next(each for each in workflow["nodes"] if each["name"] == name)
