"""What tests and benchmarks turn and ask: faults, limits, what was sent, and load."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import asdict
from typing import Annotated, Any, Literal

import msgspec
from starlette.requests import Request
from starlette.routing import BaseRoute, Route

from lead_reviver.simulator import inbound
from lead_reviver.simulator.leads_api import body_of, plain_call
from lead_reviver.simulator.simulator import Simulator
from lead_reviver.simulator.templates import template_view
from lead_reviver.simulator.views import sent_view
from lead_reviver.simulator.webhooks import Update
from lead_reviver.simulator.world import Json, normal_phone


class Injection(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Many messages of many leads, for load tests. Leads are made as needed and keep their order."""

    messages: Annotated[int, msgspec.Meta(ge=1, le=1_000_000)] = 1
    leads: Annotated[int, msgspec.Meta(ge=1, le=100_000)] = 1
    per_body: Annotated[int, msgspec.Meta(ge=1, le=1000)] = 1
    lanes: Annotated[int, msgspec.Meta(ge=1, le=64)] = 4
    """Bodies on their way at once."""
    per_second: Annotated[float, msgspec.Meta(gt=0)] | None = None
    """Messages a second; None sends as fast as they are taken."""
    text: str = "Message {n} of {lead}"
    first_phone: str = "+34600500000"


class AnyWebhook(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A change of any field, with its whole `value`."""

    field: str
    value: dict[str, Any]


TemplateStatus = Literal["APPROVED", "PAUSED", "DISABLED", "REJECTED", "PENDING"]


def control_routes(simulator: Simulator) -> Sequence[BaseRoute]:
    """Return the routes for tests and benchmarks."""
    world = simulator.world

    async def show_control(_: Request) -> Any:
        return msgspec.to_builtins(simulator.behaviour)

    async def change_control(request: Request) -> Any:
        return msgspec.to_builtins(simulator.behave(await body_of(request)))

    async def sent(request: Request) -> Json:
        query = request.query_params
        found = [
            message
            for message in world.messages.values()
            if message.request is not None
            and query.get("lead_id", message.lead_id) == message.lead_id
            and float(query.get("since", "0")) <= message.at
        ]
        limit = int(query.get("limit", "100000"))
        return {
            "count": len(found),
            "messages": [sent_view(message) for message in found[:limit]],
            "lost": simulator.lost_to[:limit],
        }

    async def counts(_: Request) -> Json:
        return {
            "leads": len(world.leads),
            "messages": len(world.messages),
            "sends": dict(simulator.counts),
            "webhooks": asdict(simulator.webhooks.counts)
            | {"pending": simulator.webhooks.pending + simulator.statuses.pending},
        }

    async def inject(request: Request) -> Json:
        return await _inject(simulator, msgspec.convert(await body_of(request), Injection))

    async def verify(_: Request) -> Json:
        status, passed = await simulator.webhooks.verify()
        return {"status": status, "passed": passed}

    async def template_status(request: Request) -> Json:
        template = world.templates[(request.path_params["name"], request.path_params["language"])]
        template.status = msgspec.convert((await body_of(request)).get("status"), TemplateStatus)
        simulator.tell_template(template)
        return template_view(template)

    async def webhook(request: Request) -> Json:
        wanted = msgspec.convert(await body_of(request), AnyWebhook)
        simulator.webhooks.put(Update(person="account", field=wanted.field, item=wanted.value))
        return {"queued": True}

    async def reset(_: Request) -> Json:
        simulator.reset()
        return {"reset": True}

    return [
        Route("/simulator/control", plain_call(show_control), methods=["GET"]),
        Route("/simulator/control", plain_call(change_control), methods=["PATCH", "POST"]),
        Route("/simulator/sent", plain_call(sent), methods=["GET"]),
        Route("/simulator/counts", plain_call(counts), methods=["GET"]),
        Route("/simulator/inject", plain_call(inject), methods=["POST"]),
        Route("/simulator/verify-webhook", plain_call(verify), methods=["POST"]),
        Route("/simulator/templates/{name}/{language}", plain_call(template_status), methods=["POST"]),
        Route("/simulator/webhook", plain_call(webhook), methods=["POST"]),
        Route("/simulator/reset", plain_call(reset), methods=["POST"]),
    ]


async def _inject(simulator: Simulator, wanted: Injection) -> Json:
    """Write the messages, then post them in bodies of `per_body`; each lead belongs to one lane, so order is kept."""
    first = int((normal_phone(wanted.first_phone) or "+34600500000")[1:])
    leads = []
    for number in range(wanted.leads):
        phone = f"+{first + number}"
        leads.append(simulator.world.by_phone(phone) or simulator.world.make_lead(phone, name=f"Lead {number}"))
    lanes: list[list[int]] = [[] for _ in range(wanted.lanes)]
    for number in range(wanted.messages):
        lanes[number % wanted.leads % wanted.lanes].append(number)
    started = asyncio.get_running_loop().time()
    wamids: list[str] = []

    async def run(numbers: list[int]) -> None:
        for start in range(0, len(numbers), wanted.per_body):
            body = numbers[start : start + wanted.per_body]
            if wanted.per_second is not None:
                due = started + body[0] / wanted.per_second
                await asyncio.sleep(max(0.0, due - asyncio.get_running_loop().time()))
            updates = []
            for number in body:
                lead = leads[number % wanted.leads]
                text = wanted.text.replace("{n}", str(number)).replace("{lead}", lead.name)
                message, update = inbound.write(simulator, lead, "text", {"text": {"body": text}})
                updates.append(update)
                wamids.append(message.wamid)
            await simulator.webhooks.send_body(updates)

    await asyncio.gather(*(run(numbers) for numbers in lanes if numbers))
    return {"messages": len(wamids), "seconds": asyncio.get_running_loop().time() - started, "wamids": wamids}
