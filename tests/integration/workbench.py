"""The engine's real parts in the test's own process, over the real Postgres and Redis, one workspace a test.

A test says what comes in (`receive`), and either lets a relay run (`relay`) or calls the steps itself (`claim`, `run`).
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg

from lead_reviver.decide.conversation import Decision
from lead_reviver.gateway.writer import InboxWriter
from lead_reviver.playbooks import Playbooks
from lead_reviver.ports import Llm
from lead_reviver.relay.intake import Rules, take_in
from lead_reviver.relay.relay import Batches, Relay, RelaySettings
from lead_reviver.relay.runner import InlineRunner, Runners
from lead_reviver.sending.deliver import Delivery
from lead_reviver.state.redis import Redis, connect
from lead_reviver.steps.order import STEPS
from lead_reviver.steps.parts import Parts
from lead_reviver.steps.turn_ref import TurnRef
from lead_reviver.storage import turns
from lead_reviver.storage.database import Pool, connect_pool, new_id
from lead_reviver.storage.inbox import InboxRow
from lead_reviver.whatsapp.client import GraphClient
from lead_reviver.whatsapp.webhook import split
from tests.builders import Person, a_text, messages_of, statuses_of
from tests.fakes import GraphCall, GraphStandIn, MovableClock, ScriptedLlm
from tests.real_stack import RealStack, Workspace, eventually, make_workspace

LEASE = timedelta(seconds=30)


@dataclass
class Workbench:
    """One workspace with a number, and the parts that serve it."""

    stack: RealStack
    workspace: Workspace
    pool: Pool
    redis: Redis
    graph: GraphStandIn
    graph_client: GraphClient
    llm: ScriptedLlm
    clock: MovableClock
    parts: Parts
    rules: Rules
    closing: contextlib.AsyncExitStack

    @property
    def number(self) -> str:
        """The phone number id of our number."""
        return self.workspace.phone_number_id

    def with_parts(self, *, llm: Llm | None = None, graph_url: str | None = None, **changes: Any) -> Workbench:
        """Return the same bench with some parts replaced."""
        if graph_url is not None:
            client = replace(self.graph_client, base_url=graph_url)
            self.closing.push_async_callback(client.close)
            changes["delivery"] = Delivery(
                self.pool, client, self.parts.delivery._token_of, self.parts.delivery.settle, self.parts.hash_key
            )
        if llm is not None:
            changes["llm"] = llm
        return replace(self, parts=replace(self.parts, **changes))

    async def receive(self, *bodies: bytes, quiet: float = 0.0) -> None:
        """Let webhook bodies come in, and apply them; what gathers is due after `quiet` seconds."""
        await self.keep(*bodies)
        rules = replace(self.rules, quiet=timedelta(seconds=quiet))
        for statuses in (False, True):
            while await take_in(self.pool, self.redis, rules, self.clock, statuses=statuses):
                pass

    async def hears(self, person: Person, *texts: str, quiet: float = 0.0, **more: Any) -> list[str]:
        """Let a person write; return the WhatsApp ids of the messages."""
        messages = [a_text(person, each, **more) for each in texts]
        await self.receive(messages_of(self.number, person, *messages), quiet=quiet)
        return [str(each["id"]) for each in messages]

    async def told(self, *statuses: dict[str, Any]) -> None:
        """Let WhatsApp say what became of messages."""
        await self.receive(statuses_of(self.number, *statuses))

    async def claim(self, lease_for: timedelta = LEASE) -> list[TurnRef]:
        """Lease whatever is due; return our workspace's turns."""
        lease = new_id()
        claimed = [turn_id for turn_id, _ in await turns.claim(self.pool, lease, lease_for, 256, "inline")]
        ours = await self.rows("select id from public.turns where workspace_id = $1 and id = any ($2::uuid[])", claimed)
        return [TurnRef(each["id"], lease) for each in ours]

    async def step(self, name: str, batch: list[TurnRef]) -> list[TurnRef]:
        """Run one step."""
        return await STEPS[name](self.parts, batch)

    async def run(self, batch: list[TurnRef] | None = None, steps: Iterable[str] = STEPS) -> list[TurnRef]:
        """Run steps over a batch, all of them over whatever is due when nothing is said."""
        batch = await self.claim() if batch is None else batch
        for each in steps:
            batch = await self.step(each, batch)
        return batch

    async def answer(self) -> str | None:
        """Run what is due; return how its only turn ended."""
        [ref] = await self.run()
        return ref.outcome

    def sent(self) -> list[GraphCall]:
        """Return what went to the Graph API from our number."""
        return self.graph.sent_from(self.number)

    async def rows(self, sql: str, *values: object) -> list[Any]:
        """Read the record; $1 is the workspace."""
        return [dict(row) for row in await self.pool.fetch(sql, self.workspace.workspace_id, *values)]

    async def row(self, sql: str, *values: object) -> Any:
        """Read the one row there is."""
        [row] = await self.rows(sql, *values)
        return row

    async def do(self, sql: str, *values: object) -> None:
        """Change the record; $1 is the workspace."""
        await self.pool.execute(sql, self.workspace.workspace_id, *values)

    async def turn(self) -> Any:
        """Return the only turn of the workspace."""
        return await self.row("select * from public.turns where workspace_id = $1")

    async def conversation(self) -> Any:
        """Return the only conversation of the workspace."""
        return await self.row("select * from public.conversations where workspace_id = $1")

    async def lead(self) -> Any:
        """Return the only lead of the workspace."""
        return await self.row("select * from public.leads where workspace_id = $1")

    async def messages(self, direction: str = "out") -> list[Any]:
        """Return the messages of the workspace, oldest first."""
        return await self.rows(
            "select * from public.messages where workspace_id = $1 and direction = $2 order by sent_at, id", direction
        )

    async def make_due(self) -> None:
        """Let every turn and send that waits be due now, after a silence in which webhooks could have reached us."""
        await self.pool.execute(
            "insert into engine.gateway_beat as b (id, up_since) values (1, now() - interval '1 day') "
            "on conflict (id) do update set last_beat = now(), up_since = excluded.up_since"
        )
        await self.do("update public.turns set ready_at = now() where workspace_id = $1 and state <> 'running'")
        await self.do("update engine.outbox set due_at = now() where workspace_id = $1")

    @contextlib.asynccontextmanager
    async def relay(self, *, quiet: float = 0.0, limit: float = 15.0, lease: float = 30.0) -> AsyncIterator[Relay]:
        """Let a relay run."""
        rules = replace(self.rules, quiet=timedelta(seconds=quiet), quiet_limit=timedelta(seconds=limit))
        settings = RelaySettings(Batches(64), Batches(64), timedelta(seconds=lease), rules)
        relay = Relay(
            self.parts,
            Runners("inline", InlineRunner(self.parts), None, None),
            settings,
            self.stack.env["DATABASE_URL"],
        )
        relay.start()
        try:
            yield relay
        finally:
            await relay.stop()

    async def keep(self, *bodies: bytes) -> None:
        """Let webhook bodies be kept as the gateway does it, and leave the rest to a relay."""
        writer = InboxWriter(self.pool)
        writer.start()
        for body in bodies:
            await writer.keep(rows_of(body))
        await writer.stop()

    async def until_sent(self, number: int, seconds: float = 10) -> list[GraphCall]:
        """Wait until so many messages went to the Graph API."""

        async def enough() -> list[GraphCall] | None:
            return self.sent() if len(self.sent()) >= number else None

        found: list[GraphCall] = await eventually(enough, seconds, f"{number} messages sent", every=0.01)
        return found


