"""The Graph API around messages: media, templates, the number, the account."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import FileResponse, Response

from lead_reviver.simulator.graph_errors import GraphError, unknown_object
from lead_reviver.simulator.media import MOST_BYTES
from lead_reviver.simulator.simulator import Simulator
from lead_reviver.simulator.templates import edit_template, make_template, template_view
from lead_reviver.simulator.world import Json, Template, normal_phone

ReadJson = Callable[[Request], Awaitable[Any]]
PAGE = 25
BLOCKS_MAX = 1000


class Account:
    """One handler a call; each returns Meta's JSON or raises `GraphError`."""

    def __init__(self, simulator: Simulator, read_json: ReadJson) -> None:
        self._simulator = simulator
        self._read_json = read_json
        self._subscribed = True

    async def show(self, request: Request) -> Json:
        """`GET /{id}`: the number, the account, a template or a file, by id."""
        object_id = request.path_params["object_id"]
        settings = self._simulator.settings
        if object_id == settings.phone_number_id:
            return _only_asked(self._number(), request, ("verified_name", "display_phone_number", "quality_rating"))
        if object_id == settings.business_account_id:
            return _only_asked(self._business(), request, ("name", "currency", "timezone_id"))
        template = self._template(object_id)
        if template is not None:
            return _only_asked(template_view(template), request, tuple(template_view(template)))
        file = self._simulator.media.find(object_id)
        if file is None:
            raise unknown_object(object_id)
        return {
            "messaging_product": "whatsapp",
            "url": self._simulator.media.link(file, f"{request.url.scheme}://{request.url.netloc}"),
            "mime_type": file.mime_type,
            "sha256": file.sha256,
            "file_size": str(file.size),
            "id": file.id,
        }

    async def change(self, request: Request) -> Json:
        """`POST /{id}`: edit a template, or accept settings of the number."""
        object_id = request.path_params["object_id"]
        template = self._template(object_id)
        if template is not None:
            edit_template(template, await self._read_json(request))
            self.review(template)
        elif object_id != self._simulator.settings.phone_number_id:
            raise unknown_object(object_id)
        return {"success": True}

    async def unpause(self, request: Request) -> Json:
        """`POST /{template_id}/unpause`."""
        template = self._template(request.path_params["object_id"])
        if template is None:
            raise unknown_object(request.path_params["object_id"])
        if template.status == "PAUSED":
            template.status = "APPROVED"
            self._simulator.tell_template(template)
        return {"success": True}

    async def remove(self, request: Request) -> Json:
        """`DELETE /{media_id}`."""
        media_id = request.path_params["object_id"]
        self._simulator.media.delete(media_id)
        self._simulator.memory.forget("file", media_id)
        return {"success": True}

    async def upload(self, request: Request) -> Json:
        """`POST /{phone_number_id}/media`, multipart: `messaging_product`, `file`, `type`."""
        self.check_number(request)
        async with request.form(max_part_size=MOST_BYTES) as form:
            if form.get("messaging_product") != "whatsapp":
                raise GraphError(100, message="(#100) The parameter messaging_product is required.")
            file = form.get("file")
            if not isinstance(file, UploadFile):
                raise GraphError(100, message="(#100) The parameter file is required.")
            mime_type = str(form.get("type") or file.content_type or "")
            raw = await file.read()
            kept = self._simulator.keep_file(raw, mime_type, file.filename, of_lead=False)
        return {"id": kept.id}

    async def templates(self, request: Request) -> Json:
        """`GET /{waba_id}/message_templates`, filtered and paged."""
        self.check_account(request)
        query = request.query_params
        found = [
            template
            for template in self._simulator.world.templates.values()
            if query.get("name", template.name) in template.name
            and all(
                query.get(key, value).lower() == value.lower()
                for key, value in (
                    ("language", template.language),
                    ("status", template.status),
                    ("category", template.category),
                )
            )
        ]
        limit = _whole_number(query.get("limit"), PAGE)
        start = _place(query.get("after"))
        page = [template_view(template) for template in found[start : start + limit]]
        answer: Json = {"data": page}
        if page:
            answer["paging"] = {"cursors": {"before": _cursor(start), "after": _cursor(start + len(page))}}
            if start + limit < len(found):
                answer["paging"]["next"] = str(request.url.include_query_params(after=_cursor(start + limit)))
        return answer

    async def new_template(self, request: Request) -> Json:
        """`POST /{waba_id}/message_templates`: pending, then approved by the review."""
        self.check_account(request)
        template = make_template(self._simulator.world, await self._read_json(request))
        self.review(template)
        return {"id": template.id, "status": template.status, "category": template.category}

    async def delete_template(self, request: Request) -> Json:
        """`DELETE /{waba_id}/message_templates?name=…[&hsm_id=…]`: all languages, or the one with the id."""
        self.check_account(request)
        name, template_id = request.query_params.get("name"), request.query_params.get("hsm_id")
        world = self._simulator.world
        gone = [
            key
            for key, template in world.templates.items()
            if template.name == name and template_id in (None, template.id)
        ]
        if not gone:
            raise GraphError(100, "There is no template with that name.", message="Invalid parameter", subcode=2593002)
        for key in gone:
            self._simulator.memory.forget("template", world.templates.pop(key).id)
        return {"success": True}

    async def numbers(self, request: Request) -> Json:
        """`GET /{waba_id}/phone_numbers`."""
        self.check_account(request)
        return {"data": [self._number()], "paging": {"cursors": {"before": _cursor(0), "after": _cursor(1)}}}

    async def subscriptions(self, request: Request) -> Json:
        """`GET`, `POST`, `DELETE /{waba_id}/subscribed_apps`; an override of the callback address is honoured."""
        self.check_account(request)
        app = {"id": "670843887433847", "name": "Lead-Reviver", "link": "https://www.facebook.com/games/"}
        if request.method == "GET":
            return {"data": [{"whatsapp_business_api_data": app}] if self._subscribed else []}
        self._subscribed = request.method == "POST"
        override = (await self._object(request)).get("override_callback_uri") if self._subscribed else None
        if not override:
            return {"success": True}
        self._simulator.behave({"webhook_url": override})
        return {
            "success": True,
            "data": [{"override_callback_uri": override, "whatsapp_business_api_data": app}],
        }

    async def block_users(self, request: Request) -> Json:
        """`POST`, `DELETE /{phone_number_id}/block_users`: people who wrote in the last 24 hours."""
        self.check_number(request)
        wanted = (await self._object(request)).get("block_users")
        if not isinstance(wanted, list) or not 1 <= len(wanted) <= BLOCKS_MAX or not all(map(_is_object, wanted)):
            raise GraphError(100, message="(#100) The parameter block_users is required.")
        blocking, done = request.method == "POST", []
        for each in wanted:
            given = str(each.get("user") or each.get("user_id"))
            world = self._simulator.world
            lead = world.by_bsuid(given) or world.by_phone(normal_phone(given) or "")
            if lead is None or (blocking and not lead.window_is_open(self._simulator.now())):
                raise GraphError(139100, "Some users could not be blocked: they have not written in the last 24 hours.")
            lead.blocked_by_business = blocking
            done.append({"input": given, "wa_id": lead.wa_id, "user_id": lead.bsuid})
        key = "added_users" if blocking else "removed_users"
        return {"messaging_product": "whatsapp", "block_users": {key: done}}

    async def download(self, request: Request) -> Response:
        """Return the bytes of a link that is still good; 404 otherwise. The token was checked before."""
        query = request.query_params
        media = self._simulator.media
        file = media.by_link(query.get("mid", ""), query.get("ext", ""), query.get("hash", ""))
        if file is None:
            return Response(status_code=404)
        return FileResponse(media.path(file), media_type=file.mime_type)

    def review(self, template: Template) -> None:
        """Approve the template after the review's time, and say so in a webhook."""
        self._simulator.template_changed(template)

        def approve() -> None:
            if template.status == "PENDING":
                template.status = "APPROVED"
                self._simulator.tell_template(template)

        wait = self._simulator.chance.seconds(self._simulator.behaviour.template_review_seconds)
        asyncio.get_running_loop().call_later(wait, approve)

    def check_number(self, request: Request) -> None:
        """Raise `GraphError` unless the path names our number."""
        if request.path_params["object_id"] != self._simulator.settings.phone_number_id:
            raise unknown_object(request.path_params["object_id"])

    def check_account(self, request: Request) -> None:
        """Raise `GraphError` unless the path names our account."""
        if request.path_params["object_id"] != self._simulator.settings.business_account_id:
            raise unknown_object(request.path_params["object_id"])

    async def _object(self, request: Request) -> Json:
        value = await self._read_json(request)
        if not isinstance(value, dict):
            raise GraphError(100, message="(#100) The request body must be a JSON object.")
        return value

    def _template(self, template_id: str) -> Template | None:
        return next((each for each in self._simulator.world.templates.values() if each.id == template_id), None)

    def _number(self) -> Json:
        settings = self._simulator.settings
        return {
            "id": settings.phone_number_id,
            "verified_name": settings.verified_name,
            "display_phone_number": f"+{settings.display_phone_number}",
            "quality_rating": "GREEN",
            "code_verification_status": "VERIFIED",
            "name_status": "APPROVED",
            "status": "CONNECTED",
            "platform_type": "CLOUD_API",
            "account_mode": "LIVE",
            "throughput": {"level": "STANDARD"},
            "whatsapp_business_manager_messaging_limit": "TIER_250",
            "health_status": _health("PHONE_NUMBER", settings.phone_number_id),
        }

    def _business(self) -> Json:
        settings = self._simulator.settings
        return {
            "id": settings.business_account_id,
            "name": settings.verified_name,
            "currency": "EUR",
            "timezone_id": "1",
            "account_review_status": "APPROVED",
            "marketing_messages_lite_api_status": "ONBOARDED",
            "health_status": _health("WABA", settings.business_account_id),
        }


