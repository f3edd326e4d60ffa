"""The link with which a lead keeps a meeting, at the running gateway: true whatever became of it, while it is apt."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from icalendar import Calendar
from uuid_utils.compat import uuid7

from lead_reviver.gateway.calendar import MOST_A_MINUTE
from lead_reviver.meetings.calendar_links import CalendarLinks
from tests.api.test_commands import Desk, at_work, desk
from tests.api.test_meetings import a_meeting, with_hours
from tests.builders import Person
from tests.integration.engine_process import Link, an_engine

__all__ = ["at_work", "desk"]


def path_of(desk: Desk, meeting_id: str) -> str:
    """Return the path of a meeting's link."""
    env = desk.engine.env
    link = CalendarLinks(env["LEAD_REVIVER_HASH_KEY"].encode(), env["LEAD_REVIVER_PUBLIC_URL"]).of(meeting_id)
    assert link is not None
    return urlsplit(link).path


async def opened(desk: Desk, path: str, method: str = "GET") -> tuple[int, Any, bytes]:
    """Open a link as a lead does, without any token; return status, headers and body."""
    async with desk.session.request(method, f"{desk.engine.url}{path}") as answer:
        return answer.status, answer.headers, await answer.read()


async def the_event(desk: Desk, path: str) -> tuple[str, Any]:
    status, headers, body = await opened(desk, path)
    assert (status, headers["content-type"]) == (200, "text/calendar; charset=utf-8")
    calendar = Calendar.from_ical(body)
    [event] = calendar.walk("VEVENT")
    return str(calendar["method"]), event


async def test_a_lead_opens_the_link_and_gets_the_meeting_and_nothing_about_anybody(desk: Desk):
    ana = Person()
    meeting_id = await a_meeting(desk, person=ana)
    path = path_of(desk, meeting_id)
    method, event = await the_event(desk, path)
    assert method == "PUBLISH"
    starts_at = await desk.record.fetchval("select starts_at from meetings where id = $1", meeting_id)
    assert event.decoded("dtstart") == starts_at.replace(microsecond=0)
    assert str(event["summary"]).startswith("Viewing: ")
    status, headers, body = await opened(desk, path)
    assert not any(each in body.decode() for each in (ana.wa_id, ana.name, "@s.whatsapp.net"))
    assert headers["cache-control"] == "private, no-store"
    assert headers["x-robots-tag"] == "noindex, nofollow"
    assert headers["content-disposition"] == 'inline; filename="meeting.ics"'
    assert (await opened(desk, path, "HEAD"))[::2] == (status, b"")
    assert (await opened(desk, path, "POST"))[0] == 405


async def test_a_link_shows_where_a_meeting_was_moved_to_and_that_it_was_called_off(desk: Desk):
    agent, ana = await with_hours(desk), Person()
    meeting_id = await a_meeting(desk, person=ana, ahead=timedelta(days=9, minutes=7), agent_id=agent)
    _, before = await the_event(desk, path_of(desk, meeting_id))
    _, slots = await desk.ask("GET", f"/api/meetings/{meeting_id}/free-slots")
    to = {"starts_at": slots[30]["starts_at"], "agent_id": agent}
    _, said = await desk.ask("POST", f"/api/meetings/{meeting_id}/move", json=to)
    text, link = desk.sent_to(ana)[-1].split("\n\nFor your calendar: ")
    assert text.startswith("Sorry, Ana, we had to move a date: ")
    assert link == desk.engine.url + path_of(desk, said["id"])
    for path in (path_of(desk, meeting_id), urlsplit(link).path):  # the first link goes on working
        _, after = await the_event(desk, path)
        assert after["uid"] == before["uid"]
        assert after["sequence"] > before["sequence"]
        assert after["dtstart"].dt.isoformat() == slots[30]["starts_at"].replace("Z", "+00:00")
    await desk.ask("POST", f"/api/meetings/{said['id']}/cancel")
    method, gone = await the_event(desk, path_of(desk, meeting_id))
    assert (method, str(gone["status"]), gone["uid"]) == ("CANCEL", "CANCELLED", before["uid"])
    assert gone["sequence"] > after["sequence"]


async def test_a_link_ends_a_week_after_the_meeting(desk: Desk):
    lately = await a_meeting(desk, ahead=timedelta(days=-6))
    before = await a_meeting(desk, ahead=timedelta(days=-8))
    assert (await opened(desk, path_of(desk, lately)))[0] == 200
    status, _, body = await opened(desk, path_of(desk, before))
    assert (status, body.splitlines()[0]) == (404, b"This link is not valid any more. Just write to us on WhatsApp.")


async def test_what_was_made_up_is_held_or_is_gone_gets_the_same_404(desk: Desk):
    held, deleted = await a_meeting(desk, "held"), await a_meeting(desk)
    await desk.record.execute("delete from meetings where id = $1", deleted)
    stolen = CalendarLinks(b"another key", "http://x").of(str(uuid7()))
    paths = ["/c/", f"/c/{52 * 'a'}", f"/c/{uuid7()}", "/c/%00", "/c/%c3%28", "/c/a/../b", urlsplit(stolen).path]
    paths += [path_of(desk, each) for each in (held, deleted, str(uuid7()))]
    answers = [await opened(desk, each) for each in paths]
    assert {(status, body) for status, _, body in answers} == {(404, answers[0][2])}
    assert {headers["content-type"] for _, headers, _ in answers} == {"text/plain; charset=utf-8"}


async def test_whoever_opens_one_link_all_the_time_is_asked_for_patience_and_nobody_else_is(desk: Desk):
    often, other = await a_meeting(desk), await a_meeting(desk)
    statuses = {(await opened(desk, path_of(desk, often)))[0] for _ in range(2 * MOST_A_MINUTE + 1)}
    assert statuses == {200, 429}  # a minute may have begun in between, two cannot
    assert (await opened(desk, path_of(desk, other)))[0] == 200


async def test_a_gateway_without_an_engine_serves_links_and_an_engine_without_a_gateway_does_not(desk: Desk):
    path = path_of(desk, await a_meeting(desk))
    for parts, expected in (("gateway", "text/calendar; charset=utf-8"), ("engine", None)):
        with an_engine(desk.engine.stack, desk.engine.graph, PARTS=parts) as alone:
            async with desk.session.get(f"{alone.url}{path}") as answer:
                assert (answer.headers["content-type"] if answer.status == 200 else None) == expected


async def test_while_the_database_is_away_it_is_503_and_later_the_file(desk: Desk, database_link: Link):
    path = path_of(desk, await a_meeting(desk))
    database_link.cut()
    try:
        statuses = {(await opened(desk, each))[0] for each in (path, f"/c/{52 * 'a'}")}
        assert statuses == {503, 404}  # what was made up does not even ask
    finally:
        database_link.mend()
    async with asyncio.timeout(15):
        while (await opened(desk, path))[0] != 200:
            await asyncio.sleep(0.2)
