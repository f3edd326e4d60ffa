"""Message templates: what may be made of them, review, and the ones that are there from the start.

Rules: section 4.5 of the WhatsApp facts. Errors of creation have code 100 and Meta's number in `error_subcode`.
"""

from __future__ import annotations

import itertools
import re
from typing import Any

from lead_reviver.simulator.graph_errors import GraphError
from lead_reviver.simulator.world import Json, Template, World

NAME = re.compile(r"^[a-z0-9_]{1,512}$")
LANGUAGE = re.compile(r"^[a-z]{2,3}(_[A-Z]{2})?$")
VARIABLE = re.compile(r"\{\{\s*(\w+)\s*\}\}")
CATEGORIES = ("MARKETING", "UTILITY", "AUTHENTICATION")
HEADER_FORMATS = ("TEXT", "IMAGE", "VIDEO", "DOCUMENT", "LOCATION")
BUTTON_KINDS = (
    "QUICK_REPLY",
    "URL",
    "PHONE_NUMBER",
    "COPY_CODE",
    "OTP",
    "FLOW",
    "CATALOG",
    "MPM",
    "REQUEST_CONTACT_INFO",
)
WORDS_PER_VARIABLE = 3
_ids = itertools.count(55_000_000_000_001)


def variables(text: str) -> list[str]:
    """Return the variables of a text, each once, in order."""
    return list(dict.fromkeys(VARIABLE.findall(text)))


def part(template: Template, kind: str) -> Json | None:
    """Return a component of the template by its type."""
    return next((each for each in template.components if str(each.get("type")).upper() == kind), None)


def make_template(world: World, wanted: Any) -> Template:
    """Make a template that waits for review; raises `GraphError` when it breaks a rule."""
    if not isinstance(wanted, dict):
        raise GraphError(100, message="(#100) The request body must be a JSON object.")
    name, language = wanted.get("name"), wanted.get("language")
    if not isinstance(name, str) or not NAME.match(name):
        raise refused(2388024, "The name may hold lower-case letters, digits and underscores, at most 512.")
    if not isinstance(language, str) or not LANGUAGE.match(language):
        raise refused(2388024, "The language must be a code such as en or es_ES.")
    if (name, language) in world.templates:
        raise refused(2388024, "There is already content in this language for this template.")
    template = Template(
        id=str(next(_ids)),
        name=name,
        language=language,
        category=_category(wanted),
        components=_components(wanted),
        parameter_format=str(wanted.get("parameter_format", "POSITIONAL")).upper(),
        status="PENDING",
    )
    check_components(template)
    world.templates[(name, language)] = template
    return template


def edit_template(template: Template, wanted: Any) -> None:
    """Replace the components or the category; goes back to review."""
    if not isinstance(wanted, dict):
        raise GraphError(100, message="(#100) The request body must be a JSON object.")
    edited = Template(
        id=template.id,
        name=template.name,
        language=template.language,
        category=_category(wanted) if "category" in wanted else template.category,
        components=_components(wanted) if "components" in wanted else template.components,
        parameter_format=template.parameter_format,
    )
    check_components(edited)
    template.category, template.components, template.status = edited.category, edited.components, "PENDING"


def refused(subcode: int, why: str) -> GraphError:
    """Build the error of a template that breaks a rule."""
    return GraphError(100, why, message="Invalid parameter", subcode=subcode)


def _category(wanted: Json) -> str:
    category = str(wanted.get("category", "")).upper()
    if category not in CATEGORIES:
        raise GraphError(100, message=f"(#100) Param category must be one of {{{', '.join(CATEGORIES)}}}.")
    return category


def _components(wanted: Json) -> list[Json]:
    components = wanted.get("components")
    if not isinstance(components, list) or not components or not all(isinstance(each, dict) for each in components):
        raise GraphError(100, message="(#100) The parameter components is required.")
    return components


def check_components(template: Template) -> None:
    """Check header, body, footer and buttons; raises `GraphError`."""
    kinds = [str(each.get("type")).upper() for each in template.components]
    if "BODY" not in kinds or len(set(kinds)) < len(kinds):
        raise refused(2388043, "A template has exactly one body, and at most one of each other component.")
    for component, kind in zip(template.components, kinds, strict=True):
        if kind == "HEADER":
            _header(component)
        elif kind == "BODY" and template.category != "AUTHENTICATION":
            _body(template, component)
        elif kind == "FOOTER" and template.category != "AUTHENTICATION":
            _text(component, 60, 2388073, "footer")
            if variables(component["text"]):
                raise refused(2388073, "A footer has no variables.")
        elif kind == "BUTTONS":
            _buttons(component)


