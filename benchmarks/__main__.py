"""`python -m benchmarks`: start the real parts, measure, print a table, write results/latest.json."""

from __future__ import annotations

import argparse
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import uvloop

from benchmarks import answering, keeping, memory, report
from benchmarks.figures import Figure
from benchmarks.parts import NotMeasured, Parts, connected
from benchmarks.plan import FULL, QUICK, USUAL, Plan
from benchmarks.workflows import workflows
from tests.real_stack import RealStack, running_stack

GATEWAY = ("webhooks", "updates")
ENGINE = ("one", "turns", "acknowledge", "together", "memory")
N8N = ("workflows",)


async def measure(
    stack: RealStack, plan: Plan, only: Sequence[str], say: report.Clock, *, gateway_and_engine: bool = True
) -> tuple[dict[str, Any], list[Figure]]:
    """Measure what is asked for, in the order in which it disturbs the rest least."""
    figures: list[Figure] = []
    async with connected(stack) as parts:
        facts = await report.machine_facts(parts)
        if not gateway_and_engine:
            say.say("a plain workflow, ours through n8n, ours without it")
            return facts, await workflows(parts, plan)
        if "webhooks" in only:
            say.say("acknowledged webhooks")
            figures += await keeping.webhooks(parts, plan)
        if "updates" in only:
            say.say("updates in bodies")
            figures += await keeping.updates_in_bodies(parts, plan)
        if set(only) & set(ENGINE):
            figures += await _with_engine(parts, plan, only, say)
    return facts, figures


async def _with_engine(parts: Parts, plan: Plan, only: Sequence[str], say: report.Clock) -> list[Figure]:
    figures: list[Figure] = []
    async with parts.serve("gateway,engine") as server:
        rest = await memory.at_rest(plan, server)
        talk = answering.Conversations(parts)
        if "one" in only:
            say.say("one conversation at a time")
            figures += await answering.one_at_a_time(parts, plan, talk)
        if "turns" in only:
            say.say("turns")
            figures += await answering.turns(parts, plan, talk)
        if "acknowledge" in only:
            say.say("acknowledge time")
            figures += await keeping.acknowledge_time(parts, plan, server, talk)
        if "together" in only:
            say.say("acknowledged webhooks beside the engine")
            figures += await keeping.webhooks_beside_the_engine(parts, plan, server, talk)
        if "memory" in only:
            say.say("memory")
            figures += await memory.after_work(parts, plan, server, talk, rest)
    return figures


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what the command line asks for; return 0 when everything could be measured, fast or not."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "--only", action="append", choices=(*GATEWAY, *ENGINE, *N8N), help="measure this alone; may be repeated"
    )
    size = parser.add_mutually_exclusive_group()
    size.add_argument("--quick", action="store_true", help="see that everything runs; the figures mean nothing")
    size.add_argument("--full", action="store_true", help="more rounds, and memory after 100,000 messages and statuses")
    parser.add_argument("--output", type=Path, default=report.RESULTS, help="where the results file goes")
    chosen = parser.parse_args(arguments)
    plan = QUICK if chosen.quick else FULL if chosen.full else USUAL
    clock = report.Clock()
    try:
        only = chosen.only or (*GATEWAY, *ENGINE, *N8N)
        facts: dict[str, Any] = {}
        figures: list[Figure] = []
        if set(only) & {*GATEWAY, *ENGINE}:
            clock.say("starting Postgres, Redis and the simulator")
            with running_stack("postgres", "redis", "simulator") as stack:
                facts, figures = uvloop.run(measure(stack, plan, only, clock))
        if set(only) & set(N8N):
            clock.say("starting Postgres, Redis, Supabase Lite, the simulator and n8n")
            parts, env = (
                ("postgres", "redis", "supabase", "simulator", "n8n"),
                {"NODE_FUNCTION_ALLOW_BUILTIN": "crypto"},
            )
            with running_stack(*parts, n8n=True, env=env) as stack:
                also, more = uvloop.run(measure(stack, plan, only, clock, gateway_and_engine=False))
                facts, figures = facts or also, figures + more
    except NotMeasured as error:
        print(f"not measured: {error}", file=sys.stderr)
        return 1
    command = shlex.join(["python", "-m", "benchmarks", *(sys.argv[1:] if arguments is None else arguments)])
    report.write_results(facts, figures, command, chosen.output)
    clock.say("done\n")
    print(report.table(figures))
    print(report.SHARED)
    print(report.warning(figures))
    print(report.notes(figures))
    print("\n" + ", ".join(f"{name} {value}" for name, value in facts.items()))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
