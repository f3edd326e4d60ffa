"""What the dashboard may ask of the engine, as each kind of person."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import asyncpg
import jwt
import pytest
from uuid_utils.compat import uuid7

from tests.builders import Person, a_message, a_text, messages_of
from tests.fakes import File
from tests.integration.engine_process import EngineProcess
from tests.real_stack import Workspace, eventually, make_workspace, sign_up


@dataclass
class Desk:
    """A workspace behind the running engine, and whoever sits at the dashboard."""

    engine: EngineProcess
    workspace: Workspace
    stranger_token: str
    session: aiohttp.ClientSession
    record: Any

    def token(self, who: str) -> str | None:
        """Return somebody's access token."""
        if who == "nobody":
            return None
        if who == "stranger":
            return self.stranger_token
        return str(getattr(self.workspace, who).access_token)

    async def ask(self, method: str, path: str, who: str | None = "owner", **more: Any) -> tuple[int, Any]:
        """Make a request as somebody; return the status and what was said."""
        token = self.token(who) if who is not None else None
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        headers |= more.pop("headers", {})
        async with self.session.request(method, f"{self.engine.url}{path}", headers=headers, **more) as answer:
            said = await answer.json(content_type=None) if "json" in answer.content_type else await answer.read()
            return answer.status, said

    async def conversation_with(self, person: Person, words: str = "Hello") -> str:
        """Let a person write and be answered; return the conversation's id."""
        number = self.workspace.phone_number_id
        assert await self.engine.post(messages_of(number, person, a_text(person, words))) == 200

        async def answered() -> Any:
            return await self.record.fetchval(
                "select c.id from conversations c join leads l on l.id = c.lead_id join messages m on "
                "m.conversation_id = c.id where l.phone = $1 and m.direction = 'out' and m.status <> 'sending'",
                person.phone,
            )

        return str(await eventually(answered, 15, "the lead answered"))

    async def owned_by(self, conversation_id: str, user_id: str | None) -> None:
        """Give the lead of a conversation to somebody."""
        await self.record.execute(
            "update leads set owner_id = $2 where id = (select lead_id from conversations where id = $1)",
            conversation_id,
            user_id,
        )

    def sent_to(self, person: Person) -> list[str]:
        """Return what went to a person."""
        return [each.text for each in self.engine.graph.calls if each.to == person.phone]


@pytest.fixture(scope="module")
def at_work(engine: EngineProcess) -> tuple[Workspace, str]:
    """A workspace for the whole file, since signing people up is slow."""

    async def make() -> tuple[Workspace, str]:
        stranger = await sign_up(engine.stack, "stranger")
        return await make_workspace(engine.stack), str(stranger.access_token)

    return asyncio.run(make())


@pytest.fixture
async def desk(engine: EngineProcess, at_work: tuple[Workspace, str]) -> AsyncIterator[Desk]:
    workspace, stranger = at_work
    record = await asyncpg.connect(engine.stack.env["DATABASE_URL"])
    async with aiohttp.ClientSession() as session:
        yield Desk(engine, workspace, stranger, session, record)
    await record.close()


def a_note(text: str = "I am on it", **more: Any) -> dict[str, Any]:
    return {"id": str(uuid7()), "text": text, **more}


# Who may do what in a conversation of a lead that nobody owns.
COMMANDS = ("messages", "take-over", "hand-back", "read", "snooze")
ALLOWED = {"owner": True, "manager": True, "agent": True, "viewer": 403, "stranger": 404, "nobody": 401}


@pytest.mark.parametrize("command", COMMANDS)
async def test_whoever_may_write_in_a_conversation_may_command_it_and_nobody_else(desk: Desk, command: str):
    conversation = await desk.conversation_with(Person())
    for who, allowed in ALLOWED.items():
        await desk.owned_by(conversation, None)
        body = {"json": {"messages": a_note(), "snooze": {"until": None}}.get(command)}
        status, said = await desk.ask("POST", f"/api/conversations/{conversation}/{command}", who, **body)
        if allowed is True:
            assert status in (200, 202, 204), (who, said)
        else:
            assert status == allowed, (who, said)
            assert set(said) == {"title", "reason"}


