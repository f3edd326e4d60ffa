"""A message is sent once, and how that ended is said honestly: only what surely did not go out may go out again."""

import asyncio
import logging
import socket
from typing import Any

import orjson
import pytest

from lead_reviver.errors import BadInput
from lead_reviver.whatsapp import outgoing
from lead_reviver.whatsapp.client import (
    Accepted,
    GraphAway,
    GraphClient,
    GraphRefused,
    NoAnswer,
    NotSent,
    Refused,
    SendOutcome,
)
from tests.whatsapp.graph_server import (
    Behaviour,
    GraphServer,
    a_graph_server,
    accepts,
    answers,
    breaks_off,
    hangs,
    hangs_up,
    refuses,
    resets,
)

PHONE_ID = "700800900100"
TOKEN = "EAAtoken123secret"
HOLA = outgoing.text(outgoing.Address(phone="+34611222333"), "Hola Ana", callback_data="out:5f1c")


def a_client(url: str, **settings: Any) -> GraphClient:
    return GraphClient(url, "v26.0", **{"total_seconds": 0.5, "connect_seconds": 0.3, **settings})


async def outcome_of(*behaviours: Behaviour, sends: int = 1) -> tuple[SendOutcome, GraphServer]:
    """Send to a server that behaves so, and return the last outcome and the server."""
    async with a_graph_server() as graph, a_client(graph.url) as client:
        graph.will(*behaviours)
        for _ in range(sends):
            outcome = await client.send(PHONE_ID, TOKEN, HOLA)
        return outcome, graph


async def test_a_message_that_meta_takes_is_accepted_under_its_wamid():
    outcome, graph = await outcome_of(accepts("wamid.OUT1"))

    assert outcome == Accepted("wamid.OUT1", "34611222333", "ES.9Kd82LmQ4", "accepted")
    (request,) = graph.requests
    assert request.line == f"POST /v26.0/{PHONE_ID}/messages HTTP/1.1"
    assert request.headers["Authorization"] == f"Bearer {TOKEN}"
    assert request.headers["Content-Type"] == "application/json"
    assert orjson.loads(request.body) == HOLA


async def test_a_lead_who_hides_the_number_has_no_wa_id_in_the_answer():
    outcome, _ = await outcome_of(answers({"contacts": [{"user_id": "PT.4Tz"}], "messages": [{"id": "wamid.O"}]}))

    assert outcome == Accepted("wamid.O", None, "PT.4Tz", None)


@pytest.mark.parametrize(
    ("code", "status"), [(131047, 400), (190, 401), (130429, 429), (131000, 500), (2, 503), (131026, 200)]
)
async def test_a_message_that_meta_refuses_is_refused_with_its_code_whatever_the_status(code: int, status: int):
    outcome, _ = await outcome_of(refuses(code, status))

    assert outcome == Refused(code, f"(#{code}) no", "for a reason", status)


async def test_a_refusal_may_come_without_its_details():
    outcome, _ = await outcome_of(answers({"error": {"code": 100, "error_data": "text"}}, 400))

    assert outcome == Refused(100, "", None, 400)


@pytest.mark.parametrize(
    "behaviour",
    [
        hangs,
        hangs_up,
        resets,
        breaks_off,
        answers(b"<html>Bad gateway</html>", 502),
        answers({"error": "text"}, 500),
        answers(b"", 503),
        answers(b"nonsense"),
        answers({}),
        answers([]),
        answers({"messages": []}),
        answers({"messages": [{"id": 7.5}]}),
        answers({"messages": "wamid.1"}),
        answers(b"x" * (5 * 1024 * 1024)),
        answers({"messages": [{"id": "wamid.1"}]}, 302, Location="/v26.0/elsewhere"),
        answers({}, 307, Location="/v26.0/elsewhere"),
    ],
)
async def test_a_message_without_meta_s_answer_has_an_unknown_outcome_and_goes_out_once(behaviour: Behaviour):
    outcome, graph = await outcome_of(behaviour)

    assert isinstance(outcome, NoAnswer)
    assert len(graph.requests) == 1


