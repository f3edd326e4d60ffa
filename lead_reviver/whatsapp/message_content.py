"""What a person would read in a message, and what was tapped or attached. Shapes: section 2.1 of the WhatsApp facts."""

from __future__ import annotations

from typing import Any

from lead_reviver.whatsapp.identity import usable_id
from lead_reviver.whatsapp.json_text import NotJson, clean, read

Json = dict[str, Any]

MEDIA_KINDS = frozenset({"image", "video", "audio", "document", "sticker"})
KNOWN_KINDS = MEDIA_KINDS | {"text", "location", "contacts", "interactive", "button", "order"}
"""The kinds whose content we know how to read."""
ANSWERABLE_KINDS = KNOWN_KINDS - {"sticker"}
"""The kinds that deserve an answer when a lead sends them to us alone."""


def content_of(message: Json, kind: str) -> Json | None:
    """Return the part of a message that belongs to its kind; None when it is missing or of the wrong form.

    Contacts are a list at Meta; here they stand under the key "contacts".
    """
    part = message.get(kind)
    if kind == "contacts":
        return {"contacts": part} if isinstance(part, list) else None
    return part if isinstance(part, dict) else None


def text_of(kind: str, content: Json) -> str | None:
    """Return what a person would read; None when there is nothing to read."""
    match kind:
        case "text":
            return _words(content.get("body"))
        case "image" | "video" | "system":
            return _words(content.get("caption")) or _words(content.get("body"))
        case "document":
            return _words(content.get("caption")) or _words(content.get("filename"))
        case "location":
            return _joined(_words(content.get("name")), _words(content.get("address")))
        case "contacts":
            return _contact_names(content)
        case "interactive":
            return _interactive_text(content)
        case "button":
            return _words(content.get("text")) or _words(content.get("payload"))
        case "order":
            return _words(content.get("text")) or _order_lines(content)
    return None


def reply_id_of(kind: str, content: Json) -> str | None:
    """Return the id of the tapped button or list row, or the payload of a template's quick reply."""
    if kind == "button":
        return _words(content.get("payload"))
    if kind == "interactive":
        for name in ("button_reply", "list_reply"):
            reply = content.get(name)
            if isinstance(reply, dict):
                return _words(reply.get("id"))
    return None


def media_id_of(kind: str, content: Json) -> str | None:
    """Return the id under which the file can be fetched for 7 days."""
    return usable_id(content.get("id")) if kind in MEDIA_KINDS else None


def _words(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


def _joined(*parts: str | None) -> str | None:
    return ", ".join(part for part in parts if part) or None


def _contact_names(content: Json) -> str | None:
    names = []
    for contact in content["contacts"]:
        if not isinstance(contact, dict):
            continue
        name, phones = contact.get("name"), contact.get("phones")
        shown = _words(name.get("formatted_name")) if isinstance(name, dict) else None
        numbers = (
            [_words(each.get("phone")) for each in phones if isinstance(each, dict)] if isinstance(phones, list) else []
        )
        names.append(" ".join(part for part in (shown, *numbers) if part))
    return _joined(*names)


def _interactive_text(content: Json) -> str | None:
    for name in ("button_reply", "list_reply"):
        reply = content.get(name)
        if isinstance(reply, dict):
            return _words(reply.get("title")) or _words(reply.get("id"))
    form = content.get("nfm_reply")
    if isinstance(form, dict):
        return _form_answers(form.get("response_json")) or _words(form.get("body")) or _words(form.get("name"))
    call = content.get("call_permission_reply")
    if isinstance(call, dict):
        answer = _words(call.get("response"))
        return f"Call permission: {answer}" if answer else "Call permission"
    return None


def _form_answers(response_json: Any) -> str | None:
    """Return the answers of a filled form, one a line. `response_json` is JSON in text, and not always an object."""
    if not isinstance(response_json, str):
        return None
    try:
        answers = clean(read(response_json.encode(errors="replace")))
    except (NotJson, RecursionError):
        return None
    if not isinstance(answers, dict):
        return _words(answers)
    lines = [
        f"{name}: {shown}" for name, answer in answers.items() if name != "flow_token" and (shown := _answer(answer))
    ]
    return "\n".join(lines) or None


def _answer(answer: Any) -> str | None:
    if isinstance(answer, bool):
        return "yes" if answer else "no"
    if isinstance(answer, list):
        return _joined(*(_answer(each) for each in answer if not isinstance(each, list)))
    return str(answer) if isinstance(answer, int | float) else _words(answer)


def _order_lines(content: Json) -> str | None:
    items = content.get("product_items")
    lines = []
    for item in items if isinstance(items, list) else []:
        if isinstance(item, dict) and (product := usable_id(item.get("product_retailer_id"))):
            lines.append(f"{item.get('quantity') if type(item.get('quantity')) is int else 1} × {product}")
    return _joined(*lines)
