"""What an interactive message must look like: buttons, lists, and what else a bubble can ask for (facts 4.2)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lead_reviver.simulator.graph_errors import GraphError
from lead_reviver.simulator.shapes import block, check_media, missing, web_address, words, wrong
from lead_reviver.simulator.world import Json

BODY_MAX = 1024
LIST_BODY_MAX = 4096
FOOTER_MAX = 60
HEADER_MAX = 60
BUTTONS_MAX = 3
BUTTON_TITLE_MAX = 20
BUTTON_ID_MAX = 256
SECTIONS_MAX = 10
SECTION_TITLE_MAX = 24
ROWS_MAX = 10
ROW_ID_MAX = 200
ROW_TITLE_MAX = 24
ROW_DESCRIPTION_MAX = 72
FLOW_CTA_MAX = 30


def check_interactive(content: Json) -> None:
    """Check a message of type `interactive`; raises `GraphError`."""
    kind = content.get("type")
    if kind is None:
        raise missing("interactive['type']")
    check = ACTIONS.get(str(kind))
    if check is None:
        listed = ", ".join(sorted(ACTIONS))
        raise GraphError(100, message=f"(#100) Param interactive['type'] must be one of {{{listed}}}.")
    _header(content, kind)
    if kind not in ("product", "call_permission_request"):
        most = LIST_BODY_MAX if kind == "list" else BODY_MAX
        words(block(content, "body", "interactive"), "text", most, "body")
    if content.get("footer") is not None:
        words(block(content, "footer", "interactive"), "text", FOOTER_MAX, "footer")
    check(block(content, "action", "interactive"))


def _header(content: Json, kind: str) -> None:
    if content.get("header") is None:
        if kind == "product_list":
            raise missing("interactive['header']")
        return
    header = block(content, "header", "interactive")
    form = header.get("type")
    if form == "text":
        words(header, "text", HEADER_MAX, "header")
    elif form in ("image", "video", "document") and kind not in ("list", "product_list"):
        check_media(block(header, form, "header"), form, f"header['{form}']")
    else:
        raise wrong(f"A header of type {str(form)[:20]!r} is not allowed here.")


def _items(holder: Json, key: str, most: int, where: str) -> list[Json]:
    value: Any = holder.get(key)
    if not value:
        raise missing(f"{where}['{key}']")
    if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
        raise GraphError(100, message=f"(#100) Param {where}['{key}'] must be an array of JSON objects.")
    if len(value) > most:
        raise wrong(f"{where}['{key}'] allows at most {most} elements.")
    return value


def _all_different(values: list[str], what: str) -> None:
    if len(set(values)) < len(values):
        raise wrong(f"Each {what} must be unique.")


def _buttons(action: Json) -> None:
    replies = []
    for button in _items(action, "buttons", BUTTONS_MAX, "action"):
        if button.get("type") != "reply":
            raise wrong("A button must be of type reply.")
        replies.append(block(button, "reply", "button"))
    _all_different([words(reply, "id", BUTTON_ID_MAX, "reply") for reply in replies], "button id")
    _all_different([words(reply, "title", BUTTON_TITLE_MAX, "reply") for reply in replies], "button title")


def _list(action: Json) -> None:
    words(action, "button", BUTTON_TITLE_MAX, "action")
    sections = _items(action, "sections", SECTIONS_MAX, "action")
    ids: list[str] = []
    for section in sections:
        if len(sections) > 1 or section.get("title"):
            words(section, "title", SECTION_TITLE_MAX, "section")
        for row in _items(section, "rows", ROWS_MAX, "section"):
            ids.append(words(row, "id", ROW_ID_MAX, "row"))
            words(row, "title", ROW_TITLE_MAX, "row")
            if row.get("description"):
                words(row, "description", ROW_DESCRIPTION_MAX, "row")
    if len(ids) > ROWS_MAX:
        raise wrong(f"Total row count exceeds the maximum of {ROWS_MAX}.")
    _all_different(ids, "row id")


def _named(name: str, check: Callable[[Json], None] | None = None) -> Callable[[Json], None]:
    def check_action(action: Json) -> None:
        if action.get("name") != name:
            raise wrong(f"action['name'] must be {name}.")
        if check is not None:
            check(block(action, "parameters", "action"))

    return check_action


def _cta_url(parameters: Json) -> None:
    words(parameters, "display_text", BUTTON_TITLE_MAX, "parameters")
    web_address(parameters, "url", "parameters")


def _flow(parameters: Json) -> None:
    words(parameters, "flow_message_version", 8, "parameters")
    if not parameters.get("flow_id") and not parameters.get("flow_name"):
        raise missing("parameters['flow_id'] or parameters['flow_name']")
    words(parameters, "flow_cta", FLOW_CTA_MAX, "parameters")


def _product(action: Json) -> None:
    words(action, "catalog_id", 200, "action")
    words(action, "product_retailer_id", 200, "action")


def _product_list(action: Json) -> None:
    words(action, "catalog_id", 200, "action")
    for section in _items(action, "sections", SECTIONS_MAX, "action"):
        _items(section, "product_items", 30, "section")


def _order(parameters: Json) -> None:
    words(parameters, "reference_id", 60, "parameters")
    block(parameters, "order", "parameters")


ACTIONS: dict[str, Callable[[Json], None]] = {
    "button": _buttons,
    "list": _list,
    "cta_url": _named("cta_url", _cta_url),
    "location_request_message": _named("send_location"),
    "contact_request": _named("request_contact_info"),
    "call_permission_request": _named("call_permission_request"),
    "flow": _named("flow", _flow),
    "catalog_message": _named("catalog_message"),
    "product": _product,
    "product_list": _product_list,
    "order_details": _named("review_and_pay", _order),
    "order_status": _named("review_order", _order),
}
