"""What a message must look like, kind by kind. Limits: section 4.2 of the WhatsApp facts.

Each function raises `GraphError` and returns nothing.
"""

from __future__ import annotations

from typing import Any

from lead_reviver.simulator.graph_errors import GraphError
from lead_reviver.simulator.interactive_checks import check_interactive
from lead_reviver.simulator.shapes import block, check_media, missing, words, wrong
from lead_reviver.simulator.world import Json

TEXT_MAX = 4096
CALLBACK_DATA_MAX = 512
CONTACTS_MAX = 257
MEDIA_KINDS = ("image", "video", "audio", "document", "sticker")
KINDS = ("text", "template", "interactive", "location", "contacts", "reaction", *MEDIA_KINDS)


def check_message(request: Json) -> None:
    """Check everything that can be checked without knowing the recipient."""
    kind = request.get("type", "text")
    if kind not in KINDS:
        listed = ", ".join(sorted(each.upper() for each in KINDS))
        raise GraphError(100, message=f"(#100) Param type must be one of {{{listed}}} - got {str(kind)[:40]!r}.")
    if request.get("recipient_type", "individual") != "individual":
        raise GraphError(100, message="(#100) Param recipient_type must be one of {INDIVIDUAL}.")
    callback = request.get("biz_opaque_callback_data")
    if callback is not None and (not isinstance(callback, str) or len(callback) > CALLBACK_DATA_MAX):
        raise GraphError(
            100, message=f"(#100) Param biz_opaque_callback_data must be at most {CALLBACK_DATA_MAX} characters long."
        )
    if request.get("context") is not None:
        words(block(request, "context", "message"), "message_id", 512, "context")
        if kind == "reaction":
            raise wrong("A reaction cannot be a reply.")
    if kind == "contacts":
        _contacts(request.get(kind))
        return
    content = block(request, kind, "message")
    if kind in MEDIA_KINDS:
        check_media(content, kind)
    else:
        CHECKS[kind](content)


def _text(content: Json) -> None:
    words(content, "body", TEXT_MAX, "text", code=100)
    if not isinstance(content.get("preview_url", False), bool):
        raise GraphError(100, message="(#100) Param text['preview_url'] must be a boolean.")


def _location(content: Json) -> None:
    for name, most in (("latitude", 90), ("longitude", 180)):
        value = content.get(name)
        if value is None:
            raise missing(f"location['{name}']")
        try:
            degrees = float(value)
        except (TypeError, ValueError):
            raise wrong(f"location['{name}'] must be a number.") from None
        if not -most <= degrees <= most:
            raise wrong(f"location['{name}'] must be between -{most} and {most}.")


def _contacts(content: Any) -> None:
    if not content:
        raise missing("contacts")
    if not isinstance(content, list) or len(content) > CONTACTS_MAX:
        raise GraphError(100, message=f"(#100) Param contacts must be an array of at most {CONTACTS_MAX} elements.")
    for contact in content:
        if not isinstance(contact, dict):
            raise GraphError(100, message="(#100) Param contacts must be an array of JSON objects.")
        name = block(contact, "name", "contact")
        words(name, "formatted_name", 512, "name")
        if not any(name.get(part) for part in ("first_name", "last_name", "middle_name", "suffix", "prefix")):
            raise missing("a second part of contact['name'], such as name['first_name'],")


def _reaction(content: Json) -> None:
    words(content, "message_id", 512, "reaction")
    emoji = content.get("emoji")
    if emoji is None:
        raise missing("reaction['emoji']")
    if not isinstance(emoji, str) or len(emoji) > 16 or (emoji and emoji.isascii()):
        raise wrong("reaction['emoji'] must be a single emoji, or empty to take it away.")


def _template(content: Json) -> None:
    words(content, "name", 512, "template")
    words(block(content, "language", "template"), "code", 20, "language")
    components = content.get("components", [])
    if not isinstance(components, list) or not all(isinstance(each, dict) for each in components):
        raise GraphError(100, message="(#100) Param template['components'] must be an array of JSON objects.")


CHECKS = {
    "text": _text,
    "location": _location,
    "reaction": _reaction,
    "template": _template,
    "interactive": check_interactive,
}
