"""A whole rehearsal: start the stack, open the office, let the leads talk, read the end state, grade it."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass

import aiohttp
import asyncpg

from evaluation.rehearsal.cast import cast
from evaluation.rehearsal.grading import Graded, grade
from evaluation.rehearsal.office import open_office
from evaluation.rehearsal.play import SETTINGS, Theatre, play
from evaluation.rehearsal.record import read_record
from tests.real_stack import RealStack, running_stack


@dataclass(frozen=True)
class Rehearsal:
    """A rehearsal that was played."""

    leads: int
    seed: int
    runner: str
    seconds: float
    """Of talking; starting the stack is not counted."""
    graded: Graded


def rehearse(leads: int, seed: int, *, n8n: bool = False) -> Rehearsal:
    """Play a rehearsal on a stack of its own, through n8n or without it."""
    with running_stack(n8n=n8n, env=SETTINGS) as stack:
        return asyncio.run(rehearse_on(stack, leads, seed, "n8n" if n8n else "inline"))


async def rehearse_on(stack: RealStack, leads: int, seed: int, runner: str = "inline") -> Rehearsal:
    """Play a rehearsal on a stack that runs and has not been used."""
    async with (
        asyncpg.create_pool(stack.env["DATABASE_URL"], min_size=1, max_size=4) as pool,
        aiohttp.ClientSession(stack.urls["simulator"]) as phone,
    ):
        office = await open_office(stack, pool, phone, cast(leads, seed))
        started = time.monotonic()
        played = await play(Theatre(phone, pool, office))
        seconds = time.monotonic() - started
        record = await read_record(pool, office.workspace_id)
    return Rehearsal(leads, seed, runner, seconds, grade(played, record, len(office.agents)))
