"""The same table of expectations in a database as hosted Supabase keeps it: there rights and row-level security hold.

Each request signs in as `authenticator` and steps into the role that the token names, as PostgREST does. On
PostgreSQL 18 and 15.
"""

from __future__ import annotations

import json

import asyncpg
import pytest
from asyncpg.exceptions import InsufficientPrivilegeError

from . import world
from .expectations import PEOPLE, TABLES, may_write, places_seen
from .hosted import Record
from .world import PLACES

pytestmark = [pytest.mark.stack, pytest.mark.asyncio(loop_scope="session")]

each_table = pytest.mark.parametrize("table", TABLES)
each_person = pytest.mark.parametrize("person", PEOPLE)


@each_table
@each_person
async def test_each_person_reads_exactly_the_rows_they_may_see(record: Record, table: str, person: str):
    seen = places_seen(table, person)
    async with record.acting_as(person) as connection:
        if person == "anonymous" or (person == "n8n_worker" and not seen):
            with pytest.raises(InsufficientPrivilegeError, match="permission denied"):
                await connection.fetch(f"select * from {table}")
            return
        rows = [json.loads(row[0]) for row in await connection.fetch(f"select to_jsonb(t) from {table} t")]
    assert {record.seeded.key(table, row) for row in rows} == record.seeded.keys_at(table, seen)


@each_table
@pytest.mark.parametrize("person", [person for person in PEOPLE if person != "service_role"])
async def test_nobody_but_the_service_role_holds_the_right_to_write(record: Record, table: str, person: str):
    assert not may_write(table, person)
    [column] = record.seeded.change(table, "own")
    for write in (f"delete from {table}", f"update {table} set {column} = {column}", f"truncate {table} cascade"):
        async with record.acting_as(person) as connection:
            with pytest.raises(InsufficientPrivilegeError, match="permission denied"):
                await connection.execute(write)
    for place in PLACES:
        async with record.acting_as(person) as connection:
            with pytest.raises(InsufficientPrivilegeError, match="permission denied"):
                await world.insert(connection, table, record.seeded.places[place].row(table))


@each_table
@pytest.mark.parametrize("place", PLACES)
async def test_the_service_role_writes_everywhere(record: Record, table: str, place: str):
    assert may_write(table, "service_role")
    async with record.acting_as("service_role") as connection:
        row = await world.insert(connection, table, record.seeded.places[place].row(table))
        that_row = " and ".join(f"{key} = '{row[key]}'" for key in record.seeded.keys[table])
        [column] = record.seeded.change(table, place)
        assert await connection.execute(f"update {table} set {column} = {column} where {that_row}") == "UPDATE 1"
        assert await connection.execute(f"delete from {table} where {that_row}") == "DELETE 1"


async def test_a_workspace_goes_with_everything_in_it_and_nothing_else(record: Record):
    home, elsewhere = (record.seeded.places[place].workspace_id for place in ("own", "elsewhere"))
    async with record.acting_as("service_role") as connection:
        await connection.execute("delete from workspaces where id = $1", home)
        await connection.execute("set constraints all immediate")
        left = {
            table: await connection.fetch(f"select to_jsonb(t) ->> 'workspace_id' from {table} t") for table in TABLES
        }
    assert {row[0] for table, rows in left.items() for row in rows if table != "workspaces"} == {elsewhere}
    assert all(left.values())


async def test_an_agent_sees_the_meetings_they_go_to_whoever_owns_the_lead(record: Record):
    theirs = {**record.seeded.places["colleague"].row("meetings"), "agent_id": record.users["agent"]}
    async with record.acting_as("service_role") as connection:
        await world.insert(connection, "meetings", theirs)
        for person, sees in (("agent", True), ("stranger", False)):
            await step_into(connection, record, person)
            found = await connection.fetchval("select exists (select from meetings where id = $1)", theirs["id"])
            assert found == sees


async def step_into(connection: asyncpg.Connection, record: Record, person: str) -> None:
    """Read as somebody else within a transaction that seeded something."""
    claims = json.dumps({"role": "authenticated", "sub": record.users[person]})
    await connection.execute("set local role authenticated")
    await connection.execute("select set_config('request.jwt.claims', $1, true)", claims)


OFFER = {"state": "offered", "offered_at": world.MOON_LANDING, "closed_at": None, "deadline_at": world.MOON_LANDING}


@pytest.mark.parametrize(
    ("open_as", "sees"),
    [
        ({**OFFER, "offered_to": "agent"}, True),
        ({**OFFER, "offered_to": "colleague"}, False),
        ({**OFFER, "state": "everybody"}, True),
        ({"state": "ended", "offered_at": world.MOON_LANDING, "closed_at": world.MOON_LANDING}, False),
    ],
    ids=["offered", "offered-to-another", "everybody", "over"],
)
async def test_an_agent_sees_a_colleagues_conversation_while_it_is_offered_to_them(
    record: Record, open_as: world.Row, sees: bool
):
    row = {**record.seeded.places["colleague"].row("handovers"), **open_as}
    if "offered_to" in row:
        row["offered_to"] = record.users[row["offered_to"]]
    place = record.seeded.places["colleague"]
    asked = {
        "leads": ("id", place.ids["leads"][0]),
        "conversations": ("id", place.ids["conversations"][0]),
        "messages": ("conversation_id", place.ids["conversations"][0]),
        "handovers": ("id", row["id"]),
    }
    async with record.acting_as("service_role") as connection:
        await world.insert(connection, "handovers", row)
        await step_into(connection, record, "agent")
        for table, (column, value) in asked.items():
            found = await connection.fetchval(f"select count(*) from {table} where {column} = $1", value)
            assert (table, found > 0) == (table, sees)
        await step_into(connection, record, "stranger")
        for table, (column, value) in asked.items():
            assert await connection.fetchval(f"select count(*) from {table} where {column} = $1", value) == 0


async def test_an_agent_sees_a_colleagues_conversation_that_they_took_as_long_as_they_answer_it(record: Record):
    place, agent = record.seeded.places["colleague"], record.users["agent"]
    conversation_id = place.ids["conversations"][0]
    async with record.acting_as("service_role") as connection:
        await world.insert(connection, "handovers", {**place.row("handovers"), **OFFER, "offered_to": agent})
        for change, sees in (
            ("waiting_for_person_since = now(), waiting_reason = 'x'", 1),
            (f"mode = 'human', assigned_to = '{agent}', waiting_for_person_since = null, waiting_reason = null", 1),
            ("mode = 'bot', assigned_to = null", 0),
        ):
            await connection.execute("set local role service_role")
            await connection.execute(f"update conversations set {change} where id = $1", conversation_id)
            await step_into(connection, record, "agent")
            count = await connection.fetchval("select count(*) from conversations where id = $1", conversation_id)
            assert (change, count) == (change, sees)
