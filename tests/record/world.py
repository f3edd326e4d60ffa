"""Two workspaces with one row of every table for every kind of lead, so that each reader has something to miss.

PLACES are where a row can stand: with a lead that the agent owns ("own"), that nobody owns ("unowned"), that a
colleague owns ("colleague"), or in the stranger's workspace ("elsewhere"). A table that knows no leads has its rows
in the same four places, three of them in the workspace where everybody but the stranger works.
"""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass, field
from typing import Any

import asyncpg
from uuid_utils import uuid7

from .expectations import TABLES

Row = dict[str, Any]

MEMBERS = {"owner": "owner", "manager": "manager", "agent": "agent", "colleague": "agent", "viewer": "viewer"}
SIGNED_UP = (*MEMBERS, "stranger", "newcomer")
OWNER_OF = {"own": "agent", "unowned": None, "colleague": "colleague", "elsewhere": "stranger"}
PLACES = tuple(OWNER_OF)
MOON_LANDING = "1969-07-20T20:17:40+00:00"

# One harmless change for each table: what an update tries.
CHANGES: dict[str, Row] = {
    "workspaces": {"name": "Changed"},
    "members": {"display_name": "Changed"},
    "channels": {"name": "Changed"},
    "leads": {"name": "Changed"},
    "identities": {"value": "ES.changed"},
    "consents": {"withdrawn_through": "changed"},
    "suppressions": {"reason": "changed"},
    "tags": {"name": "changed"},
    "approvals": {"body": "changed"},
    "field_corrections": {"field": "changed"},
    "snoozes": {"said": "changed"},
    "notes": {"body": "changed"},
    "playbooks": {"body": {"changed": True}},
    "conversations": {"last_message_preview": "changed"},
    "turns": {"reason": "changed"},
    "messages": {"body": "changed"},
    "templates": {"status": "CHANGED"},
    "campaigns": {"name": "Changed"},
    "campaign_steps": {"parameters": {"changed": True}},
    "touches": {"reason": "changed"},
    "availability": {"available": False},
    "meetings": {"notes": "changed"},
    "meeting_types": {"minutes": 60},
    "days_off": {"reason": "changed"},
    "handovers": {"reason": "changed"},
    "handover_offers": {"round": 2},
    "busy_times": {"source": "workflow"},
    "daily_metrics": {"value": 999},
    "audit_log": {"action": "changed"},
}


def new_id() -> str:
    """Return a fresh UUIDv7."""
    return str(uuid7())


@dataclass
class Place:
    """What a new row can hang on."""

    workspace_id: str
    user_id: str
    """A member who writes notes, takes meetings and has hours."""
    newcomer: str
    """Signed up, and a member of nothing."""
    owner_id: str | None
    ids: dict[str, list[str]] = field(default_factory=dict)
    """What stands here already by table, oldest first. A new row hangs on the oldest; where there may be only one of
    it, on the newest, which is still free."""

    def row(self, table: str) -> Row:
        """Return a new valid row of a table, as JSON types."""
        return ROWS[table](self)


def _lead(place: Place) -> Row:
    return {"id": new_id(), "workspace_id": place.workspace_id, "source": "import", "owner_id": place.owner_id}


def _of_lead(place: Place) -> Row:
    return {"id": new_id(), "workspace_id": place.workspace_id, "lead_id": place.ids["leads"][0]}


def _of_workspace(place: Place) -> Row:
    return {"id": new_id(), "workspace_id": place.workspace_id}