async def test_an_agent_commands_own_and_unowned_leads_and_sees_no_others(desk: Desk):
    conversation = await desk.conversation_with(Person())
    path = f"/api/conversations/{conversation}/take-over"
    await desk.owned_by(conversation, desk.workspace.manager.user_id)
    assert (await desk.ask("POST", path, "agent"))[0] == 404
    await desk.owned_by(conversation, desk.workspace.agent.user_id)
    assert (await desk.ask("POST", path, "agent"))[0] == 200


async def test_a_person_writes_and_the_lead_gets_it_once_however_often_it_is_asked_for(desk: Desk):
    ana = Person()
    conversation = await desk.conversation_with(ana)
    note = a_note("Shall we meet on Tuesday?")
    path = f"/api/conversations/{conversation}/messages"
    answers = await asyncio.gather(*(desk.ask("POST", path, "agent", json=note) for _ in range(5)))
    assert {status for status, _ in answers} == {202}
    status, said = await desk.ask("POST", path, "agent", json=note)
    assert (status, said["message_id"], said["status"]) == (202, note["id"], "accepted")
    assert desk.sent_to(ana).count("Shall we meet on Tuesday?") == 1
    row = await desk.record.fetchrow("select mode, assigned_to from conversations where id = $1", conversation)
    assert (row["mode"], str(row["assigned_to"])) == ("human", desk.workspace.agent.user_id)


async def test_a_lead_is_left_alone_until_a_day_and_the_owner_reads_who_said_so(desk: Desk):
    conversation = await desk.conversation_with(Person())
    path = f"/api/conversations/{conversation}/snooze"
    await desk.record.execute(
        "update conversations set waiting_for_person_since = now(), waiting_reason = 'x' where id = $1", conversation
    )
    until = (datetime.now(UTC) + timedelta(days=30)).isoformat()
    status, said = await desk.ask("POST", path, "agent", json={"until": until})
    assert (status, datetime.fromisoformat(said["snoozed_until"])) == (200, datetime.fromisoformat(until))
    row = await desk.record.fetchrow(
        "select l.snoozed_until, c.waiting_for_person_since from conversations c join leads l on l.id = c.lead_id "
        "where c.id = $1",
        conversation,
    )
    assert (row["snoozed_until"], row["waiting_for_person_since"]) == (datetime.fromisoformat(until), None)
    entry = await desk.record.fetchrow("select action, actor_id from audit_log where subject_id = $1", conversation)
    assert (entry["action"], str(entry["actor_id"])) == ("snooze", desk.workspace.agent.user_id)
    assert (await desk.ask("POST", path, "agent", json={"until": None}))[1] == {"snoozed_until": None}


async def test_who_left_a_lead_alone_is_kept_with_what_the_lead_had_said_until_somebody_ends_it(desk: Desk):
    conversation = await desk.conversation_with(Person(), "My dad is ill. Not now, after the summer")
    path = f"/api/conversations/{conversation}/snooze"
    kept = "select s.* from snoozes s join conversations c on c.lead_id = s.lead_id where c.id = $1"
    asked = await eventually(lambda: desk.record.fetchrow(kept, conversation), 10, "the snooze is kept")
    assert (asked["set_by"], asked["occasion"]) == ("lead", "after_summer")

    until = (datetime.now(UTC) + timedelta(days=30)).isoformat()
    for who in ("nobody", "stranger", "viewer"):
        assert (await desk.ask("POST", path, who, json={"until": until}))[0] in (401, 403, 404)
    status, said = await desk.ask("POST", path, "agent", json={"until": until})
    assert (status, said.keys()) == (200, {"snoozed_until"})
    moved = await desk.record.fetchrow(kept, conversation)
    assert (moved["set_by"], str(moved["person_id"])) == ("person", desk.workspace.agent.user_id)
    assert (moved["said"], moved["asked_at"]) == ("My dad is ill. Not now, after the summer", asked["asked_at"])

    assert (await desk.ask("POST", path, "agent", json={"until": None}))[0] == 200
    assert await desk.record.fetchrow(kept, conversation) is None


