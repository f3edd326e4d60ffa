"""A real n8n tells a calendar that an operator hung behind our workflow: entered, moved, removed; a bad day."""

from __future__ import annotations

import asyncio
import re
import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from lead_reviver.n8n.vault import STEPS
from lead_reviver.storage.database import new_id
from tests.integration.engine_process import free_port
from tests.integration.n8n_office import N8nOffice, an_office, node_called, sign_in
from tests.real_stack import RealStack, eventually

pytestmark = pytest.mark.stack

MEETINGS = "leadRevMeeting01"
MEETINGS_PAGE = Path(__file__).parents[2] / "docs" / "meetings.md"
SOON = 60.0
BODY = "$('Take a change of a meeting').first().json.body"


@dataclass
class OfficeCalendar:
    """A calendar with an HTTP interface of its own, as many have one."""

    port: int = field(default_factory=free_port)
    entries: dict[str, dict[str, Any]] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)
    is_ill: bool = False
    busy: list[dict[str, Any]] = field(default_factory=list)
    """What else stands in it, in the shape of Google's events."""

    @property
    def url(self) -> str:
        """Where its entries are."""
        return f"http://127.0.0.1:{self.port}/entries"

    async def start(self) -> web.AppRunner:
        """Be there."""
        app = web.Application()
        app.router.add_get("/busy", self._busy)
        app.router.add_post("/entries", self._answer)
        app.router.add_route("*", "/entries/{id}", self._answer)
        server = web.AppRunner(app)
        await server.setup()
        await web.TCPSite(server, "127.0.0.1", self.port).start()
        return server

    async def _busy(self, request: web.Request) -> web.StreamResponse:
        return web.json_response(self.busy)

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info.get("id") or secrets.token_hex(4)
        self.calls.append(request.method)
        if self.is_ill:
            return web.json_response({"message": "it is ill"}, status=500)
        if request.method != "POST" and name not in self.entries:
            return web.json_response({"message": "Not Found"}, status=404)
        if request.method == "DELETE":
            del self.entries[name]
            return web.json_response({"done": True})
        self.entries[name] = await request.json()
        return web.json_response({"id": name, "htmlLink": f"{self.url}/{name}"})


@pytest.fixture
async def calendar() -> AsyncIterator[OfficeCalendar]:
    there = OfficeCalendar()
    server = await there.start()
    yield there
    await server.cleanup()


@pytest.fixture(scope="module")
def signed_in(n8n_stack: RealStack) -> dict[str, str]:
    return asyncio.run(sign_in(n8n_stack))


@pytest.fixture
async def office(n8n_stack: RealStack, signed_in: dict[str, str]) -> AsyncIterator[N8nOffice]:
    async with an_office(n8n_stack, signed_in) as opened:
        yield opened


def hung_in(calendar: OfficeCalendar) -> Any:
    """Return the change of an operator who puts an HTTP Request node behind each place, as docs/meetings.md says."""
    fields = f"{{ starts_at: {BODY}.starts_at, ends_at: {BODY}.ends_at, title: {BODY}.title }}"
    there = f"={calendar.url}/{{{{ {BODY}.external_id }}}}"

    def change(workflow: dict[str, Any]) -> None:
        for verb, method, url, fails in (
            ("Enter", "POST", calendar.url, "Report the failed step"),
            ("Move", "PUT", there, "Report the failed step"),
            ("Remove", "DELETE", there, "Was it gone already?"),
        ):
            place, name = f"{verb} it: your calendar here", f"{verb} it at the office"
            sends = {"sendBody": True, "specifyBody": "json", "jsonBody": f"={{{{ {fields} }}}}"}
            x, y = node_called(workflow, place)["position"]
            workflow["nodes"].append(
                {
                    "id": name,
                    "name": name,
                    "type": "n8n-nodes-base.httpRequest",
                    "typeVersion": 4.2,
                    "position": [x + 128, y],
                    "parameters": {"method": method, "url": url, "options": {}, **(sends if verb != "Remove" else {})},
                    "onError": "continueErrorOutput",
                }
            )
            links = workflow["connections"]
            to = {"type": "main", "index": 0}
            links[name] = {"main": [links[place]["main"][0], [{"node": fails, **to}]]}
            links[place] = {"main": [[{"node": name, **to}]]}

    return change


