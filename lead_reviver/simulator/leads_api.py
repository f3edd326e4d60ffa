"""The phone's side: leads and what they do, under `/simulator/leads`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Annotated, Any, Literal

import msgspec
import orjson
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from lead_reviver.errors import BadInput
from lead_reviver.simulator import inbound
from lead_reviver.simulator.simulator import Simulator
from lead_reviver.simulator.views import lead_view, message_view
from lead_reviver.simulator.world import Json, Lead, Message, new_wamid, normal_phone

Handler = Callable[[Request], Awaitable[Response]]
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=80)]


class HistoryItem(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A message from before: shown on the phone, no webhook."""

    direction: Literal["in", "out"]
    text: str
    at: float
    wamid: str | None = None
    status: str = "read"


class NewLead(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A person to make. Without a phone number one is invented."""

    name: Name | None = None
    phone: str | None = None
    wa_id: str | None = None
    bsuid: str | None = None
    username: str | None = None
    language: str = "en"
    hides_phone: bool = False
    last_wrote_at: float | None = None
    history: list[HistoryItem] = []


class LeadChange(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """What can be changed about a lead later; fields left out stay."""

    name: Name | msgspec.UnsetType = msgspec.UNSET
    username: str | msgspec.UnsetType | None = msgspec.UNSET
    language: str | msgspec.UnsetType = msgspec.UNSET
    hides_phone: bool | msgspec.UnsetType = msgspec.UNSET
    on_whatsapp: bool | msgspec.UnsetType = msgspec.UNSET
    online: bool | msgspec.UnsetType = msgspec.UNSET
    read_receipts: bool | msgspec.UnsetType = msgspec.UNSET
    blocked: bool | msgspec.UnsetType = msgspec.UNSET
    last_wrote_at: float | msgspec.UnsetType | None = msgspec.UNSET
    phone_seen_at: float | msgspec.UnsetType | None = msgspec.UNSET


def answer(value: Any, status: int = 200) -> Response:
    """Answer with JSON."""
    return Response(orjson.dumps(value), status, media_type="application/json")


def plain_call(call: Callable[[Request], Awaitable[Any]], status: int = 200) -> Handler:
    """Wrap a call: what cannot be done or read is 422 with the reason, what is not there 404."""

    async def handler(request: Request) -> Response:
        try:
            value = await call(request)
        except KeyError:
            return answer({"title": "There is no such thing here."}, 404)
        except (BadInput, ValueError) as error:
            return answer({"title": str(error)}, 422)
        return value if isinstance(value, Response) else answer(value, status)

    return handler


async def body_of(request: Request) -> Json:
    """Read a JSON object; raises `BadInput`."""
    value = orjson.loads(await request.body() or b"{}")
    if not isinstance(value, dict):
        raise BadInput("Send a JSON object.")
    return value


def make_lead(simulator: Simulator, wanted: NewLead) -> tuple[Lead, bool]:
    """Make the lead, or find the one who has the number; returns whether it is new."""
    world = simulator.world
    phone = normal_phone(wanted.phone) if wanted.phone else simulator.free_phone()
    if phone is None:
        raise BadInput("That is no phone number; write it with its country code, such as +34 611 222 333.")
    lead = world.by_phone(phone)
    new = lead is None
    if lead is None:
        details = {
            "username": wanted.username,
            "language": wanted.language,
            "hides_phone": wanted.hides_phone,
            "bsuid": wanted.bsuid,
            "last_wrote_at": wanted.last_wrote_at,
        }
        if wanted.name:
            details["name"] = wanted.name
        if wanted.wa_id:
            details["wa_id"] = wanted.wa_id
        lead = world.make_lead(phone, **details)
    elif wanted.name:
        lead.name = wanted.name
    for item in wanted.history:
        _remember(simulator, lead, item)
    simulator.lead_changed(lead)
    return lead, new


def _remember(simulator: Simulator, lead: Lead, item: HistoryItem) -> None:
    if item.wamid in simulator.world.messages:
        return
    message = Message(
        wamid=item.wamid or new_wamid(),
        lead_id=lead.id,
        direction=item.direction,
        type="text",
        content={"body": item.text},
        at=item.at,
        status=item.status,
        priced=True,
    )
    simulator.world.add_message(message)
    simulator.message_changed(message)
    if item.direction == "in":
        lead.last_wrote_at = max(item.at, lead.last_wrote_at or 0)


def leads_routes(simulator: Simulator) -> Sequence[BaseRoute]:
    """Return the routes under `/simulator/leads` and the live events."""
    world = simulator.world

    def lead_of(request: Request) -> Lead:
        return world.leads[request.path_params["lead_id"]]

    async def list_leads(_: Request) -> Json:
        now = simulator.now()
        newest_first = sorted(world.leads.values(), key=_last_moment(simulator), reverse=True)
        return {"leads": [lead_view(world, lead, now) for lead in newest_first[:500]], "count": len(world.leads)}

    async def new_lead(request: Request) -> Response:
        lead, new = make_lead(simulator, msgspec.convert(await body_of(request), NewLead))
        return answer(lead_view(world, lead, simulator.now()), 201 if new else 200)

    async def show_lead(request: Request) -> Json:
        return lead_view(world, lead_of(request), simulator.now())

    async def change_lead(request: Request) -> Json:
        lead = lead_of(request)
        change = msgspec.to_builtins(msgspec.convert(await body_of(request), LeadChange))
        for name, value in change.items():
            setattr(lead, name, value)
        if change.get("online") or change.get("blocked") is False:
            simulator.statuses.resume(lead)
        simulator.lead_changed(lead)
        return lead_view(world, lead, simulator.now())

    async def show_thread(request: Request) -> Json:
        lead = lead_of(request)
        limit = min(int(request.query_params.get("limit", "500")), 5000)
        return {"messages": [message_view(world.messages[wamid]) for wamid in lead.thread[-limit:]]}

    async def act(request: Request) -> Json:
        return inbound.act(simulator, lead_of(request), await body_of(request))

    async def read(request: Request) -> Json:
        lead = lead_of(request)
        simulator.statuses.read_up_to_now(lead)
        simulator.lead_changed(lead)
        return {"unread": lead.unread}

    async def business(_: Request) -> Json:
        return {
            "name": simulator.settings.verified_name,
            "phone": f"+{simulator.settings.display_phone_number}",
            "phone_number_id": simulator.settings.phone_number_id,
        }

    async def played(request: Request) -> Json:
        message = world.messages[request.path_params["wamid"]]
        simulator.statuses.played(message)
        return {"status": message.status}

    async def events(_: Request) -> Response:
        return StreamingResponse(
            simulator.events.watch(), media_type="text/event-stream", headers={"Cache-Control": "no-store"}
        )

    one = "/simulator/leads/{lead_id}"
    return [
        Route("/simulator/leads", plain_call(list_leads), methods=["GET"]),
        Route("/simulator/leads", plain_call(new_lead), methods=["POST"]),
        Route(one, plain_call(show_lead), methods=["GET"]),
        Route(one, plain_call(change_lead), methods=["PATCH"]),
        Route(one + "/messages", plain_call(show_thread), methods=["GET"]),
        Route(one + "/messages", plain_call(act, 201), methods=["POST"]),
        Route(one + "/read", plain_call(read), methods=["POST"]),
        Route(one + "/messages/{wamid:path}/played", plain_call(played), methods=["POST"]),
        Route("/simulator/business", plain_call(business), methods=["GET"]),
        Route("/simulator/events", events, methods=["GET"]),
    ]


def _last_moment(simulator: Simulator) -> Callable[[Lead], float]:
    def moment(lead: Lead) -> float:
        return simulator.world.messages[lead.thread[-1]].at if lead.thread else lead.created_at

    return moment