@pytest.mark.parametrize("until", ["2020-01-01T09:00:00Z", "2126-01-01T09:00:00Z", "2027-01-01T09:00:00", "soon", 7])
async def test_a_lead_cannot_be_left_alone_until_a_time_that_makes_no_sense(desk: Desk, until: Any):
    conversation = await desk.conversation_with(Person())
    status, said = await desk.ask("POST", f"/api/conversations/{conversation}/snooze", json={"until": until})
    assert (status, said["reason"]) == (422, "bad_input")


async def test_an_id_that_is_taken_elsewhere_is_refused(desk: Desk):
    first, second = await desk.conversation_with(Person()), await desk.conversation_with(Person())
    note = a_note()
    assert (await desk.ask("POST", f"/api/conversations/{first}/messages", json=note))[0] == 202
    status, said = await desk.ask("POST", f"/api/conversations/{second}/messages", json=note)
    assert (status, said["reason"]) == (409, "id_taken")


async def test_a_reply_quotes_the_message_it_answers(desk: Desk):
    ana = Person()
    conversation = await desk.conversation_with(ana)
    quoted = await desk.record.fetchrow(
        "select id, wamid from messages where conversation_id = $1 and direction = 'in'", conversation
    )
    note = a_note("About this", reply_to=str(quoted["id"]))
    assert (await desk.ask("POST", f"/api/conversations/{conversation}/messages", json=note))[0] == 202
    [call] = [each for each in desk.engine.graph.calls if each.to == ana.phone and each.text == "About this"]
    assert call.body["context"] == {"message_id": quoted["wamid"]}


async def test_a_person_who_writes_after_the_window_is_told_why_it_stayed(desk: Desk):
    ana = Person()
    conversation = await desk.conversation_with(ana)
    await desk.record.execute(
        "update conversations set last_inbound_at = now() - interval '26 hours' where id = $1", conversation
    )
    status, said = await desk.ask("POST", f"/api/conversations/{conversation}/messages", json=a_note())
    assert (status, said["status"]) == (202, "not_sent")
    assert "24-hour reply window" in said["reason"]


async def test_after_a_take_over_the_bot_is_quiet_until_it_is_handed_back(desk: Desk):
    ana = Person()
    conversation = await desk.conversation_with(ana)
    status, said = await desk.ask("POST", f"/api/conversations/{conversation}/take-over", "agent")
    assert said == {"mode": "human", "assigned_to": desk.workspace.agent.user_id}
    before = len(desk.sent_to(ana))
    number = desk.workspace.phone_number_id
    await desk.engine.post(messages_of(number, ana, a_text(ana, "Two bedrooms")))
    await asyncio.sleep(1)
    assert len(desk.sent_to(ana)) == before

    status, said = await desk.ask("POST", f"/api/conversations/{conversation}/hand-back", "agent")
    assert (status, said) == (200, {"mode": "bot", "assigned_to": None})
    await desk.engine.post(messages_of(number, ana, a_text(ana, "Two bedrooms")))

    async def answered() -> bool:
        return len(desk.sent_to(ana)) > before

    await eventually(answered, 10, "the bot answers again")


async def test_reading_sets_the_unread_count_to_zero(desk: Desk):
    conversation = await desk.conversation_with(Person())
    assert (await desk.ask("POST", f"/api/conversations/{conversation}/read"))[0] == 204
    assert await desk.record.fetchval("select unread_count from conversations where id = $1", conversation) == 0


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"text": "no id"},
        {"id": "x", "text": "a"},
        {"id": str(uuid7()), "text": ""},
        {"id": str(uuid7()), "text": "x" * 4097},
        {"id": str(uuid7()), "text": "nul \x00 byte"},
        [],
        None,
    ],
)
async def test_a_message_that_cannot_be_sent_is_refused_with_words(desk: Desk, body: Any):
    conversation = await desk.conversation_with(Person())
    status, said = await desk.ask("POST", f"/api/conversations/{conversation}/messages", json=body)
    assert status == 422
    assert said["reason"] == "bad_input"


