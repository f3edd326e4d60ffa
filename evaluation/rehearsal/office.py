"""The agency in the real stack: a number, agents with hours, the leads it once had, and what colleagues do."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Final

import aiohttp
import asyncpg
from uuid_utils.compat import uuid7

from evaluation.rehearsal.cast import Script
from tests.real_stack import RealStack, make_workspace, sign_up

OPENINGS: Final = {
    "en": "Hi {name}, this is Costa Homes. You asked us about a home a while ago. Are you still looking?",
    "es": "Hola {name}, somos Costa Homes. Nos preguntaste por una vivienda hace un tiempo. ¿Sigues buscando?",
    "pt": "Olá {name}, somos a Costa Homes. Perguntou-nos por uma casa há algum tempo. Ainda está à procura?",
}
"""What the leads got before they answer; English where they speak something else."""
BEHAVIOUR: Final = {"instant_statuses": True, "rate_per_second": None, "pair_burst": None}
"""Of the simulator: no limits, so that a rehearsal takes minutes."""
LEADS_PER_AGENT: Final = 40
_FROM, _UNTIL = time(9), time(19)


@dataclass(frozen=True, slots=True)
class Guest:
    """A lead in the stack."""

    script: Script
    lead_id: str
    conversation_id: str
    phone_id: str
    """The lead's id in the simulator."""


@dataclass(frozen=True, slots=True)
class Office:
    """A workspace that is ready for the leads."""

    workspace_id: str
    walk_in_id: str
    """The lead whom colleagues give away times to."""
    agents: list[str]
    guests: list[Guest]

    async def give_away(self, pool: asyncpg.Pool, guest: Guest, place: int) -> bool:
        """Let somebody at the counter take the time that a lead was offered; whether it was still held."""
        async with pool.acquire() as connection, connection.transaction():
            held = await connection.fetchrow(
                "delete from public.meetings where lead_id = $1 and state = 'held' and place_in_offer = $2 returning *",
                guest.lead_id, place,
            )  # fmt: skip
            if held is None:
                return False
            await connection.execute(
                "insert into public.meetings (id, workspace_id, lead_id, agent_id, kind, state, starts_at, ends_at, "
                "blocked_from, blocked_until, time_zone, booked_at) "
                "values ($1, $2, $3, $4, $5, 'booked', $6, $7, $8, $9, $10, now())",
                str(uuid7()), self.workspace_id, self.walk_in_id, held["agent_id"], held["kind"], held["starts_at"],
                held["ends_at"], held["blocked_from"], held["blocked_until"], held["time_zone"],
            )  # fmt: skip
            return True


async def open_office(
    stack: RealStack, pool: asyncpg.Pool, phone: aiohttp.ClientSession, cast: Sequence[Script]
) -> Office:
    """Fill the stack with an agency and its leads, on the phones and in the record."""
    workspace = await make_workspace(stack, "Costa Homes")
    agents = [workspace.agent.user_id]
    for number in range(1, 1 + len(cast) // LEADS_PER_AGENT):
        agents.append((await sign_up(stack, f"agent{number}")).user_id)
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute(
            "update public.channels set phone_number_id = $1, messages_per_second = 1000 where id = $2",
            stack.env["WHATSAPP_PHONE_NUMBER_ID"], workspace.channel_id,
        )  # fmt: skip
        await _agents(connection, workspace.workspace_id, agents)
        walk_in = str(uuid7())
        await connection.execute(
            "insert into public.leads (id, workspace_id, name, source) values ($1, $2, 'Walk-in', 'counter')",
            walk_in, workspace.workspace_id,
        )  # fmt: skip
        known = [(each, str(uuid7()), str(uuid7())) for each in cast]
        await _leads(connection, workspace.workspace_id, workspace.channel_id, known)
    async with phone.patch("/simulator/control", json=BEHAVIOUR) as answer:
        answer.raise_for_status()
    phones = await asyncio.gather(*(_on_the_phone(phone, each) for each in cast))
    guests = [Guest(*each, phone_id) for each, phone_id in zip(known, phones, strict=True)]
    return Office(workspace.workspace_id, walk_in, agents, guests)


async def _agents(connection: asyncpg.Connection, workspace_id: str, agents: Sequence[str]) -> None:
    await connection.executemany(
        "insert into public.members (workspace_id, user_id, role, display_name) values ($1, $2, 'agent', $3) "
        "on conflict do nothing",
        [(workspace_id, user_id, f"Agent {number}") for number, user_id in enumerate(agents)],
    )
    await connection.executemany(
        "insert into public.availability (id, workspace_id, user_id, weekday, starts_at, ends_at, time_zone) "
        "values ($1, $2, $3, $4, $5, $6, 'Europe/Madrid')",
        [(str(uuid7()), workspace_id, each, day, _FROM, _UNTIL) for each in agents for day in range(1, 7)],
    )
    await connection.execute(
        "insert into public.meeting_types (id, workspace_id, kind, minutes, minutes_after, every_minutes, "
        "horizon_days) values ($1, $2, 'viewing', 45, 15, 60, 21)",
        str(uuid7()), workspace_id,
    )  # fmt: skip


async def _leads(
    connection: asyncpg.Connection, workspace_id: str, channel_id: str, known: Sequence[tuple[Script, str, str]]
) -> None:
    yesterday = datetime.now(UTC) - timedelta(days=1)
    await connection.executemany(
        "insert into public.leads (id, workspace_id, name, phone, language, source) "
        "values ($1, $2, $3, $4, $5, 'portal')",
        [(lead_id, workspace_id, each.name, each.phone, each.language) for each, lead_id, _ in known],
    )
    await connection.executemany(
        "insert into public.identities (id, workspace_id, lead_id, kind, value) values ($1, $2, $3, $4, $5)",
        [
            (str(uuid7()), workspace_id, lead_id, kind, value)
            for each, lead_id, _ in known
            for kind, value in (("phone", each.phone), ("wa_id", each.phone[1:]))
        ],
    )
    await connection.executemany(
        "insert into public.consents (id, workspace_id, lead_id, purpose, source, given_at) "
        "values ($1, $2, $3, 'marketing', 'portal', $4)",
        [(str(uuid7()), workspace_id, lead_id, yesterday - timedelta(days=300)) for _, lead_id, _ in known],
    )
    await connection.executemany(
        "insert into public.conversations (id, workspace_id, lead_id, channel_id, last_message_at) "
        "values ($1, $2, $3, $4, $5)",
        [(conversation_id, workspace_id, lead_id, channel_id, yesterday) for _, lead_id, conversation_id in known],
    )
    await connection.executemany(
        "insert into public.messages (id, workspace_id, conversation_id, direction, author, kind, body, status, "
        "sent_at, created_at) values ($1, $2, $3, 'out', 'campaign', 'template', $4, 'delivered', $5, $5)",
        [
            (str(uuid7()), workspace_id, conversation_id, opening_of(each), yesterday)
            for each, _, conversation_id in known
        ],
    )


def opening_of(script: Script) -> str:
    """Return the message that woke the lead up."""
    return OPENINGS.get(script.language, OPENINGS["en"]).format(name=script.name)


async def _on_the_phone(phone: aiohttp.ClientSession, script: Script) -> str:
    yesterday = datetime.now(UTC).timestamp() - 86_400
    lead = {
        "name": script.name,
        "phone": script.phone,
        "language": script.language,
        "history": [{"direction": "out", "text": opening_of(script), "at": yesterday}],
    }
    async with phone.post("/simulator/leads", json=lead) as answer:
        answer.raise_for_status()
        return str((await answer.json())["id"])
