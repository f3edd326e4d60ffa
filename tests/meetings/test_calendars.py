"""A calendar that an agent keeps elsewhere, on a real CalDAV server: it blocks slots, shows meetings, may be away."""

from __future__ import annotations

import logging
import socket
import threading
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, time, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from zoneinfo import ZoneInfo

import pytest
from icalendar import Calendar

from lead_reviver.decide.slots import MeetingType, free_slots
from lead_reviver.errors import BadInput
from lead_reviver.meetings import change
from lead_reviver.meetings.caldav_calendar import CalDavCalendar, CalendarAway, checked_address
from lead_reviver.steps.sync_calendars import sync_calendars
from lead_reviver.storage import calendars, meetings
from lead_reviver.storage.database import lent, new_id, transaction
from lead_reviver.storage.secrets import Vault, put_secret
from tests.builders import Person
from tests.integration.workbench import Workbench
from tests.meetings.radicale_server import NAME, PASSWORD, Radicale, a_radicale

HERE = frozenset({"127.0.0.1"})
VIEWING = MeetingType("viewing", timedelta(minutes=45))
MADRID = ZoneInfo("Europe/Madrid")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Radicale]:
    with a_radicale(tmp_path_factory.mktemp("radicale")) as running:
        yield running


@pytest.fixture
async def agency(bench: Workbench, server: Radicale) -> AsyncIterator[Workbench]:
    """An agent who works from nine to six every day, and keeps a calendar elsewhere."""
    for day in range(1, 8):
        await bench.do(
            "insert into public.availability (id, workspace_id, user_id, weekday, starts_at, ends_at, time_zone) "
            "values ($2, $1, $3, $4, $5, $6, 'Europe/Madrid')",
            new_id(), bench.workspace.agent.user_id, day, time(9), time(18),
        )  # fmt: skip
    await bench.do(
        "insert into public.meeting_types (id, workspace_id, kind, minutes) values ($2, $1, 'viewing', 45)", new_id()
    )
    await bench.hears(Person(), "Hello")
    await connects(bench, server.url)
    yield bench
    await bench.do("delete from engine.agent_calendars where workspace_id = $1")


def vault_of(bench: Workbench) -> Vault:
    return Vault(bench.stack.settings().encryption_keys.get_secret_value())


async def connects(bench: Workbench, url: str, password: str = PASSWORD) -> None:
    workspace_id, user_id = bench.workspace.workspace_id, bench.workspace.agent.user_id
    async with transaction(bench.pool) as connection:
        await calendars.connect(connection, workspace_id, user_id, url, NAME)
        await put_secret(connection, vault_of(bench), workspace_id, calendars.secret_of(user_id), password)


async def syncs(bench: Workbench, *, due: bool = True) -> None:
    if due:
        await bench.do("update engine.agent_calendars set due_at = now(), failures = 0 where workspace_id = $1")

    def connect(account: calendars.Account, password: str) -> CalDavCalendar:
        return CalDavCalendar(account.url, account.username, password, HERE, account.time_zone)

    await sync_calendars(bench.pool, vault_of(bench), connect, bench.clock)


async def slots_on(bench: Workbench, day: datetime) -> set[str]:
    async with lent(bench.pool) as connection:
        agenda = await meetings.agenda(connection, bench.workspace.workspace_id, bench.clock())
    found = free_slots(VIEWING, agenda.hours, agenda.days_off, agenda.busy, bench.clock())
    local = [each.starts_at.astimezone(MADRID) for each in found]
    return {f"{each:%H:%M}" for each in local if each.date() == day.date()}


def a_day(bench: Workbench, ahead: int) -> datetime:
    return (bench.clock().astimezone(MADRID) + timedelta(days=ahead)).replace(hour=0, minute=0, second=0, microsecond=0)


def written(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y%m%dT%H%M%SZ}"


async def books(bench: Workbench, starts_at: datetime) -> str:
    meeting_id = new_id()
    await bench.do(
        "insert into public.meetings (id, workspace_id, lead_id, conversation_id, agent_id, kind, state, starts_at, "
        "ends_at, time_zone, booked_at) select $2, $1, c.lead_id, c.id, $3, 'viewing', 'booked', $4, $5, "
        "'Europe/Madrid', now() from public.conversations c where c.workspace_id = $1",
        meeting_id, bench.workspace.agent.user_id, starts_at, starts_at + timedelta(minutes=45),
    )  # fmt: skip
    return meeting_id