def _health(kind: str, object_id: str) -> Json:
    entity = {"entity_type": kind, "id": object_id, "can_send_message": "AVAILABLE"}
    return {"can_send_message": "AVAILABLE", "entities": [entity]}


def _only_asked(everything: Json, request: Request, usual: tuple[str, ...]) -> Json:
    """Keep the fields asked for with `?fields=`, else the usual ones; the id is always there."""
    asked = [name.strip() for name in request.query_params.get("fields", "").split(",") if name.strip()] or usual
    unknown = [name for name in asked if name not in everything]
    if unknown:
        raise GraphError(100, message=f"(#100) Tried accessing nonexisting field ({unknown[0][:60]})")
    return {name: everything[name] for name in asked} | {"id": everything["id"]}


def _whole_number(text: str | None, otherwise: int) -> int:
    return int(text) if text is not None and text.isdigit() and 0 < int(text) <= 1000 else otherwise


def _is_object(value: Any) -> bool:
    return isinstance(value, dict)


def _cursor(place: int) -> str:
    return base64.b64encode(str(place).encode()).decode()


def _place(cursor: str | None) -> int:
    if cursor is None:
        return 0
    try:
        return max(0, int(base64.b64decode(cursor)))
    except ValueError:
        raise GraphError(100, message="(#100) Invalid cursors values.") from None