def _text(component: Json, most: int, subcode: int, what: str) -> str:
    text = component.get("text")
    if not isinstance(text, str) or not text.strip():
        raise refused(subcode, f"The {what} needs a text.")
    if len(text) > most:
        raise refused(2388040, f"The {what} is longer than {most} characters.")
    return text


def _header(component: Json) -> None:
    if component.get("format") not in HEADER_FORMATS:
        raise refused(2388047, f"The header's format must be one of {', '.join(HEADER_FORMATS)}.")
    if component["format"] == "TEXT":
        names = variables(_text(component, 60, 2388047, "header"))
        if len(names) > 1:
            raise refused(2388047, "A header has at most one variable.")
        if names and not (component.get("example") or {}):
            raise refused(2388047, "The header's variable needs an example.")


def _body(template: Template, component: Json) -> None:
    text = _text(component, 1024, 2388072, "body").strip()
    names = variables(text)
    if not names:
        return
    if text.startswith("{{") or text.endswith("}}"):
        raise refused(2388299, "Variables cannot be at the start or end of the body.")
    if re.search(r"\}\}\s*\{\{", text):
        raise refused(2388299, "Two variables cannot stand side by side.")
    if len(VARIABLE.sub(" ", text).split()) < WORDS_PER_VARIABLE * len(names) - 1:
        raise refused(2388293, "There are too many variables for the length of the body.")
    named = template.parameter_format == "NAMED"
    if not named and names != [str(number) for number in range(1, len(names) + 1)]:
        raise refused(2388072, "Positional variables count from {{1}} without a gap.")
    if named and any(name.isdigit() or name != name.lower() for name in names):
        raise refused(2388072, "Named variables are lower-case words.")
    if not set(names) <= _with_example(component, named=named):
        raise refused(2388072, "Every variable of the body needs an example.")


def _with_example(component: Json, *, named: bool) -> set[str]:
    """Return the variables that have an example."""
    example = component.get("example")
    listed = example.get("body_text_named_params" if named else "body_text") if isinstance(example, dict) else None
    if not isinstance(listed, list) or not listed:
        return set()
    if named:
        return {str(each.get("param_name")) for each in listed if isinstance(each, dict)}
    first = listed[0]
    return {str(number) for number in range(1, len(first) + 1)} if isinstance(first, list) else set()


def _buttons(component: Json) -> None:
    buttons = component.get("buttons")
    if not isinstance(buttons, list) or not 1 <= len(buttons) <= 10 or not all(isinstance(b, dict) for b in buttons):
        raise refused(2388040, "A template has 1 to 10 buttons.")
    kinds = [str(each.get("type")).upper() for each in buttons]
    unknown = sorted(set(kinds) - set(BUTTON_KINDS))
    if unknown:
        raise refused(2388040, "A button has a type that does not exist.")
    for kind, most in (("URL", 2), ("PHONE_NUMBER", 1), ("COPY_CODE", 1)):
        if kinds.count(kind) > most:
            raise refused(2388040, f"There are more than {most} buttons of type {kind}.")
    for button, kind in zip(buttons, kinds, strict=True):
        if kind not in ("COPY_CODE", "OTP", "REQUEST_CONTACT_INFO"):
            _text(button, 25, 2388040, "button")
        if kind == "URL" and VARIABLE.search(str(button.get("url", "")).rstrip()):
            if not str(button["url"]).rstrip().endswith("}}"):
                raise refused(2388040, "The variable of a URL stands at its end.")
            if not button.get("example"):
                raise refused(2388040, "The variable of a URL needs an example.")


def template_view(template: Template) -> Json:
    """Show a template as the Graph API lists it."""
    return {
        "name": template.name,
        "parameter_format": template.parameter_format,
        "components": template.components,
        "language": template.language,
        "status": template.status,
        "category": template.category,
        "quality_score": {"score": "UNKNOWN"},
        "rejected_reason": template.rejected_reason,
        "id": template.id,
    }