def busy_workflow(office: N8nOffice, calendar: OfficeCalendar) -> dict[str, Any]:
    """Return the workflow that docs/meetings.md tells how to make, with a GET in place of the calendar's own node."""
    [body] = re.findall(r"\n```\n(\{\{ .*?\}\})\n```\n", MEETINGS_PAGE.read_text(encoding="utf-8"), re.DOTALL)
    body = body.replace("'yours'", f"'{office.workspace.workspace_id}'")
    body = body.replace("'the member\\'s user_id'", f"'{office.workspace.agent.user_id}'")
    steps = {"id": STEPS, "name": "Lead-Reviver: steps of the engine"}
    url = f"{office.stack.env['LEAD_REVIVER_ENGINE_URL'].rstrip('/')}/steps/calendar-busy"
    five_minutes = {"rule": {"interval": [{"field": "minutes", "minutesInterval": 5}]}}
    asks = {"authentication": "genericCredentialType", "genericAuthType": "httpHeaderAuth"}
    says = {"sendBody": True, "specifyBody": "json", "jsonBody": f"={body}"}
    nodes: list[tuple[str, str, float, dict[str, Any], dict[str, Any]]] = [
        ("Every five minutes", "scheduleTrigger", 1.2, five_minutes, {}),
        ("Read the calendar", "httpRequest", 4.2, {"url": calendar.url.replace("entries", "busy"), "options": {}},
         {"alwaysOutputData": True}),
        ("Gather the events", "aggregate", 1,
         {"aggregate": "aggregateAllItemData", "destinationFieldName": "events", "options": {}}, {}),
        ("Say when she is busy", "httpRequest", 4.2, {"method": "POST", "url": url, "options": {}, **asks, **says},
         {"credentials": {"httpHeaderAuth": steps}}),
    ]  # fmt: skip
    names = [each[0] for each in nodes]
    return {
        "name": "Read busy times of Marta",
        "settings": {"executionOrder": "v1"},
        "nodes": [
            {"id": name, "name": name, "type": f"n8n-nodes-base.{kind}", "typeVersion": version,
             "position": [224 * n, 0], "parameters": parameters, **more}
            for n, (name, kind, version, parameters, more) in enumerate(nodes)
        ],
        "connections": {
            one: {"main": [[{"node": other, "type": "main", "index": 0}]]}
            for one, other in pairwise(names)
        },
    }  # fmt: skip


async def books(office: N8nOffice, days: int, instead_of: str | None = None) -> str:
    """Book a meeting, or move one, as the engine does; return its id."""
    meeting_id, starts_at = new_id(), datetime.now(UTC).replace(microsecond=0) + timedelta(days=days)
    async with office.record.transaction():
        if instead_of is not None:
            await calls_off(office, instead_of)
        await office.record.execute(
            "insert into meetings (id, workspace_id, lead_id, agent_id, kind, state, starts_at, ends_at, time_zone, "
            "booked_at, moved_from, calendar_uid, sequence) select $1, workspace_id, id, $2, 'viewing', 'booked', $3, "
            "$4, 'Europe/Madrid', now(), $5, $5, $6 from leads where workspace_id = $7 limit 1",
            meeting_id, office.workspace.agent.user_id, starts_at, starts_at + timedelta(minutes=45), instead_of,
            int(instead_of is not None), office.workspace.workspace_id,
        )  # fmt: skip
    return meeting_id


async def calls_off(office: N8nOffice, meeting_id: str) -> None:
    await office.record.execute(
        "update meetings set state = 'cancelled', cancelled_at = now(), cancelled_by = 'person', "
        "sequence = sequence + 1 where id = $1",
        meeting_id,
    )


async def all_told(office: N8nOffice) -> None:
    async def told() -> bool:
        waiting = (
            "select not exists (select from engine.meeting_events where workspace_id = $1 and state <> 'delivered')"
        )
        return bool(await office.record.fetchval(waiting, office.workspace.workspace_id))

    await eventually(told, SOON, "every change is told", every=0.1)