async def test_what_an_agent_is_busy_with_elsewhere_is_not_offered(agency: Workbench, server: Radicale):
    day = a_day(agency, 3)
    assert "11:00" in await slots_on(agency, day)
    eleven = day.replace(hour=11)
    server.put("dentist", f"DTSTART:{written(eleven)}", f"DTEND:{written(eleven + timedelta(hours=1))}")
    await syncs(agency)
    free = await slots_on(agency, day)
    assert not {"10:30", "11:00", "11:30"} & free
    assert {"10:00", "12:00"} <= free
    assert server.request("DELETE", "dentist.ics")[0] == 200
    await syncs(agency)
    assert "11:00" in await slots_on(agency, day)


async def test_what_repeats_lasts_all_day_or_takes_no_time_counts_as_it_should(agency: Workbench, server: Radicale):
    first, holiday, note = a_day(agency, 2), a_day(agency, 5), a_day(agency, 6)
    nine = first.replace(hour=9)
    server.put("gym", f"DTSTART:{written(nine)}", f"DTEND:{written(nine + timedelta(hours=1))}", "RRULE:FREQ=DAILY")
    server.put("away", f"DTSTART;VALUE=DATE:{holiday:%Y%m%d}", f"DTEND;VALUE=DATE:{holiday + timedelta(days=1):%Y%m%d}")
    server.put(
        "note", f"DTSTART;VALUE=DATE:{note:%Y%m%d}", f"DTEND;VALUE=DATE:{note + timedelta(days=1):%Y%m%d}",
        "TRANSP:TRANSPARENT",
    )  # fmt: skip
    await syncs(agency)
    assert "09:00" not in await slots_on(agency, first)
    assert "09:00" not in await slots_on(agency, a_day(agency, 4))
    assert await slots_on(agency, holiday) == set()
    assert "12:00" in await slots_on(agency, note)
    for each in ("gym", "away", "note"):
        server.request("DELETE", f"{each}.ics")


async def test_a_meeting_stands_in_the_agents_calendar_is_moved_there_and_taken_away(
    agency: Workbench, server: Radicale
):
    meeting_id = await books(agency, a_day(agency, 4).replace(hour=12))
    await syncs(agency)
    status, file = server.request("GET", f"{meeting_id}.ics")
    [event] = Calendar.from_ical(file).walk("VEVENT")
    assert (status, str(event["summary"])) == (200, "Viewing: Ana Prado")

    async with transaction(agency.pool) as connection:
        standing = await meetings.standing(connection, meeting_id)
        assert standing is not None
        to = (await change.free_instead(connection, standing, agency.clock()))[30]
        moved = await change.move(connection, standing, to, None, False, agency.clock())
    assert moved is not None
    await syncs(agency, due=False)  # nothing has to fall due: a change is written at once
    [event] = Calendar.from_ical(server.request("GET", f"{meeting_id}.ics")[1]).walk("VEVENT")
    assert event["dtstart"].dt == to.starts_at
    assert server.request("GET", f"{moved}.ics")[0] == 404

    async with transaction(agency.pool) as connection:
        await meetings.cancel(connection, moved, None, "person", agency.clock())
    await syncs(agency)
    assert server.request("GET", f"{meeting_id}.ics")[0] == 404
    row = await agency.row("select state from engine.calendar_events where workspace_id = $1")
    assert row["state"] == "removed"


async def test_our_own_meetings_do_not_block_themselves(agency: Workbench, server: Radicale):
    day = a_day(agency, 4)
    meeting_id = await books(agency, day.replace(hour=12))
    await syncs(agency)
    await agency.do("delete from public.meetings where workspace_id = $1")
    await syncs(agency)
    assert "12:00" in await slots_on(agency, day)
    server.request("DELETE", f"{meeting_id}.ics")


async def test_while_the_calendar_is_away_slots_come_from_our_record_and_a_meeting_is_written_later(
    agency: Workbench, server: Radicale
):
    day = a_day(agency, 3)
    server.put("dentist", f"DTSTART:{written(day.replace(hour=11))}", "DURATION:PT1H")
    await syncs(agency)
    server.stop()
    meeting_id = await books(agency, day.replace(hour=15))
    await syncs(agency)
    free = await slots_on(agency, day)
    assert "11:00" not in free  # what it said last still holds
    assert "13:00" in free
    event = await agency.row("select * from engine.calendar_events where workspace_id = $1")
    assert (event["state"], event["attempts"], event["sequence"]) == ("waiting", 1, -1)
    account = await agency.row("select * from engine.agent_calendars where workspace_id = $1")
    assert account["problem"].startswith("The calendar cannot be used: it does not answer as a calendar")
    assert account["due_at"] > datetime.now(UTC) + timedelta(minutes=4)
    server.start()
    await syncs(agency)
    assert server.request("GET", f"{meeting_id}.ics")[0] == 200
    account = await agency.row("select * from engine.agent_calendars where workspace_id = $1")
    assert (account["problem"], account["failures"]) == (None, 0)
    for each in ("dentist", meeting_id):
        server.request("DELETE", f"{each}.ics")