@pytest.mark.parametrize("behaviour", [hangs_up, resets])
async def test_a_message_on_a_kept_connection_that_dies_is_not_sent_again_by_itself(behaviour: Behaviour):
    outcome, graph = await outcome_of(accepts(), behaviour, accepts(), sends=2)

    assert isinstance(outcome, NoAnswer)
    assert len(graph.requests) == 2


async def test_a_kept_connection_that_was_closed_in_peace_is_not_used_any_more():
    async with a_graph_server() as graph, a_client(graph.url) as client:
        graph.will(answers({"messages": [{"id": "wamid.1"}]}, then_closes=True), accepts("wamid.2"))
        await client.send(PHONE_ID, TOKEN, HOLA)
        await asyncio.sleep(0.05)

        assert (await client.send(PHONE_ID, TOKEN, HOLA)) == Accepted(
            "wamid.2", "34611222333", "ES.9Kd82LmQ4", "accepted"
        )


async def test_a_message_to_a_server_that_is_not_there_was_surely_not_sent():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        async with a_client(f"http://127.0.0.1:{taken.getsockname()[1]}") as client:
            assert isinstance(await client.send(PHONE_ID, TOKEN, HOLA), NotSent)


@pytest.mark.parametrize("url", ["http://graph.invalid", "http://", "not an address", "http://127.0.0.1:99999"])
async def test_a_message_to_no_address_was_surely_not_sent(url: str):
    async with a_client(url) as client:
        assert isinstance(await client.send(PHONE_ID, TOKEN, HOLA), NotSent)


async def test_a_message_that_found_no_connection_in_time_was_surely_not_sent():
    """The server's queue of new connections is full, so that connecting takes for ever."""
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen(0)
        waiting = [socket.socket() for _ in range(4)]
        for each in waiting:
            each.setblocking(False)
            each.connect_ex(busy.getsockname())
        async with a_client(f"http://127.0.0.1:{busy.getsockname()[1]}") as client:
            outcome = await client.send(PHONE_ID, TOKEN, HOLA)
        for each in waiting:
            each.close()

    assert isinstance(outcome, NotSent)


async def test_a_message_that_waited_in_vain_for_a_free_connection_was_surely_not_sent():
    async with a_graph_server() as graph, a_client(graph.url, connections=1) as client:
        graph.will(hangs)
        first = asyncio.create_task(client.send(PHONE_ID, TOKEN, HOLA))
        await asyncio.sleep(0.1)
        client.total_seconds = 0.2
        second = await client.send(PHONE_ID, TOKEN, HOLA)

        assert isinstance(second, NotSent)
        assert isinstance(await first, NoAnswer)
        assert len(graph.requests) == 1


async def test_many_messages_share_a_few_connections():
    async with a_graph_server() as graph, a_client(graph.url, connections=2, total_seconds=5) as client:
        graph.will(*(accepts(f"wamid.{n}") for n in range(50)))
        outcomes = await asyncio.gather(*(client.send(PHONE_ID, TOKEN, HOLA) for _ in range(50)))

    assert {outcome.wamid for outcome in outcomes if isinstance(outcome, Accepted)} == {f"wamid.{n}" for n in range(50)}


@pytest.mark.parametrize("behaviour", [accepts(), refuses(190, 401), hangs, resets, answers(b"nonsense")])
async def test_no_log_line_and_no_outcome_tells_token_number_or_text(
    behaviour: Behaviour, caplog: pytest.LogCaptureFixture
):
    caplog.set_level(logging.DEBUG)

    outcome, _ = await outcome_of(behaviour)

    told = caplog.text + (repr(outcome) if not isinstance(outcome, Accepted) else "")
    assert not any(secret in told for secret in (TOKEN, "34611222333", "Hola"))