async def entry(office: N8nOffice) -> Any:
    found = "select external_id, external_url from engine.meeting_entries where workspace_id = $1"
    row = await office.record.fetchrow(found, office.workspace.workspace_id)
    return None if row is None else tuple(row)


async def tried_in_vain(office: N8nOffice) -> Any:
    """Return the change that waits to be told a second time."""
    return await office.record.fetchrow(
        "select reason from engine.meeting_events where workspace_id = $1 and state = 'waiting' and attempts = 1",
        office.workspace.workspace_id,
    )


async def test_an_operators_calendar_shows_a_meeting_as_it_is_and_a_bad_day_of_it_loses_nothing(
    office: N8nOffice, calendar: OfficeCalendar
):
    await office.record.execute(
        "insert into leads (id, workspace_id, name, source) values ($1, $2, 'Ana Prado', 'import')",
        new_id(), office.workspace.workspace_id,
    )  # fmt: skip
    since = await office.now()

    # As it ships, nothing is switched on: every change is answered, and nothing is entered.
    untouched = await books(office, 2)
    await calls_off(office, untouched)
    await all_told(office)
    assert await entry(office) is None
    assert await office.failures(MEETINGS, since) == []

    async with office.changed(MEETINGS, hung_in(calendar)):
        first = await books(office, 3)
        await all_told(office)
        [(name, shown)] = calendar.entries.items()
        assert await entry(office) == (name, f"{calendar.url}/{name}")
        assert shown["title"] == "Viewing"

        second = await books(office, 4, instead_of=first)
        await all_told(office)
        assert list(calendar.entries) == [name], "moved, not entered once more"
        assert calendar.entries[name]["starts_at"] > shown["starts_at"]

        calendar.is_ill = True
        await calls_off(office, second)
        failed = await eventually(lambda: office.failures(MEETINGS, since), SOON, "the failure at the engine")
        assert failed[0]["node"] == "Was it gone already?"
        waits = await eventually(lambda: tried_in_vain(office), SOON, "the failure is written down")
        assert waits["reason"] == "The workflow behind 'meeting-events' failed in n8n (status 502)."

        calendar.is_ill = False
        calendar.entries.clear()  # somebody removed it by hand
        await office.record.execute(
            "update engine.meeting_events set due_at = now() where workspace_id = $1", office.workspace.workspace_id
        )
        await all_told(office)
        assert await entry(office) is None
        assert calendar.calls == ["POST", "PUT", "DELETE", "DELETE"]


async def test_a_workflow_made_by_the_book_says_when_a_member_is_busy(office: N8nOffice, calendar: OfficeCalendar):
    calendar.busy = [
        {"start": {"dateTime": "2030-03-04T10:00:00+01:00"}, "end": {"dateTime": "2030-03-04T11:00:00+01:00"}},
        {"start": {"date": "2030-07-08"}, "end": {"date": "2030-07-09"}},
        {"transparency": "transparent", "start": {"date": "2030-07-10"}, "end": {"date": "2030-07-11"}},
        {"status": "cancelled", "start": {"date": "2030-07-10"}, "end": {"date": "2030-07-11"}},
    ]  # fmt: skip
    made = await office.editor.create(busy_workflow(office, calendar))
    rows = (
        "select starts_at, ends_at from busy_times where workspace_id = $1 and source = 'workflow' order by starts_at"
    )
    try:
        assert await office.run(made["id"]) == "success"
        found = [tuple(each) for each in await office.record.fetch(rows, office.workspace.workspace_id)]
        assert [(each[0].isoformat(), (each[1] - each[0]) / timedelta(hours=1)) for each in found] == [
            ("2030-03-04T09:00:00+00:00", 1),
            ("2030-07-07T22:00:00+00:00", 24),
        ]
        calendar.busy = []
        assert await office.run(made["id"]) == "success"
        assert await office.record.fetch(rows, office.workspace.workspace_id) == []
    finally:
        await office.editor.delete(made["id"])
