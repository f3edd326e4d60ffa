"""Every table, every kind of person, every verb, through Supabase's real HTTP API with real signed-in users.

Supabase Lite grants `anon`, `authenticated` and `service_role` everything in schema `public` when it starts, whatever
the migrations revoked. So what is proven here is row-level security alone; `test_access_in_sql.py` proves the same
table again where the grants hold too, as on hosted Supabase.
"""

from __future__ import annotations

import json
from urllib.parse import quote

import asyncpg
import pytest

from .api import Api
from .expectations import PEOPLE, TABLES, may_write, places_seen
from .world import PLACES, Row, World

pytestmark = [pytest.mark.stack, pytest.mark.asyncio(loop_scope="session")]

each_table = pytest.mark.parametrize("table", TABLES)
each_person = pytest.mark.parametrize("person", PEOPLE)
only_readers = pytest.mark.parametrize("person", [person for person in PEOPLE if person != "service_role"])


def where(seeded: World, table: str, row: Row) -> str:
    """Return the PostgREST filter that names one row."""
    # Supabase Lite cannot filter by bytea; the reasons are unique too.
    columns = ("workspace_id", "reason") if table == "suppressions" else seeded.keys[table]
    return "&".join(f"{column}=eq.{quote(str(row[column]), safe='')}" for column in columns)


async def snapshot(admin: asyncpg.Connection, table: str) -> list[str]:
    """Return the whole table as it really is."""
    return [row["text"] for row in await admin.fetch(f"select to_jsonb(t)::text as text from {table} t order by 1")]


def how_writes_are_refused(person: str, verb: str) -> str:
    """n8n_worker has no right to write at all; for the others there is no row that they could touch."""
    if person == "n8n_worker":
        return "forbidden"
    if verb == "insert":
        return "unauthorized" if person == "anonymous" else "forbidden"
    return "empty"


@each_table
@each_person
async def test_each_person_reads_exactly_the_rows_they_may_see(api: Api, seeded: World, table: str, person: str):
    seen = places_seen(table, person)
    # Members must see nothing beyond their own. Who sees every workspace also sees those of other tests.
    these = f"{'id' if table == 'workspaces' else 'workspace_id'}=in.({','.join(seeded.workspace_ids)})"
    answer = await api.select(person, table, these if person in {"n8n_worker", "service_role"} else "")

    if person == "n8n_worker" and not seen:
        assert answer.refused_as == "forbidden"
    else:
        assert answer.status == 200
        assert {seeded.key(table, row) for row in answer.body} == seeded.keys_at(table, seen)


@each_table
@only_readers
@pytest.mark.parametrize("place", PLACES)
async def test_nobody_but_the_service_role_writes(
    api: Api, seeded: World, admin: asyncpg.Connection, table: str, person: str, place: str
):
    assert not may_write(table, person)
    before = await snapshot(admin, table)
    row = seeded.rows[table][place][0]

    inserted = await api.insert(person, table, seeded.places[place].row(table))
    updated = await api.update(person, table, where(seeded, table, row), seeded.change(table, place))
    deleted = await api.delete(person, table, where(seeded, table, row))

    assert inserted.refused_as == how_writes_are_refused(person, "insert")
    assert updated.refused_as == how_writes_are_refused(person, "update")
    assert deleted.refused_as == how_writes_are_refused(person, "delete")
    assert await snapshot(admin, table) == before


@each_table
@pytest.mark.parametrize("place", PLACES)
async def test_the_service_role_writes_everywhere(
    api: Api, seeded: World, admin: asyncpg.Connection, table: str, place: str
):
    assert may_write(table, "service_role")
    before = await snapshot(admin, table)
    row, change = seeded.places[place].row(table), seeded.change(table, place)

    inserted = await api.insert("service_role", table, row)
    assert (inserted.status, inserted.body) == (201, None)
    [added] = [json.loads(each) for each in await snapshot(admin, table) if each not in before]
    assert added.keys() >= row.keys()

    updated = await api.update("service_role", table, where(seeded, table, added), change)
    assert updated.status == 200
    assert [{column: each[column] for column in change} for each in updated.body] == [change]

    deleted = await api.delete("service_role", table, where(seeded, table, updated.body[0]))
    assert [seeded.key(table, each) for each in deleted.body] == [seeded.key(table, updated.body[0])]
    assert await snapshot(admin, table) == before
