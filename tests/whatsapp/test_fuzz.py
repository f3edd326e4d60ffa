"""Whatever comes in signed, nothing breaks and nothing valid is lost."""

import json
from typing import Any

import orjson
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lead_reviver.whatsapp.incoming import IncomingMessage
from lead_reviver.whatsapp.parse import parse
from lead_reviver.whatsapp.webhook import NotJson, WebhookEvent, split
from tests.whatsapp.payloads import NAMES, NOON, a_change, a_text, body, everything_in

fuzz = settings(max_examples=150, suppress_health_check=list(HealthCheck))

NAMES_OF_FIELDS = (
    "id type text body from timestamp messages statuses status contacts errors value field entry changes metadata "
    "user_id wa_id image reaction interactive system edit"
)
names = st.sampled_from(NAMES_OF_FIELDS.split())
words = st.sampled_from(
    ["messages", "text", "image", "system", "sent", "failed", "reaction", "edit", "wamid.1", "1795000000"]
)
scalars = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text() | words
)
trees = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(names | st.text(), inner, max_size=5)
)


def is_storable(event: WebhookEvent) -> bool:
    """Whether Postgres takes the event as it is."""
    columns = (event.key, event.kind, event.phone_number_id, event.business_account_id, event.sender, event.wamid)
    texts = [text for text in (*columns, event.payload) if text is not None]
    return len(event.key) <= 200 and all("\0" not in text and text.encode() for text in texts)


def is_storable_json(value: Any) -> bool:
    return b"\\u0000" not in orjson.dumps(value)


@fuzz
@given(st.binary(max_size=300))
def test_any_bytes_are_split_or_refused(webhook: bytes):
    try:
        events = split(webhook, NOON)
    except NotJson:
        return
    assert all(map(is_storable, events))


@fuzz
@given(trees)
def test_any_json_is_kept(tree: Any):
    events = split(json.dumps(tree).encode(), NOON)

    assert events or (isinstance(tree, dict) and tree["entry"] is not None)
    for event in events:
        assert is_storable(event)
        parse(event.kind, event.payload)


@fuzz
@given(
    st.sampled_from(["message", "status", "echo", "user_preferences", "identity", "account", "template", "error"]),
    trees,
)
def test_any_event_is_parsed(kind: str, tree: Any):
    payload = json.dumps({"field": "messages", "contact": tree, "occurred_at": 1795000000, kind: tree, "value": tree})

    assert parse(kind, payload)


@fuzz
@given(st.lists(trees, max_size=4), st.lists(trees, max_size=4), st.lists(trees, max_size=3))
def test_broken_elements_never_harm_their_neighbours(before: list[Any], after: list[Any], contacts: list[Any]):
    messages = [*before, a_text(1001), *after, a_text(1002)]
    change = a_change(contacts=contacts, messages=messages)
    webhook = json.dumps({"entry": [{"id": "1", "changes": [*before, change, *after]}, *before]})

    read = [each for each in everything_in(webhook.encode()) if isinstance(each, IncomingMessage)]

    assert {"wamid.T1001==", "wamid.T1002=="} <= {message.wamid for message in read}


@fuzz
@given(st.sampled_from(NAMES), st.data())
def test_a_payload_with_one_part_broken_still_goes_through(name: str, data: st.DataObject):
    tree = json.loads(body(name))
    node: Any = tree
    while isinstance(node, dict | list) and node:
        key = data.draw(st.sampled_from(list(node)) if isinstance(node, dict) else st.integers(0, len(node) - 1))
        if not isinstance(node[key], dict | list) or not node[key] or data.draw(st.booleans()):
            node[key] = data.draw(trees)
            break
        node = node[key]

    for event in split(json.dumps(tree).encode(), NOON):
        assert is_storable(event)
        for incoming in parse(event.kind, event.payload):
            if isinstance(incoming, IncomingMessage):
                assert is_storable_json([incoming.text, incoming.content, incoming.sender.name])