@pytest.mark.parametrize("token", ["", "EAA\r\nX-Evil: 1", "EAAé", "EAA\x00"])
async def test_a_token_that_is_none_is_said_to_be_wrong_without_showing_it(token: str):
    async with a_client("http://127.0.0.1:1") as client:
        with pytest.raises(BadInput) as refusal:
            await client.send(PHONE_ID, token, HOLA)

    assert "EAA" not in str(refusal.value)


@pytest.mark.parametrize("phone_number_id", ["", "../me", "1/2", "1?x=1", "1#", "%2e%2e", ".."])
async def test_an_id_that_would_lead_elsewhere_is_refused(phone_number_id: str):
    async with a_client("http://127.0.0.1:1") as client:
        with pytest.raises(BadInput):
            await client.send(phone_number_id, TOKEN, HOLA)


@pytest.mark.parametrize("typing", [False, True])
async def test_a_message_is_marked_as_read_with_the_typing_dots_when_an_answer_follows(typing: bool):
    async with a_graph_server() as graph, a_client(graph.url) as client:
        graph.will(answers({"success": True}))

        assert await client.mark_read(PHONE_ID, TOKEN, "wamid.IN1", typing=typing)

    sent = orjson.loads(graph.requests[0].body)
    assert (sent["status"], sent["message_id"], "typing_indicator" in sent) == ("read", "wamid.IN1", typing)


@pytest.mark.parametrize("behaviour", [refuses(131009), hangs_up, answers({"success": False}), answers([])])
async def test_a_read_mark_that_fails_is_no_drama(behaviour: Behaviour):
    async with a_graph_server() as graph, a_client(graph.url) as client:
        graph.will(behaviour)

        assert not await client.mark_read(PHONE_ID, TOKEN, "wamid.IN1")


async def test_the_fields_of_a_number_are_read():
    async with a_graph_server() as graph, a_client(graph.url) as client:
        graph.will(answers({"quality_rating": "GREEN", "id": PHONE_ID}))

        assert (await client.phone_number(PHONE_ID, TOKEN, ["quality_rating"]))["quality_rating"] == "GREEN"

    assert graph.requests[0].path == f"/v26.0/{PHONE_ID}?fields=quality_rating"


async def test_every_page_of_the_templates_is_read_by_its_cursor():
    """Meta's address of the next page carries the token, so it is not used."""
    paging = {"cursors": {"before": "a", "after": "b=="}, "next": "https://elsewhere.example/?access_token=x"}
    async with a_graph_server() as graph, a_client(graph.url) as client:
        graph.will(
            answers({"data": [{"name": "one"}, 7], "paging": paging}),
            answers({"data": [{"name": "two"}], "paging": {"cursors": {"after": "c"}}}),
        )

        assert await client.templates("900100200300400", TOKEN, ["name"]) == [{"name": "one"}, {"name": "two"}]

    assert [request.path for request in graph.requests] == [
        "/v26.0/900100200300400/message_templates?limit=100&fields=name",
        "/v26.0/900100200300400/message_templates?limit=100&fields=name&after=b%3D%3D",
    ]


async def test_a_question_that_meta_refuses_or_leaves_unanswered_says_so_without_the_token():
    async with a_graph_server() as graph, a_client(graph.url) as client:
        graph.will(refuses(190, 401), answers(b"<html>", 502), answers([]))

        with pytest.raises(GraphRefused) as refused:
            await client.phone_number(PHONE_ID, TOKEN, ["id"])
        with pytest.raises(GraphAway) as away:
            await client.phone_number(PHONE_ID, TOKEN, ["id"])
        with pytest.raises(GraphAway):
            await client.phone_number(PHONE_ID, TOKEN, ["id"])

    assert refused.value.code == 190
    assert TOKEN not in f"{refused.value!r}{away.value!r}"
