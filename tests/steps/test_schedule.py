"""What a workflow calls by the clock: the day's report, the cleaning up, and all three over HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import aiohttp
import asyncpg
import pytest
from uuid_utils.compat import uuid7

from lead_reviver.errors import BadInput
from lead_reviver.reply.responder import PlaybookResponder
from lead_reviver.state import keys
from lead_reviver.steps.clean_up_sessions import clean_up_sessions
from lead_reviver.steps.report_day import Report, report_day
from lead_reviver.storage.database import new_id
from tests.builders import Person, a_status
from tests.fakes import GraphStandIn
from tests.integration.engine_process import EngineProcess, an_engine
from tests.integration.workbench import Workbench
from tests.real_stack import RealStack

MADRID = ZoneInfo("Europe/Madrid")


async def report_of(bench: Workbench, day: date | None = None) -> Report:
    """Return the report of our workspace, whatever number of others there are."""
    after: dict[str, str] = {}
    while True:
        found = await report_day(bench.parts, day, limit=3, **after)
        for each in found.reports:
            if each.workspace_id == bench.workspace.workspace_id:
                return each
        assert found.more, "our workspace has no report"
        after = {"after": str(found.after)}


async def test_a_day_is_reported_by_the_workspaces_own_clock_and_without_a_name(bench: Workbench):
    bench = bench.with_parts(llm=PlaybookResponder())
    ana, bo = Person(name="Anastasia"), Person(name="Bonifacio")
    await bench.hears(ana, "Hello")
    await bench.hears(bo, "STOP")
    await bench.run()
    await bench.hears(ana, "I want to talk to a person")
    await bench.run()
    lost = bench.sent()[-1]
    await bench.told(a_status(str(lost.wamid), "failed", ana, outbox_id=lost.outbox_id, code=131026))
    today = bench.clock().astimezone(MADRID).date()

    # Half an hour before midnight of the day before in Madrid: still that day here, and the next one in Tokyo.
    late = datetime.combine(today, datetime.min.time(), MADRID) - timedelta(minutes=30)
    await bench.do("update public.messages set sent_at = $2 where workspace_id = $1", late)
    await bench.do("update public.turns set opened_at = $2 where workspace_id = $1", late)
    await bench.do("update public.leads set created_at = $2, opted_out_at = opted_out_at - $3::interval "
                   "where workspace_id = $1", late, timedelta(days=1))  # fmt: skip
    found = await report_of(bench)
    assert found.day == today - timedelta(days=1)
    assert found.workspace == "Costa Homes"
    assert found.numbers == {
        "new_leads": 2,
        "messages_in": 3,
        "messages_out": 2,
        "replies": 2,
        "follow_ups": 0,
        "by_people": 0,
        "handovers": 1,
        "opt_outs": 1,
        "meetings_booked": 0,
        "turns_parked": 0,
        "messages_failed": 1,
        "waiting_now": 1,
    }
    assert "2 new leads." in found.text
    assert "1 message could not be delivered." in found.text
    assert "Anastasia" not in found.text
    assert ana.phone not in found.text

    await bench.do("update public.workspaces set time_zone = 'Asia/Tokyo' where id = $1")
    in_tokyo = await report_of(bench, today - timedelta(days=1))
    assert in_tokyo.numbers["messages_in"] == 0
    assert (await report_of(bench, today)).numbers["messages_in"] == 3


async def test_a_day_on_which_nothing_happened_says_so(bench: Workbench):
    found = await report_of(bench, date(2024, 2, 29))
    assert found.text.splitlines() == [
        "Costa Homes, Thursday 29 February 2024",
        "A quiet day: nobody wrote, and nothing was sent.",
    ]


async def test_a_follow_up_and_a_meeting_are_counted(bench: Workbench):
    bench = bench.with_parts(llm=PlaybookResponder())
    await bench.hears(Person(), "Hello")
    await bench.run()
    await bench.do(
        'update public.messages set gate = gate || \'{"purpose": "follow_up"}\', turn_id = null '
        "where workspace_id = $1 and direction = 'out'"
    )
    await bench.do(
        "insert into public.meetings"
        " (id, workspace_id, lead_id, kind, state, starts_at, ends_at, time_zone, booked_at) "
        "select gen_random_uuid(), $1, id, 'viewing', 'booked', now(), now() + interval '1 hour', 'UTC', now() "
        "from public.leads where workspace_id = $1"
    )
    found = await report_of(bench, bench.clock().astimezone(MADRID).date())
    assert "1 message came in, 1 went out (1 follow-up)." in found.text
    assert "1 meeting was booked." in found.text


async def test_a_day_that_has_not_come_yet_is_refused(bench: Workbench):
    with pytest.raises(BadInput, match="a day that has begun"):
        await report_day(bench.parts, bench.clock().date() + timedelta(days=2))


async def test_what_was_kept_for_a_while_goes_and_the_rest_stays(bench: Workbench):
    await bench.pool.execute(
        "insert into engine.workflow_failures (id, workflow_id, workflow_name, reason, failed_at) values "
        "($1, 'w', 'Old', 'x', now() - interval '31 days'), ($2, 'w', 'New', 'x', now() - interval '29 days')",
        new_id(),
        fresh_failure := new_id(),
    )
    await bench.do(
        "insert into engine.jobs (id, kind, workspace_id, finished_at) values "
        "($2, 'x', $1, now() - interval '31 days'), ($3, 'x', $1, now()), ($4, 'x', $1, null)",
        *(new_id() for _ in range(3)),
    )
    for ago in (36, 34):
        await bench.do(
            "select public.apply_day_counters($1, (now() - make_interval(days => $2))::date, $3, '{\"replies\": 5}')",
            ago,
            str(uuid7()),
        )
    await bench.pool.execute(
        "insert into engine.inbox (event_key, kind, payload, occurred_at, received_at, state) values "
        "($1 || 'old', 'x', '{}', now(), now() - interval '10 days', 'done'), "
        "($1 || 'new', 'x', '{}', now(), now(), 'done'), "
        "($1 || 'parked', 'x', '{}', now(), now() - interval '10 days', 'parked')",
        key := new_id(),
    )
    found = await clean_up_sessions(bench.parts)
    gone = {name for name, number in found.removed.items() if number}
    assert gone >= {"inbox", "workflow_failures", "jobs", "metric_generations"}
    assert await bench.pool.fetchval("select count(*) from engine.workflow_failures where id = $1", fresh_failure) == 1
    assert len(await bench.rows("select 1 from engine.jobs where workspace_id = $1")) == 2
    assert len(await bench.rows("select 1 from engine.metric_generations where workspace_id = $1")) == 1
    sums = await bench.rows("select value from public.daily_metrics where workspace_id = $1")
    assert [each["value"] for each in sums] == [5, 5]
    left = await bench.pool.fetch("select event_key from engine.inbox where event_key like $1 || '%'", key)
    assert sorted(each["event_key"].removeprefix(key) for each in left) == ["new", "parked"]
    await bench.pool.execute("delete from engine.inbox where event_key like $1 || '%'", key)


async def test_a_key_that_was_left_without_an_end_is_given_one_and_told_of(bench: Workbench):
    ours = keys.conversation(new_id())
    await bench.redis.set(ours, b"{}")
    await bench.redis.set(keys.turn("kept"), b"{}", ex=50)
    found = 0
    while True:
        cleaned = await clean_up_sessions(bench.parts)
        found += cleaned.removed["keys_without_end"]
        if not cleaned.more:
            break
    assert found == 1
    assert 0 < await bench.redis.ttl(ours) <= keys.LEFTOVER_TTL.total_seconds()
    assert 0 < await bench.redis.ttl(keys.turn("kept")) <= 50
    assert (await clean_up_sessions(bench.parts)).removed["keys_without_end"] == 0


async def test_a_whole_conversation_leaves_no_key_without_an_end(bench: Workbench):
    await clean_up_sessions(bench.parts)
    await bench.hears(Person(), "Hello")
    await bench.run()
    assert (await clean_up_sessions(bench.parts)).removed["keys_without_end"] == 0


async def test_two_cleaners_at_once_do_no_harm(bench: Workbench):
    found = await asyncio.gather(*(clean_up_sessions(bench.parts) for _ in range(4)))
    assert not any(each.more for each in found)


@pytest.fixture(scope="module")
def engine_with_key(postgres_and_redis: RealStack, graph: GraphStandIn) -> Any:
    with an_engine(postgres_and_redis, graph) as running:
        yield running


@pytest.fixture
async def post(engine_with_key: EngineProcess) -> AsyncIterator[Any]:
    """Call a step by name with a body, as a workflow does."""
    async with aiohttp.ClientSession() as session:

        async def call(name: str, body: bytes = b"", key: str | None = None) -> tuple[int, Any]:
            headers = {"Authorization": f"Bearer {key or engine_with_key.env['LEAD_REVIVER_STEPS_KEY']}"}
            async with session.post(f"{engine_with_key.url}/steps/{name}", data=body, headers=headers) as answer:
                return answer.status, await answer.json(content_type=None)

        yield call


@pytest.mark.parametrize("body", [b"", b"{}", b'{"limit": 5}', b'{"unknown": 1}'])
async def test_leads_progress_over_http(post: Any, body: bytes):
    status, said = await post("progress-leads", body)
    assert status == 200
    assert said.keys() == {"leads", "more"}


async def test_a_day_is_reported_over_http(post: Any, engine_with_key: EngineProcess):
    admin = await asyncpg.connect(engine_with_key.stack.env["DATABASE_URL"])
    workspace_id = str(uuid7())
    await admin.execute("insert into public.workspaces (id, name) values ($1, 'Casa Norte')", workspace_id)
    status, said = await post("report-day", b'{"day": "2024-02-29"}')
    assert status == 200
    assert {"reports", "more", "after"} == said.keys()
    [ours] = [each for each in said["reports"] if each["workspace_id"] == workspace_id]
    assert (ours["workspace"], ours["day"]) == ("Casa Norte", "2024-02-29")
    assert ours["text"].startswith("Casa Norte, Thursday 29 February 2024\nA quiet day")
    assert ours["numbers"]["messages_in"] == 0
    status, said = await post("report-day", f'{{"after": "{said["after"]}"}}'.encode())
    assert (status, said) == (200, {"reports": [], "more": False, "after": None})
    await admin.execute("delete from public.workspaces where id = $1", workspace_id)
    await admin.close()


async def test_sessions_are_cleaned_up_over_http(post: Any):
    status, said = await post("clean-up-sessions")
    assert status == 200
    assert said["more"] is False
    assert said["removed"].keys() == {
        "inbox",
        "workflow_failures",
        "jobs",
        "metric_generations",
        "meeting_events",
        "meeting_entries",
        "keys_without_end",
    }


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("progress-leads", b"{"),
        ("progress-leads", b"[]"),
        ("progress-leads", b'{"limit": 0}'),
        ("progress-leads", b'{"limit": "many"}'),
        ("progress-leads", b"\xff"),
        ("report-day", b'{"day": "yesterday"}'),
        ("report-day", b'{"day": "9999-12-31"}'),
        ("report-day", b'{"day": "0001-01-01"}'),
        ("report-day", b'{"after": "x"}'),
        ("clean-up-sessions", b"7"),
    ],
)
async def test_a_request_that_cannot_be_read_gets_422_and_says_why(post: Any, name: str, body: bytes):
    status, said = await post(name, body)
    assert (status, said["reason"]) == (422, "bad_input")


@pytest.mark.parametrize("name", ["progress-leads", "report-day", "clean-up-sessions"])
async def test_without_the_steps_key_nothing_is_done(post: Any, name: str):
    status, said = await post(name, key="wrong")
    assert (status, said["reason"]) == (401, "wrong_key")