ROWS = {
    "workspaces": lambda p: {"id": new_id(), "name": "New"},
    "members": lambda p: {
        "workspace_id": p.workspace_id, "user_id": p.newcomer, "role": "owner", "display_name": "New",
    },
    "channels": lambda p: {
        **_of_workspace(p), "phone_number_id": secrets.token_hex(8), "business_account_id": "1", "name": "Sales",
    },
    "leads": _lead,
    "identities": lambda p: {**_of_lead(p), "kind": "bsuid", "value": f"ES.{secrets.token_hex(8)}"},
    "consents": lambda p: {**_of_lead(p), "purpose": "marketing", "source": "web form", "given_at": MOON_LANDING},
    "suppressions": lambda p: {
        "workspace_id": p.workspace_id, "identity_hash": secrets.token_hex(16),
        "reason": f"said stop {secrets.token_hex(4)}",
    },
    "tags": lambda p: {**_of_workspace(p), "name": secrets.token_hex(8)},
    "lead_tags": lambda p: {"workspace_id": p.workspace_id, "lead_id": p.ids["leads"][0], "tag_id": p.ids["tags"][-1]},
    "field_corrections": lambda p: {**_of_lead(p), "field": "budget", "after": {"value": 1}, "corrected_by": p.user_id},
    "snoozes": lambda p: {
        "workspace_id": p.workspace_id, "lead_id": p.ids["leads"][-1], "set_by": "person", "asked_at": MOON_LANDING,
    },
    "notes": lambda p: {**_of_lead(p), "author_id": p.user_id, "body": "Prefers mornings."},
    "playbooks": lambda p: {**_of_workspace(p), "name": secrets.token_hex(8), "version": 1, "body": {}},
    "conversations": lambda p: {**_of_lead(p), "channel_id": p.ids["channels"][-1]},
    "turns": lambda p: {**_of_workspace(p), "conversation_id": p.ids["conversations"][0], "state": "done"},
    "messages": lambda p: {
        **_of_workspace(p), "conversation_id": p.ids["conversations"][0], "direction": "in", "author": "lead",
        "kind": "text", "body": "Hello", "status": "received", "sent_at": MOON_LANDING,
    },
    "approvals": lambda p: {
        **_of_workspace(p), "conversation_id": p.ids["conversations"][0], "purpose": "reply", "kind": "text",
        "body": "Hello", "state": "discarded", "decided_at": MOON_LANDING,
    },
    "templates": lambda p: {
        **_of_workspace(p), "channel_id": p.ids["channels"][0], "name": secrets.token_hex(8), "language": "es",
        "category": "MARKETING", "status": "APPROVED",
    },
    "campaigns": lambda p: {**_of_workspace(p), "channel_id": p.ids["channels"][0], "name": "Spring"},
    "campaign_steps": lambda p: {
        **_of_workspace(p), "campaign_id": p.ids["campaigns"][0], "template_id": p.ids["templates"][0],
        "position": len(p.ids.get("campaign_steps", [])) + 1,
    },
    "touches": lambda p: {
        **_of_lead(p), "campaign_id": p.ids["campaigns"][0], "campaign_step_id": p.ids["campaign_steps"][-1],
        "due_at": MOON_LANDING,
    },
    "availability": lambda p: {
        **_of_workspace(p), "user_id": p.user_id, "weekday": 1, "starts_at": "09:00", "ends_at": "17:00",
        "time_zone": "Europe/Madrid",
    },
    "meetings": lambda p: {
        **_of_lead(p), "kind": "viewing", "state": "booked", "starts_at": MOON_LANDING,
        "ends_at": "1969-07-20T21:17:40+00:00", "time_zone": "Europe/Madrid",
    },
    "meeting_types": lambda p: {**_of_workspace(p), "kind": f"k{secrets.token_hex(8)}", "minutes": 45},
    "days_off": lambda p: {
        **_of_workspace(p), "user_id": p.user_id, "first_day": "1969-07-20", "last_day": "1969-07-21",
    },
    "handovers": lambda p: {
        **_of_workspace(p), "conversation_id": p.ids["conversations"][0], "reason": "asked for a person",
        "state": "taken", "offered_at": MOON_LANDING, "closed_at": MOON_LANDING,
    },
    "handover_offers": lambda p: {
        **_of_workspace(p), "handover_id": p.ids["handovers"][0], "user_id": p.user_id, "round": 1,
        "offered_at": MOON_LANDING,
    },
    "busy_times": lambda p: {
        **_of_workspace(p), "user_id": p.user_id, "source": "caldav", "starts_at": MOON_LANDING,
        "ends_at": "1969-07-20T21:17:40+00:00",
    },
    "daily_metrics": lambda p: {
        "workspace_id": p.workspace_id, "day": "1969-07-20", "metric": f"m{secrets.token_hex(8)}", "value": 1,
    },
    "audit_log": lambda p: {**_of_workspace(p), "action": "read", "subject": "leads"},
}  # fmt: skip