async def test_a_wrong_password_is_told_and_never_logged(
    agency: Workbench, server: Radicale, caplog: pytest.LogCaptureFixture
):
    await connects(agency, server.url, "not-the-password")
    with caplog.at_level(logging.DEBUG, logger="lead_reviver"):
        await syncs(agency)
    account = await agency.row("select * from engine.agent_calendars where workspace_id = $1")
    assert account["problem"] == "The calendar cannot be used: it refuses the name or the password."
    assert "not-the-password" not in caplog.text
    assert NAME not in caplog.text


async def test_an_address_without_a_calendar_is_told(server: Radicale):
    nowhere = CalDavCalendar(f"{server.url}nothing/", NAME, PASSWORD, HERE, "UTC")
    now = datetime.now(UTC)
    with pytest.raises(CalendarAway):
        await nowhere.busy(now, now + timedelta(days=1))


async def test_a_calendar_that_sends_us_elsewhere_is_not_followed(server: Radicale):
    class Elsewhere(BaseHTTPRequestHandler):
        def do_REPORT(self) -> None:
            self.send_response(307)
            self.send_header("Location", server.url)
            self.end_headers()

        def log_message(self, *_: object) -> None: ...

    door = HTTPServer(("127.0.0.1", 0), Elsewhere)
    threading.Thread(target=door.serve_forever, daemon=True).start()
    calendar = CalDavCalendar(f"http://127.0.0.1:{door.server_port}/work/", NAME, PASSWORD, HERE, "UTC")
    now = datetime.now(UTC)
    with pytest.raises(CalendarAway, match="TooManyRedirects"):
        await calendar.busy(now, now + timedelta(days=1))
    door.shutdown()
    door.server_close()


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("http://calendar.example.com/work/", "begins with https://"),
        ("https://127.0.0.1/work/", "inside this network"),
        ("https://169.254.169.254/latest/", "inside this network"),
        ("https://[::1]/work/", "inside this network"),
        ("https://marta:secret@example.com/", "without a name or password"),
        ("file:///etc/passwd", "https://host/path"),
        ("https://", "https://host/path"),
    ],
)
def test_an_address_that_could_reach_something_else_is_refused(url: str, problem: str):
    with pytest.raises(BadInput, match=problem):
        checked_address(url, frozenset())


async def test_a_name_that_leads_into_the_own_network_a_moment_later_is_not_followed(monkeypatch: pytest.MonkeyPatch):
    """Whoever owns a name may answer the check with one address, and the connection with another one."""
    real, asked = socket.getaddrinfo, []

    def answers(host, port, *more, **named):
        if host != "calendar.example.com":
            return real(host, port, *more, **named)
        asked.append(host)
        return real("93.184.216.34" if len(asked) == 1 else "127.0.0.1", port, *more, **named)

    monkeypatch.setattr(socket, "getaddrinfo", answers)
    with socket.create_server(("127.0.0.1", 0)) as inside:
        inside.settimeout(0.5)
        url = f"https://calendar.example.com:{inside.getsockname()[1]}/work/"
        now = datetime.now(UTC)
        with pytest.raises(CalendarAway):
            await CalDavCalendar(url, NAME, PASSWORD, frozenset(), "UTC").busy(now, now + timedelta(days=1))
        with pytest.raises(TimeoutError):
            inside.accept()
    assert len(asked) > 1


async def test_a_host_of_the_own_network_that_is_allowed_is_reached_by_its_name(server: Radicale):
    calendar = CalDavCalendar(server.url.replace("127.0.0.1", "localhost"), NAME, PASSWORD, {"localhost"}, "UTC")
    now = datetime.now(UTC)
    assert isinstance(await calendar.busy(now, now + timedelta(days=1)), list)


def test_an_operator_may_allow_a_host_in_the_own_network():
    assert checked_address("http://127.0.0.1:5232/marta/", HERE) == "http://127.0.0.1:5232/marta/"
