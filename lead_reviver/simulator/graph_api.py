"""The paths of the Graph API that we use, with or without a version in front."""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import orjson
from starlette.convertors import Convertor, register_url_convertor
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from lead_reviver.simulator import sending
from lead_reviver.simulator.account_api import Account
from lead_reviver.simulator.connections import lose_connection
from lead_reviver.simulator.graph_errors import GraphError
from lead_reviver.simulator.simulator import Simulator
from lead_reviver.simulator.world import Json


class VersionConvertor(Convertor[str]):
    """Matches a Graph version such as v26.0."""

    regex = r"v[0-9]+\.[0-9]+"

    def convert(self, value: str) -> str:
        """Keep it as it is."""
        return value

    def to_string(self, value: str) -> str:
        """Keep it as it is."""
        return value


class NumberConvertor(VersionConvertor):
    """Matches an id of Meta's: digits."""

    regex = "[0-9]+"


register_url_convertor("version", VersionConvertor())
register_url_convertor("number", NumberConvertor())

Handler = Callable[[Request], Awaitable[Response]]


def json_answer(value: Any, status: int = 200) -> Response:
    """Answer with JSON, as the Graph API does."""
    return Response(orjson.dumps(value), status, media_type="application/json; charset=UTF-8")


def check_token(simulator: Simulator, request: Request) -> None:
    """Raise `GraphError` 190 unless the Bearer token is the right one."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    given = token.strip() if scheme.lower() == "bearer" else request.query_params.get("access_token", "")
    if not given:
        raise GraphError(190, "Authentication failed.", message="An access token is required to request this resource.")
    if not hmac.compare_digest(given.encode(), simulator.settings.access_token.encode()):
        raise GraphError(
            190, message="Error validating access token: Session has expired or the token is invalid.", subcode=463
        )


async def read_json(request: Request) -> Any:
    """Read the body; raises `GraphError` 100 when it is not JSON."""
    try:
        return orjson.loads(await request.body() or b"{}")
    except orjson.JSONDecodeError:
        raise GraphError(100, "The request body is not valid JSON.") from None


def graph_call(simulator: Simulator, call: Callable[[Request], Awaitable[Json | Response]]) -> Handler:
    """Wrap a call with what all have: outages, the token, and errors in Meta's shape."""

    async def handler(request: Request) -> Response:
        behaviour = simulator.behaviour
        if behaviour.outage == "drop":
            return await lose_connection(request, hang=behaviour.lost == "hang")
        if behaviour.outage == "503":
            return json_answer(GraphError(131016, http_status=503).body(), 503)
        if behaviour.answer_seconds[1]:
            await asyncio.sleep(simulator.chance.seconds(behaviour.answer_seconds))
        try:
            check_token(simulator, request)
            result = await call(request)
        except GraphError as error:
            simulator.counts[f"refused_{error.code}"] += 1
            about_messages = request.url.path.endswith("messages")
            return json_answer(error.body(about_messages=about_messages), error.http_status)
        return result if isinstance(result, Response) else json_answer(result)

    return handler


def graph_routes(simulator: Simulator) -> Sequence[BaseRoute]:
    """Return the routes of the Graph API."""

    account = Account(simulator, read_json)

    def send(*, marketing: bool) -> Handler:
        async def accept(request: Request) -> Json:
            account.check_number(request)
            return sending.handle(simulator, await read_json(request), marketing=marketing)

        answer = graph_call(simulator, accept)

        async def handler(request: Request) -> Response:
            behaviour = simulator.behaviour
            if simulator.chance.hits(behaviour.lose_request_percent):
                simulator.counts["lost_requests"] += 1
                return await lose_connection(request, hang=behaviour.lost == "hang")
            lost = simulator.chance.hits(behaviour.lose_answer_percent)
            response = await answer(request)
            if lost and response.status_code == 200:
                simulator.counts["lost_answers"] += 1
                return await lose_connection(request, hang=behaviour.lost == "hang")
            return response

        return handler

    def call(handler: Callable[[Request], Awaitable[Json | Response]]) -> Handler:
        return graph_call(simulator, handler)

    routes: list[tuple[str, Handler, list[str]]] = [
        ("/{object_id:number}/messages", send(marketing=False), ["POST"]),
        ("/{object_id:number}/marketing_messages", send(marketing=True), ["POST"]),
        ("/{object_id:number}/media", call(account.upload), ["POST"]),
        ("/{object_id:number}/message_templates", call(account.templates), ["GET"]),
        ("/{object_id:number}/message_templates", call(account.new_template), ["POST"]),
        ("/{object_id:number}/message_templates", call(account.delete_template), ["DELETE"]),
        ("/{object_id:number}/phone_numbers", call(account.numbers), ["GET"]),
        ("/{object_id:number}/subscribed_apps", call(account.subscriptions), ["GET", "POST", "DELETE"]),
        ("/{object_id:number}/block_users", call(account.block_users), ["POST", "DELETE"]),
        ("/{object_id:number}/unpause", call(account.unpause), ["POST"]),
        ("/{object_id:number}", call(account.show), ["GET"]),
        ("/{object_id:number}", call(account.change), ["POST"]),
        ("/{object_id:number}", call(account.remove), ["DELETE"]),
    ]
    return [
        *(
            Route(prefix + path, handler, methods=methods)
            for path, handler, methods in routes
            for prefix in ("/{version:version}", "")
        ),
        Route("/whatsapp_business/attachments/", call(account.download), methods=["GET"]),
    ]
