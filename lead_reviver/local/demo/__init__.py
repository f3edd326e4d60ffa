"""A demo workspace for an empty database: a property agency with leads, conversations and history worth looking at."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import asyncpg
import msgspec
from uuid_utils.compat import uuid7

from lead_reviver.errors import TryAgainLater
from lead_reviver.local.demo.people import MEMBERS
from lead_reviver.local.demo.rows import Demo, Row
from lead_reviver.local.environment import Say
from lead_reviver.local.parts import post_json
from lead_reviver.reply.playbook import shipped_playbook

_COUNT = "select public.apply_day_counters($1, $2, $3, $4)"


async def seed_demo(environment: Mapping[str, str], say: Say) -> bool:
    """Fill the database when it has no workspace yet: all of it or nothing. Return whether it was filled now."""
    connection = await asyncpg.connect(environment["DATABASE_URL"])
    try:
        if await connection.fetchval("select exists (select from public.workspaces)"):
            return False
        user_ids = await _sign_up_members(environment)
        demo = Demo(user_ids, datetime.now(UTC), environment["LEAD_REVIVER_HASH_KEY"].encode())
        async with connection.transaction():
            await _write_workspace(connection, demo, user_ids, environment)
            demo.add_leads()
            demo.add_stories()
            demo.add_calendars()
            demo.add_meetings()
            for table, rows in demo.rows.items():
                await _insert(connection, table, rows)
            for day, counters in demo.daily_counters():
                generation = str(uuid7())
                await connection.execute(_COUNT, demo.workspace_id, day, generation, json.dumps(counters))
    finally:
        await connection.close()
    say(f"demo workspace made: {len(demo.rows['leads'])} leads, {len(demo.rows['conversations'])} conversations")
    return True


async def _sign_up_members(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the user ids of the members by key; who signed up in an earlier, broken try just signs in."""
    auth, password = f"{environment['SUPABASE_URL']}/auth/v1", environment["LEAD_REVIVER_DEMO_PASSWORD"]
    headers = {"apikey": environment["SUPABASE_PUBLISHABLE_KEY"]}
    user_ids = {}
    for member in MEMBERS:
        email = environment["LEAD_REVIVER_DEMO_EMAIL"] if member.role == "owner" else member.email
        who = {"email": email, "password": password}
        for path in ("signup", "token?grant_type=password"):
            status, said = await post_json(f"{auth}/{path}", who, headers)
            if status < 300:
                user_ids[member.key] = str(said["user"]["id"])
                break
        else:
            raise TryAgainLater(f"Supabase Auth let the demo's {member.role} neither sign up nor in; try --fresh.")
    return user_ids


async def _write_workspace(
    connection: asyncpg.Connection[Any], demo: Demo, user_ids: Mapping[str, str], environment: Mapping[str, str]
) -> None:
    workspace: Row = {"id": demo.workspace_id, "name": "Costa Homes", "time_zone": "Europe/Madrid", "language": "es"}
    await _insert(connection, "workspaces", [workspace | {"country": "ES", "currency": "EUR", "approval": False}])
    here = {"workspace_id": demo.workspace_id}
    members = [
        {**here, "user_id": user_ids[each.key], "role": each.role, "display_name": each.name} for each in MEMBERS
    ]
    await _insert(connection, "members", members)
    channel = {
        **here,
        "id": demo.channel_id,
        "phone_number_id": environment["WHATSAPP_PHONE_NUMBER_ID"],
        "business_account_id": environment["WHATSAPP_BUSINESS_ACCOUNT_ID"],
        "display_phone_number": "+34 555 010 000",
        "name": "Costa Homes sales",
        "quality_rating": "GREEN",
        "messaging_limit": "TIER_1K",
    }
    await _insert(connection, "channels", [channel])
    playbook = shipped_playbook()
    version = {"id": str(uuid7()), "name": playbook.name, "version": 1, "body": msgspec.to_builtins(playbook)}
    by = dict.fromkeys(("saved_by", "published_by"), user_ids["diego"])
    await _insert(connection, "playbooks", [{**here, **version, **by, "published_at": demo.now.isoformat()}])


async def _insert(connection: asyncpg.Connection[Any], table: str, rows: list[Row]) -> None:
    """Insert rows that have the same keys; columns that they do not name get their defaults."""
    if not rows:
        return
    columns = ", ".join(rows[0])
    await connection.execute(
        f"insert into public.{table} ({columns}) "  # noqa: S608 - names of ours
        f"select {columns} from jsonb_populate_recordset(null::public.{table}, $1::jsonb)",
        json.dumps(rows),
    )
