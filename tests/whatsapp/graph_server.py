"""A small Graph API on loopback that behaves as told: answers, refuses, hangs, hangs up, talks nonsense."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import orjson

Behaviour = Callable[[asyncio.StreamWriter], Awaitable[bool]]
"""What to do after a request was read; returns whether the connection lives on."""


@dataclass
class Request:
    """A request as it came."""

    line: str
    headers: dict[str, str]
    body: bytes

    @property
    def path(self) -> str:
        """Return the path with its query."""
        return self.line.split(" ")[1]


@dataclass
class GraphServer:
    """Serves its behaviours one after the other, and remembers what it was asked."""

    behaviours: deque[Behaviour] = field(default_factory=deque)
    requests: list[Request] = field(default_factory=list)
    port: int = 0

    @property
    def url(self) -> str:
        """Return the address to use as WHATSAPP_GRAPH_URL."""
        return f"http://127.0.0.1:{self.port}"

    def will(self, *behaviours: Behaviour) -> None:
        """Line up what to do with the next requests."""
        self.behaviours.extend(behaviours)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Handle one connection until it ends."""
        alive = True
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            while alive:
                head = (await reader.readuntil(b"\r\n\r\n")).decode()
                line, *fields = head.strip().split("\r\n")
                headers = dict(each.split(": ", 1) for each in fields)
                body = await reader.readexactly(int(headers.get("Content-Length", 0)))
                self.requests.append(Request(line, headers, body))
                alive = await self.behaviours.popleft()(writer)
        writer.close()


@asynccontextmanager
async def a_graph_server() -> AsyncIterator[GraphServer]:
    """Run a server on a free port."""
    graph = GraphServer()
    server = await asyncio.start_server(graph.serve, "127.0.0.1", 0)
    graph.port = server.sockets[0].getsockname()[1]
    try:
        yield graph
    finally:
        server.close()


def answers(body: Any, status: int = 200, *, then_closes: bool = False, **headers: str) -> Behaviour:
    """Answer with JSON, or with bytes as they are."""
    content = body if isinstance(body, bytes) else orjson.dumps(body)
    fields = {"Content-Type": "application/json", "Content-Length": str(len(content))}
    fields |= {name.replace("_", "-"): value for name, value in headers.items()}
    head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())

    async def behave(writer: asyncio.StreamWriter) -> bool:
        writer.write(f"HTTP/1.1 {status} X\r\n{head}\r\n".encode() + content)
        await writer.drain()
        return not then_closes

    return behave


def refuses(code: int, status: int = 400) -> Behaviour:
    """Answer as Meta does when it says no."""
    error = {
        "message": f"(#{code}) no",
        "type": "OAuthException",
        "code": code,
        "error_data": {"messaging_product": "whatsapp", "details": "for a reason"},
        "fbtrace_id": "Az8",
    }
    return answers({"error": error}, status)


def accepts(wamid: str = "wamid.OUT1") -> Behaviour:
    """Take a message."""
    contact = {"input": "+34611222333", "wa_id": "34611222333", "user_id": "ES.9Kd82LmQ4"}
    message = {"id": wamid, "message_status": "accepted"}
    return answers({"messaging_product": "whatsapp", "contacts": [contact], "messages": [message]})


async def hangs(_: asyncio.StreamWriter) -> bool:
    """Read the request and never answer."""
    await asyncio.sleep(30)
    return False


async def hangs_up(_: asyncio.StreamWriter) -> bool:
    """Read the request and close the connection."""
    return False


async def resets(writer: asyncio.StreamWriter) -> bool:
    """Read the request and tear the connection down."""
    link = writer.get_extra_info("socket")
    link.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()
    return False


async def breaks_off(writer: asyncio.StreamWriter) -> bool:
    """Begin a good answer and hang up in the middle."""
    writer.write(b'HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{"messages":[{"id":"wamid.')
    await writer.drain()
    return False