@dataclass
class World:
    """What was seeded: the places, and each place's rows of each table, as the database holds them."""

    places: dict[str, Place]
    rows: dict[str, dict[str, list[Row]]]
    keys: dict[str, tuple[str, ...]]

    @property
    def workspace_ids(self) -> set[str]:
        """Both workspaces."""
        return {place.workspace_id for place in self.places.values()}

    def key(self, table: str, row: Row) -> tuple[str, ...]:
        """Return what makes the row one, as text."""
        return tuple(str(row[column]) for column in self.keys[table])

    def keys_at(self, table: str, places: set[str]) -> set[tuple[str, ...]]:
        """Return the keys of every row that stands in one of these places."""
        return {self.key(table, row) for place in places for row in self.rows[table][place]}

    def change(self, table: str, place: str) -> Row:
        """Return what an update tries to change in a row of a place."""
        return {"tag_id": self.places[place].ids["tags"][1]} if table == "lead_tags" else CHANGES[table]


async def insert(connection: asyncpg.Connection, table: str, row: Row) -> Row:
    """Insert a row given as JSON types; returns it whole."""
    columns = ", ".join(row)
    written = await connection.fetchval(
        f"insert into public.{table} as t ({columns}) "
        f"select {columns} from jsonb_populate_record(null::public.{table}, $1::jsonb) returning to_jsonb(t)",
        json.dumps(row),
    )
    return dict(json.loads(written))


async def seed(connection: asyncpg.Connection, users: dict[str, str]) -> World:
    """Fill both workspaces. `users` are ids of auth.users by name, all of SIGNED_UP."""
    home, elsewhere = new_id(), new_id()
    rows: dict[str, dict[str, list[Row]]] = {table: {place: [] for place in PLACES} for table in TABLES}
    for workspace, name, places in ((home, "Costa Homes", PLACES[:3]), (elsewhere, "Rivals", PLACES[3:])):
        row = await insert(connection, "workspaces", {"id": workspace, "name": name})
        for place in places:
            rows["workspaces"][place].append(row)
    for person in (*MEMBERS, "stranger"):
        workspace, role = (elsewhere, "owner") if person == "stranger" else (home, MEMBERS[person])
        member = {"workspace_id": workspace, "user_id": users[person], "role": role, "display_name": person}
        place = next((place for place, owner in OWNER_OF.items() if owner == person), "unowned")
        rows["members"][place].append(await insert(connection, "members", member))
    places = {
        name: Place(
            workspace_id=elsewhere if name == "elsewhere" else home,
            user_id=users[owner or "agent"],
            newcomer=users["newcomer"],
            owner_id=users[owner] if owner else None,
        )
        for name, owner in OWNER_OF.items()
    }
    for name, place in places.items():
        for table in (*TABLES[2:], "leads", "channels", "tags", "tags", "campaign_steps"):
            row = await insert(connection, table, place.row(table))
            rows[table][name].append(row)
            place.ids.setdefault(table, []).append(row.get("id", ""))
    return World(places, rows, await _primary_keys(connection))


async def _primary_keys(connection: asyncpg.Connection) -> dict[str, tuple[str, ...]]:
    keys = await connection.fetch(
        """
        select t.relname, array_agg(a.attname::text order by a.attnum) as columns
        from pg_index i
        join pg_class t on t.oid = i.indrelid
        join pg_attribute a on a.attrelid = t.oid and a.attnum = any (i.indkey)
        where i.indisprimary and t.relnamespace = 'public'::regnamespace
        group by t.relname
        """
    )
    return {key["relname"]: tuple(key["columns"]) for key in keys}
