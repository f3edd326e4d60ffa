"""A lead's file is fetched from the right place only, and handed on only when it is the announced one."""

import base64
import hashlib
import io
from typing import Any

import pytest

from lead_reviver.whatsapp.client import GraphAway, GraphClient, GraphRefused
from lead_reviver.whatsapp.media import Media, MediaGone, MediaRefused, PublicResolver, checked_url, media_of
from tests.whatsapp.graph_server import GraphServer, a_graph_server, answers, breaks_off, hangs_up, refuses

TOKEN = "EAAtoken123secret"
PHOTO = b"\xff\xd8 a photo of a kitchen " * 5000
DIGEST = hashlib.sha256(PHOTO).digest()
HOSTS = ("lookaside.fbsbx.com",)


def a_client(graph: GraphServer) -> GraphClient:
    return GraphClient(graph.url, "v26.0", total_seconds=2, media_seconds=2)


def about(graph: GraphServer, **changed: Any) -> dict[str, Any]:
    """Return what the Graph API says about the photo."""
    return {
        "messaging_product": "whatsapp",
        "id": "810001",
        "url": f"{graph.url}/files/810001",
        "mime_type": "image/jpeg",
        "sha256": base64.b64encode(DIGEST).decode(),
        "file_size": len(PHOTO),
        **changed,
    }


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"sha256": DIGEST.hex()},
        {"sha256": DIGEST.hex().upper()},
        {"sha256": base64.b64encode(DIGEST).decode().rstrip("=")},
        {"sha256": None},
        {"file_size": str(len(PHOTO))},
        {"file_size": None},
        {"mime_type": "image/jpeg; quality=high"},
        {"mime_type": None},
    ],
)
async def test_a_photo_is_fetched_with_the_token_and_is_the_announced_one(said: dict[str, Any]):
    async with a_graph_server() as graph, a_client(graph) as client:
        graph.will(answers(about(graph, **said)), answers(PHOTO, Content_Type="image/jpeg"))
        into = io.BytesIO()

        media = await client.fetch_media("810001", TOKEN, into)

    assert into.getvalue() == PHOTO
    assert media.media_id == "810001"
    assert [request.path for request in graph.requests] == ["/v26.0/810001", "/files/810001"]
    assert graph.requests[1].headers["Authorization"] == f"Bearer {TOKEN}"


@pytest.mark.parametrize(
    "said",
    [
        {"sha256": hashlib.sha256(b"other").hexdigest()},
        {"sha256": "no digest"},
        {"file_size": len(PHOTO) + 1},
        {"file_size": len(PHOTO) - 1},
        {"file_size": 0},
        {"mime_type": "application/pdf"},
    ],
)
async def test_a_file_that_is_not_the_announced_one_is_refused(said: dict[str, Any]):
    async with a_graph_server() as graph, a_client(graph) as client:
        graph.will(answers(about(graph, **said)), answers(PHOTO, Content_Type="image/jpeg"))

        with pytest.raises(MediaRefused) as refusal:
            await client.fetch_media("810001", TOKEN, io.BytesIO())

    assert TOKEN not in repr(refusal.value)


async def test_a_file_larger_than_anything_meta_carries_is_not_read_to_its_end():
    async with a_graph_server() as graph, a_client(graph) as client:
        graph.will(answers(PHOTO, Content_Type="image/jpeg"))
        media = Media("810001", f"{graph.url}/files/810001", None, None, None)

        with pytest.raises(MediaRefused):
            await client.download_media(media, TOKEN, io.BytesIO(), limit=1000)


async def test_an_address_that_has_gone_stale_is_asked_for_again():
    async with a_graph_server() as graph, a_client(graph) as client:
        graph.will(
            answers(about(graph)),
            answers(b"gone", 404),
            answers(about(graph)),
            answers(PHOTO, Content_Type="image/jpeg"),
        )
        into = io.BytesIO()

        await client.fetch_media("810001", TOKEN, into)

    assert into.getvalue() == PHOTO


async def test_a_file_that_meta_no_longer_has_is_gone():
    async with a_graph_server() as graph, a_client(graph) as client:
        graph.will(refuses(100, 400), refuses(190, 401), answers({"id": "810001"}))

        with pytest.raises(MediaGone):
            await client.media_url("810001", TOKEN)
        with pytest.raises(GraphRefused):
            await client.media_url("810001", TOKEN)
        with pytest.raises(GraphAway):
            await client.media_url("810001", TOKEN)