@pytest.mark.parametrize(
    "path",
    [
        f"/api/conversations/{uuid7()}/messages",
        f"/api/conversations/{uuid7()}/take-over",
        f"/api/turns/{uuid7()}/retry",
        "/api/nothing",
    ],
)
async def test_what_is_not_there_is_404(desk: Desk, path: str):
    assert (await desk.ask("POST", path, json=a_note()))[0] == 404


async def test_a_token_that_is_expired_forged_or_no_users_is_refused(desk: Desk):
    right = str(desk.workspace.owner.access_token)
    secret = desk.engine.env["SUPABASE_JWT_SECRET"]
    claims = jwt.decode(right, secret, algorithms=["HS256"], audience="authenticated")
    wrong = {
        "expired": jwt.encode({**claims, "exp": int(time.time()) - 10}, secret, "HS256"),
        "forged": jwt.encode(claims, "another secret of sufficient length!", "HS256"),
        "unsigned": jwt.encode(claims, "", "none"),
        "for somebody else": jwt.encode({**claims, "aud": "other"}, secret, "HS256"),
        "a service": jwt.encode({**claims, "role": "service_role"}, secret, "HS256"),
        "anonymous": jwt.encode({**claims, "role": "anon"}, secret, "HS256"),
        "without an end": jwt.encode({k: v for k, v in claims.items() if k != "exp"}, secret, "HS256"),
        "no token": "hello",
        "empty": "",
    }
    path = f"/api/system?workspace_id={desk.workspace.workspace_id}"
    for name, token in wrong.items():
        status, said = await desk.ask("GET", path, None, headers={"Authorization": f"Bearer {token}"})
        assert (status, said["reason"]) == (401, "sign_in"), name
    assert (await desk.ask("GET", path, None, headers={"Authorization": f"Basic {right}"}))[0] == 401
    assert (await desk.ask("GET", path, None, headers={"Authorization": f"Bearer {right}"}))[0] == 200


async def test_a_session_that_signed_out_is_over_at_once(desk: Desk):
    user = await sign_up(desk.engine.stack, "leaver")
    headers = {"Authorization": f"Bearer {user.access_token}"}
    path = f"/api/system?workspace_id={desk.workspace.workspace_id}"
    assert (await desk.ask("GET", path, None, headers=headers))[0] == 404  # signed in, and a stranger
    assert (await desk.ask("POST", "/api/sign-out", None, headers=headers))[0] == 204
    status, said = await desk.ask("GET", path, None, headers=headers)
    assert (status, said["reason"]) == (401, "signed_out")


async def test_the_system_page_says_how_the_parts_are_and_what_is_parked(desk: Desk):
    conversation = await desk.conversation_with(Person())
    turn = await parked_turn(desk, conversation)
    status, said = await desk.ask("GET", f"/api/system?workspace_id={desk.workspace.workspace_id}", "manager")
    assert status == 200
    assert {each["name"]: each["state"] for each in said["parts"]}.items() >= {"postgres": "up", "redis": "up"}.items()
    [found] = [each for each in said["parked_turns"] if each["id"] == turn]
    assert found["reason"] == "the model is away"
    assert (said["runner"], said["model"]) == ("inline", "playbook")
    assert (await desk.ask("GET", f"/api/system?workspace_id={desk.workspace.workspace_id}", "stranger"))[0] == 404


async def parked_turn(desk: Desk, conversation: str) -> str:
    """Let the last turn of a conversation be one that was given up; its answer never was."""
    turn = str(uuid7())
    await desk.record.execute(
        "insert into turns (id, workspace_id, conversation_id, state, reason, attempts, finished_at) "
        "values ($1, $2, $3, 'parked', 'the model is away', 6, now())",
        turn,
        desk.workspace.workspace_id,
        conversation,
    )
    await desk.record.execute(
        "update messages set turn_id = $1 where conversation_id = $2 and direction = 'in'", turn, conversation
    )
    return turn


