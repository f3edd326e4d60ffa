"""What the engine keeps in memory, before and after much work."""

from __future__ import annotations

import asyncio

from benchmarks.answering import FIRST_WORDS, Conversations
from benchmarks.figures import Figure, Yardstick
from benchmarks.parts import Parts, Server
from benchmarks.plan import Plan

AT_ONCE = 500


async def at_rest(plan: Plan, server: Server) -> float:
    """Return the megabytes of an engine that has done nothing yet."""
    await asyncio.sleep(plan.settle_seconds)
    return server.megabytes


async def after_work(parts: Parts, plan: Plan, server: Server, talk: Conversations, rest: float) -> list[Figure]:
    """Measure again once the engine has processed so many updates in all: messages, and the statuses of its replies."""
    await parts.statuses(come=True)
    try:
        while await _processed(parts, server) < plan.processed:
            number = min(AT_ONCE, plan.processed)
            await talk.write(talk.new_leads(number), number, FIRST_WORDS)
    finally:
        await parts.statuses(come=False)
    await parts.until_idle()
    await asyncio.sleep(plan.settle_seconds)
    processed = await _processed(parts, server)
    after = server.megabytes
    return [
        Figure(name="memory of the engine at rest", value=rest, unit="MB", at_most=250),
        Figure(
            name=f"memory of the engine after {processed:,.0f} messages and statuses",
            value=after,
            unit="MB",
            at_most=rest * 1.2,
            yardstick=Yardstick("at rest", rest),
        ),
    ]


async def _processed(parts: Parts, server: Server) -> float:
    return await parts.metric(server, "lead_reviver_updates_total")
