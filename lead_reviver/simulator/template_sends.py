"""Fit a template to the parameters of a send: check them, and render what the lead will see.

Codes (facts 4.5, 5.7): 132000 wrong number of parameters, 132001 no such approved template, 132012 wrong kind of
parameter, 132018 a value or a parameter that is not acceptable, 131008 a button without its value, 132005 too long.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from lead_reviver.simulator.graph_errors import GraphError
from lead_reviver.simulator.shapes import block, check_media, missing
from lead_reviver.simulator.templates import VARIABLE, part, variables
from lead_reviver.simulator.world import Json, Template, World

UNFIT_VALUE = re.compile(r"[\n\t]| {5,}")
BODY_MAX = 1024
BUTTONS_BY_SUBTYPE = {
    "quick_reply": "QUICK_REPLY",
    "url": "URL",
    "copy_code": "COPY_CODE",
    "flow": "FLOW",
    "catalog": "CATALOG",
    "mpm": "MPM",
}


@dataclass(frozen=True, slots=True)
class Fitted:
    """A template with its parameters filled in."""

    category: str
    """Lower case, as `pricing.category` writes it."""
    needs_phone: bool
    """One-tap, zero-tap and copy-code buttons work only with a number (131062)."""
    rendered: Json


def fit_template(world: World, wanted: Json) -> Fitted:
    """Return the template filled in; raises `GraphError`."""
    name, language = wanted["name"], wanted["language"]["code"]
    template = world.templates.get((name, language))
    if template is None or template.status in ("PENDING", "REJECTED", "DELETED"):
        raise GraphError(132001, f"template name ({name[:80]}) does not exist in {language}")
    if template.status == "PAUSED":
        raise GraphError(132015)
    if template.status == "DISABLED":
        raise GraphError(132016)
    given: dict[str, Json] = {}
    buttons: list[Json] = []
    for component in wanted.get("components", []):
        kind = str(component.get("type", "")).lower()
        if kind == "button":
            buttons.append(component)
        elif kind in ("header", "body") and kind not in given:
            given[kind] = component
        elif kind != "footer":
            raise GraphError(132012, f"The component {kind[:30]!r} is not one of header, body and button.")
    rendered: Json = {
        "header": _header(template, given.get("header")),
        "body": _body(template, given.get("body")),
        "footer": (part(template, "FOOTER") or {}).get("text"),
        "buttons": _buttons(template, buttons),
    }
    needs_phone = any(button["type"] == "OTP" for button in rendered["buttons"])
    return Fitted(template.category.lower(), needs_phone, rendered)


def _parameters(component: Json | None) -> list[Json]:
    parameters = (component or {}).get("parameters", [])
    if not isinstance(parameters, list) or not all(isinstance(each, dict) for each in parameters):
        raise GraphError(100, message="(#100) Param components['parameters'] must be an array of JSON objects.")
    return parameters


def _value(parameter: Json) -> str:
    """Return what a text-like parameter puts into the text."""
    kind = str(parameter.get("type", "text")).lower()
    if kind == "text":
        value = parameter.get("text")
    elif kind in ("currency", "date_time"):
        value = block(parameter, kind, "parameter").get("fallback_value")
    else:
        raise GraphError(132012, f"Format mismatch, expected TEXT, received {kind.upper()[:20]}")
    if value is None or value == "":
        raise missing("text value of a template parameter")
    if not isinstance(value, str):
        raise GraphError(132012, "A template parameter's text must be a string.")
    if UNFIT_VALUE.search(value):
        raise GraphError(132018, "Param text cannot have new-line/tab characters or more than 4 consecutive spaces")
    return value


def _fill(text: str, template: Template, component: Json | None, where: str) -> str:
    """Put the parameters into a text with variables, by position or by name."""
    names, parameters = variables(text), _parameters(component)
    if len(names) != len(parameters):
        raise GraphError(
            132000,
            f"{where}: number of localizable_params ({len(parameters)}) does not match the expected number of params "
            f"({len(names)})",
        )
    if template.parameter_format == "NAMED":
        values = {str(each.get("parameter_name")): _value(each) for each in parameters}
        if set(values) != set(names):
            raise GraphError(132018, f"{where}: every parameter needs the parameter_name of one variable.")
    else:
        values = dict(zip(names, map(_value, parameters), strict=True))
    return VARIABLE.sub(lambda found: values[found[1]], text)


def _header(template: Template, component: Json | None) -> Json | None:
    header = part(template, "HEADER")
    if header is None:
        if _parameters(component):
            raise GraphError(132000, "header: the template has no header.")
        return None
    form = header["format"]
    if form == "TEXT":
        if variables(header["text"]) and not _parameters(component):
            raise GraphError(132018, "header: a parameter is missing.")
        return {"type": "text", "text": _fill(header["text"], template, component, "header")}
    kind = form.lower()
    parameters = _parameters(component)
    if not parameters:
        raise GraphError(132018, f"header: a parameter of type {form} is missing.")
    if len(parameters) > 1 or str(parameters[0].get("type")).lower() != kind:
        received = str(parameters[0].get("type")).upper()[:20]
        raise GraphError(132012, f"header: Format mismatch, expected {form}, received {received}")
    content = parameters[0].get(kind)
    if not isinstance(content, dict):
        raise missing(f"header['{kind}']")
    if kind != "location":
        check_media(content, kind, f"header['{kind}']")
    return {"type": kind, kind: content}


def _body(template: Template, component: Json | None) -> str:
    body = part(template, "BODY") or {}
    if template.category == "AUTHENTICATION" and "text" not in body:
        text = "{{1}} is your verification code."
        if body.get("add_security_recommendation"):
            text += " For your security, do not share this code."
    else:
        text = body["text"]
    filled = _fill(text, template, component, "body")
    if len(filled) > BODY_MAX:
        raise GraphError(132005, "Translated text too long")
    return filled


def _buttons(template: Template, given: list[Json]) -> list[Json]:
    buttons = (part(template, "BUTTONS") or {}).get("buttons", [])
    values: dict[int, Any] = {}
    for component in given:
        index, subtype = str(component.get("index")), str(component.get("sub_type", "")).lower()
        if not index.isdigit() or int(index) >= len(buttons):
            raise GraphError(132018, "The template has no button at that index.")
        kind = str(buttons[int(index)]["type"]).upper()
        if BUTTONS_BY_SUBTYPE.get(subtype) != kind and not (kind == "OTP" and subtype in ("url", "copy_code")):
            raise GraphError(132018, f"The button at index {index} is not of sub_type {subtype[:20]!r}.")
        values[int(index)] = _button_value(_parameters(component))
    return [_button(button, index, values.get(index)) for index, button in enumerate(buttons)]


def _button_value(parameters: list[Json]) -> Any:
    for parameter in parameters:
        kind = str(parameter.get("type"))
        if kind == "text":
            return _value(parameter)
        if kind in ("payload", "coupon_code", "action"):
            return parameter.get(kind)
    return None


def _button(button: Json, index: int, value: Any) -> Json:
    kind = str(button["type"]).upper()
    shown: Json = {"type": kind, "text": button.get("text") or kind.replace("_", " ").capitalize()}
    if kind == "QUICK_REPLY":
        shown["payload"] = value if isinstance(value, str) and value else button["text"]
    elif kind == "URL":
        url = str(button.get("url", ""))
        if VARIABLE.search(url) and not value:
            raise GraphError(131008, f"buttons: Button at index {index} of type Url requires a parameter")
        shown["url"] = VARIABLE.sub(lambda _: str(value), url)
    elif kind == "PHONE_NUMBER":
        shown["phone_number"] = button.get("phone_number")
    elif kind in ("COPY_CODE", "OTP"):
        if not value:
            raise GraphError(131008, f"buttons: Button at index {index} requires a parameter")
        shown["code"] = value
    return shown