@pytest.mark.parametrize("behaviour", [breaks_off, answers(b"", 500), answers(b"", 403)])
async def test_a_file_that_does_not_come_is_tried_again_later(behaviour: Any):
    async with a_graph_server() as graph, a_client(graph) as client:
        graph.will(answers(about(graph)), behaviour)

        with pytest.raises(GraphAway) as away:
            await client.fetch_media("810001", TOKEN, io.BytesIO())

    assert TOKEN not in repr(away.value)


async def test_a_server_that_hangs_up_on_a_download_is_tried_once_more_and_then_later():
    """Repeating a download harms nobody, unlike repeating a message."""
    async with a_graph_server() as graph, a_client(graph) as client:
        graph.will(answers(about(graph)), hangs_up, hangs_up)

        with pytest.raises(GraphAway):
            await client.fetch_media("810001", TOKEN, io.BytesIO())


@pytest.mark.parametrize("location", ["https://evil.example/file", "//evil.example/file", "http://[broken", "ftp://x"])
async def test_the_token_never_follows_a_redirect_to_another_host(location: str):
    async with a_graph_server() as graph, a_client(graph) as client:
        graph.will(answers(about(graph)), answers(b"", 302, Location=location))

        with pytest.raises(MediaRefused):
            await client.fetch_media("810001", TOKEN, io.BytesIO())


async def test_a_redirect_on_the_same_host_is_followed_but_not_for_ever():
    async with a_graph_server() as graph, a_client(graph) as client:
        graph.will(
            answers(about(graph)),
            answers(b"", 302, Location="/files/elsewhere"),
            answers(PHOTO, Content_Type="image/jpeg"),
        )
        into = io.BytesIO()
        await client.fetch_media("810001", TOKEN, into)
        assert into.getvalue() == PHOTO

        graph.will(answers(about(graph)), *(answers(b"", 302, Location="/files/810001") for _ in range(3)))
        with pytest.raises(MediaRefused):
            await client.fetch_media("810001", TOKEN, io.BytesIO())


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/file",
        "http://lookaside.fbsbx.com/file",
        "https://lookaside.fbsbx.com:8443/file",
        "https://lookaside.fbsbx.com.evil.example/file",
        "https://lookaside.fbsbx.com@evil.example/file",
        "https://user@lookaside.fbsbx.com/file",
        "https://10.0.0.5/file",
        "https://169.254.169.254/latest",
        "https://[fd00::1]/file",
        "ftp://lookaside.fbsbx.com/file",
        "file:///etc/passwd",
        "//evil.example/file",
        "no address",
        "http://[broken",
        "",
    ],
)
@pytest.mark.parametrize("loopback_allowed", [False, True])
def test_the_token_goes_to_expected_hosts_only(url: str, loopback_allowed: bool):
    with pytest.raises(MediaRefused):
        checked_url(url, HOSTS, loopback_allowed=loopback_allowed)


@pytest.mark.parametrize("url", ["http://127.0.0.1:9000/f", "http://localhost/f", "http://[::1]:9000/f"])
def test_a_file_on_this_machine_is_fetched_only_when_the_graph_api_is_here_too(url: str):
    assert str(checked_url(url, HOSTS, loopback_allowed=True)) == url
    with pytest.raises(MediaRefused):
        checked_url(url, HOSTS, loopback_allowed=False)


def test_a_file_is_fetched_from_meta():
    url = "https://lookaside.fbsbx.com/whatsapp_business/attachments/?mid=1&hash=a%2Fb"

    assert str(checked_url(url, HOSTS, loopback_allowed=False)) == url


async def test_a_name_that_leads_to_a_private_address_is_refused_whatever_the_name():
    resolver = PublicResolver()

    with pytest.raises(OSError, match="not public"):
        await resolver.resolve("localhost", 443)
    await resolver.close()


@pytest.mark.parametrize("answer", [None, [], {}, {"url": 7}])
def test_an_answer_without_an_address_is_no_file(answer: Any):
    assert media_of("1", answer) is None