def rows_of(body: bytes) -> list[InboxRow]:
    """Return what the gateway keeps of a webhook body."""
    events = split(body, datetime.now(UTC))
    return list(events)


async def no_courtesy(phone_number_id: str, wamid: str, typing: bool) -> None:
    """Show the lead nothing."""


@contextlib.asynccontextmanager
async def a_workbench(stack: RealStack, graph: GraphStandIn) -> AsyncIterator[Workbench]:
    """Set up a workspace with its parts; remove all of it afterwards."""
    settings = stack.settings()
    workspace = await make_workspace(stack)
    pool = await connect_pool(stack.env["DATABASE_URL"])
    redis = connect(stack.env["REDIS_URL"])
    client = GraphClient(graph.url, settings.whatsapp_graph_version, connect_seconds=2, total_seconds=3)
    hash_key = settings.hash_key.get_secret_value().encode()

    async def token_of(_: str) -> str:
        return "a-token"

    llm, clock = ScriptedLlm(), MovableClock()
    parts = Parts(
        pool=pool,
        redis=redis,
        llm=llm,
        delivery=Delivery(pool, client, token_of, timedelta(seconds=60), hash_key),
        clock=clock,
        hash_key=hash_key,
        reachable_numbers=None,
        max_attempts=3,
        retry_wait=timedelta(seconds=30),
        show_reading=no_courtesy,
        shown_while_gathering=False,
        find_playbook=Playbooks(pool).find,
    )
    rules = Rules(timedelta(), timedelta(seconds=15), hash_key)
    closing = contextlib.AsyncExitStack()
    try:
        yield Workbench(stack, workspace, pool, redis, graph, client, llm, clock, parts, rules, closing)
    finally:
        admin = await asyncpg.connect(stack.env["LEAD_REVIVER_ADMIN_DATABASE_URL"])
        # Row by row from the bottom up, as long as a turn is held by nobody.
        await admin.execute("delete from public.workspaces where id = $1", workspace.workspace_id)
        await admin.close()
        await closing.aclose()
        await client.close()
        await redis.aclose()
        await asyncio.wait_for(pool.close(), 5)


def an_answer(text: str, **more: Any) -> Decision:
    """Return a decision to say this."""
    return Decision("answer", "It was asked.", text=text, **more)


def a_word() -> str:
    """Return a word that is nowhere else."""
    return f"word{secrets.token_hex(6)}"