async def test_a_parked_turn_runs_again_when_somebody_asks_for_it(desk: Desk):
    ana = Person()
    conversation = await desk.conversation_with(ana)
    turn = await parked_turn(desk, conversation)
    for who, status in (("nobody", 401), ("stranger", 404), ("viewer", 403)):
        assert (await desk.ask("POST", f"/api/turns/{turn}/retry", who))[0] == status
    assert (await desk.ask("POST", f"/api/turns/{turn}/retry", "agent"))[0] == 202

    async def done() -> bool:
        return bool(await desk.record.fetchval("select state = 'done' from turns where id = $1", turn))

    await eventually(done, 10, "the turn done")
    status, said = await desk.ask("POST", f"/api/turns/{turn}/retry", "agent")
    assert (status, said["reason"]) == (409, "not_parked")


async def a_file(desk: Desk, kind: str, file: File | None, **content: Any) -> str:
    """Let a lead send a file; return the message's id."""
    person, media_id = Person(), str(uuid7().int % 10**15)
    if file is not None:
        desk.engine.graph.files[media_id] = file
    message = a_message(person, kind, {"id": media_id, "mime_type": "image/jpeg", "sha256": "x", **content})
    await desk.engine.post(messages_of(desk.workspace.phone_number_id, person, message))

    async def stored() -> Any:
        return await desk.record.fetchval("select id from messages where wamid = $1", message["id"])

    return str(await eventually(stored, 10, "the message stored"))


async def media(desk: Desk, message_id: str, who: str = "agent") -> tuple[int, bytes, Any]:
    headers = {"Authorization": f"Bearer {desk.token(who)}"}
    async with desk.session.get(f"{desk.engine.url}/api/media/{message_id}", headers=headers) as answer:
        return answer.status, await answer.read(), answer.headers


async def test_a_picture_is_fetched_when_somebody_who_may_see_it_looks(desk: Desk):
    picture = b"\xff\xd8\xff" + b"pixels" * 1000
    message_id = await a_file(desk, "image", File(picture, "image/jpeg"))
    status, content, headers = await media(desk, message_id, "viewer")
    assert (status, content, headers["Content-Type"]) == (200, picture, "image/jpeg")
    assert headers["Content-Disposition"].startswith("inline")
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert (await media(desk, message_id, "stranger"))[0] == 404
    assert (await desk.ask("GET", f"/api/media/{message_id}", "nobody"))[0] == 401


async def test_a_file_that_is_not_what_its_hash_says_is_not_shown(desk: Desk):
    message_id = await a_file(desk, "image", File(b"something else", "image/jpeg", sha256="0" * 64))
    status, content, _ = await media(desk, message_id)
    assert status == 502
    assert b"something else" not in content


async def test_a_file_that_whatsapp_no_longer_has_is_gone(desk: Desk):
    assert (await media(desk, await a_file(desk, "image", None)))[0] == 410


@pytest.mark.parametrize("kind", ["text/html", "image/svg+xml", "application/x-msdownload"])
async def test_a_file_that_could_do_harm_in_a_browser_is_a_download(desk: Desk, kind: str):
    message_id = await a_file(desk, "document", File(b"<script>", kind), mime_type=kind, filename="x")
    status, _, headers = await media(desk, message_id)
    assert status == 200
    assert headers["Content-Disposition"].startswith("attachment")
    assert "sandbox" in headers["Content-Security-Policy"]


async def test_a_message_without_a_file_has_none(desk: Desk):
    conversation = await desk.conversation_with(Person())
    message = await desk.record.fetchval("select id from messages where conversation_id = $1 limit 1", conversation)
    assert (await media(desk, str(message)))[0] == 404


async def test_events_reach_members_live_and_resume_by_id(desk: Desk):
    url = f"{desk.engine.url}/api/events"
    query = {"workspace_id": desk.workspace.workspace_id}
    headers = {"Authorization": f"Bearer {desk.token('viewer')}"}
    ana = Person()
    seen: list[tuple[str, str]] = []
    async with desk.session.get(url, params=query, headers=headers) as stream:
        assert (stream.status, stream.content_type) == (200, "text/event-stream")
        await stream.content.readuntil(b"connected")
        conversation = await desk.conversation_with(ana)
        async with asyncio.timeout(10):
            event_id = name = ""
            while not any(name == "message" for _, name in seen):
                line = (await stream.content.readline()).decode().strip()
                field, _, value = line.partition(": ")
                if field == "id":
                    event_id = value
                if field == "event":
                    name = value
                if field == "data":
                    seen.append((event_id, name))
                    assert conversation in value or desk.workspace.workspace_id in value
                    assert ana.phone not in value
    last = seen[0][0]
    async with desk.session.get(url, params=query, headers={**headers, "Last-Event-ID": last}) as stream:
        async with asyncio.timeout(10):
            await stream.content.readuntil(b"\nid: ")
    for who, status in (("nobody", 401), ("stranger", 404)):
        path = f"/api/events?workspace_id={desk.workspace.workspace_id}"
        assert (await desk.ask("GET", path, who))[0] == status
    for odd in ("x", "1-2-3", "٣-٤", "1_0-0", "-1", "99999999999999999999-0"):
        async with desk.session.get(url, params=query, headers={**headers, "Last-Event-ID": odd}) as stream:
            assert stream.status == 200
            await stream.content.readuntil(b"connected")


async def test_the_dashboard_is_told_where_to_sign_in_and_no_secret(desk: Desk):
    status, said = await desk.ask("GET", "/config.json", None)
    assert status == 200
    assert set(said) >= {"supabase_url", "supabase_publishable_key", "environment", "model", "simulator_url", "demo"}
    everything = str(said)
    for name in ("SUPABASE_SECRET_KEY", "SUPABASE_JWT_SECRET", "WHATSAPP_APP_SECRET", "LEAD_REVIVER_STEPS_KEY"):
        assert desk.engine.env[name] not in everything


async def test_the_openapi_document_is_whole(desk: Desk):
    status, said = await desk.ask("GET", "/api/openapi.json", None)
    assert status == 200
    assert said["openapi"].startswith("3.")
    paths = set(said["paths"])
    assert {
        "/api/conversations/{conversation_id}/messages",
        "/api/conversations/{conversation_id}/take-over",
        "/api/conversations/{conversation_id}/hand-back",
        "/api/conversations/{conversation_id}/read",
        "/api/media/{message_id}",
        "/api/turns/{turn_id}/retry",
        "/api/turns/retry-parked",
        "/api/system",
        "/api/events",
        "/api/sign-out",
        "/config.json",
    } <= paths
    assert not any(each.startswith("/steps") for each in paths)
    schemas = said["components"]["schemas"]

    def references(tree: Any) -> list[str]:
        if isinstance(tree, dict):
            own = [tree["$ref"]] if isinstance(tree.get("$ref"), str) else []
            return own + [each for value in tree.values() for each in references(value)]
        return [each for value in tree for each in references(value)] if isinstance(tree, list) else []

    assert {each.rpartition("/")[2] for each in references(said)} <= set(schemas)
    operations = [each["operationId"] for path in said["paths"].values() for each in path.values()]
    assert len(operations) == len(set(operations))


async def test_a_persons_message_that_whatsapps_rates_hold_back_goes_out_later(desk: Desk):
    ana = Person()
    conversation = await desk.conversation_with(ana)
    path = f"/api/conversations/{conversation}/messages"
    fates = [(await desk.ask("POST", path, "owner", json=a_note(f"Note {n}")))[1] for n in range(11)]
    assert fates[-1]["status"] == "sending"

    async def sent() -> bool:
        return "Note 10" in desk.sent_to(ana)

    await eventually(sent, 20, "the last note goes out")
