"""Nothing of a webhook is lost: each message, status and change becomes one event, the odd ones too."""

import json
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest

from lead_reviver.whatsapp.webhook import NotJson, WebhookEvent, split
from tests.whatsapp.payloads import NOON, a_change, a_text, a_webhook, body


def kinds_and_keys(events: list[WebhookEvent]) -> list[tuple[str, str]]:
    return [(event.kind, event.key) for event in events]


def test_a_message_is_one_by_its_wamid_and_known_by_its_sender():
    (event,) = split(body("text"), NOON)

    assert event.key == "m:wamid.IN0001=="
    assert event.kind == "message"
    assert event.phone_number_id == "700800900100"
    assert event.business_account_id == "900100200300400"
    assert event.sender == "ES.9Kd82LmQ4"
    assert event.wamid == "wamid.IN0001=="
    assert event.occurred_at == datetime(2026, 11, 18, 11, 6, 41, tzinfo=UTC)
    payload = orjson.loads(event.payload)
    assert payload["field"] == "messages"
    assert payload["contact"]["profile"]["name"] == "Ana P"
    assert payload["message"]["text"]["body"].startswith("hola")


def test_every_entry_change_message_and_status_is_handled_and_broken_ones_harm_no_neighbour():
    events = split(body("batch"), NOON)

    assert kinds_and_keys([event for event in events if event.kind != "unknown"]) == [
        ("message", "m:wamid.B10=="),
        ("message", "m:wamid.B11=="),
        ("status", "s:wamid.BO1==:delivered:"),
        ("status", "s:wamid.BO1==:sent:"),
        ("message", "m:wamid.B20=="),
        ("message", "m:wamid.B21=="),
        ("status", "s:wamid.BO2==:delivered:"),
        ("status", "s:wamid.BO2==:sent:"),
        ("message", "m:wamid.B30=="),
        ("message", "m:wamid.B31=="),
        ("status", "s:wamid.BO3==:delivered:"),
        ("status", "s:wamid.BO3==:sent:"),
        ("message", "m:wamid.B40=="),
        ("message", "m:wamid.B41=="),
        ("status", "s:wamid.BO4==:delivered:"),
        ("status", "s:wamid.BO4==:sent:"),
    ]
    kept = [orjson.loads(event.payload)["value"] for event in events if event.kind == "unknown"]
    assert kept == [{"messages": ["broken"]}, {"statuses": [{"status": "sent"}]}]
    assert {event.business_account_id for event in events} == {"900100200300400", "900100200300401"}
    assert {event.phone_number_id for event in events} == {"700800900100", "700800900101"}


def test_a_body_of_three_megabytes_and_a_thousand_updates_is_split_whole_and_alike_each_time():
    messages = [a_text(n, text={"body": "x" * 2500}) for n in range(250)]
    statuses = [{"id": f"wamid.O{n}==", "status": "sent", "timestamp": "1795000000"} for n in range(250)]
    change = a_change(messages=messages, statuses=statuses)
    entries = [{"id": account, "changes": [change]} for account in ("1", "2")]
    other = json.loads(json.dumps(entries).replace("wamid.", "wamid.Z"))
    webhook = orjson.dumps({"object": "whatsapp_business_account", "entry": entries + other})
    assert len(webhook) > 2_500_000

    first, again = split(webhook, NOON), split(webhook, NOON)

    assert len(first) == 1000
    assert len({event.key for event in first}) == 1000
    assert [event.key for event in first] == [event.key for event in again]


def test_the_same_message_twice_in_one_body_is_one_event_and_the_first_wins():
    (event,) = split(a_webhook(a_change(messages=[a_text(1), a_text(1, text={"body": "other"})])), NOON)

    assert orjson.loads(event.payload)["message"]["text"]["body"] == "line 1"


def test_in_a_group_each_reader_has_a_status_of_their_own():
    group = {"id": "wamid.O1", "status": "read", "timestamp": "1", "recipient_type": "group", "recipient_id": "G"}
    statuses = [{**group, "recipient_participant_id": number} for number in ("34611222333", "34622333444")]

    assert [event.key for event in split(a_webhook(a_change(statuses=statuses)), NOON)] == [
        "s:wamid.O1:read:34611222333",
        "s:wamid.O1:read:34622333444",
    ]


def test_a_lead_who_hides_the_number_is_known_by_the_business_scoped_id():
    (event,) = split(body("sender_hides_number"), NOON)

    assert event.sender == "PT.4Tz7Lw0Q"


def test_a_lead_whose_id_stands_in_the_place_of_the_number_is_known_by_it():
    (event,) = split(body("sender_id_in_from"), NOON)

    assert event.sender == "US.13491208655302741918"


def test_a_message_without_a_sender_belongs_to_the_only_contact_beside_it():
    (event,) = split(body("sender_only_in_contact"), NOON)

    assert event.sender == "ES.9Kd82LmQ4"


def test_a_message_is_never_filed_under_a_contact_with_another_number():
    (event,) = split(body("sender_beside_another_contact"), NOON)

    assert event.sender == "34622000111"
    assert "contact" not in orjson.loads(event.payload)


def test_several_contacts_go_to_their_own_messages():
    contacts = [{"wa_id": number, "profile": {"name": number[-3:]}} for number in ("34611222333", "34622333444")]
    messages = [a_text(1, **{"from": "34622333444"}), a_text(2)]

    events = split(a_webhook(a_change(contacts=contacts, messages=messages)), NOON)

    assert [orjson.loads(event.payload)["contact"]["profile"]["name"] for event in events] == ["444", "333"]


def test_each_marketing_preference_is_an_event_of_its_own_person():
    events = split(body("marketing_stopped_by_several"), NOON)

    assert [(event.kind, event.sender) for event in events] == [
        ("user_preferences", "ES.9Kd82LmQ4"),
        ("user_preferences", "PT.4Tz7Lw0Q"),
    ]


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("echo", "echo"),
        ("user_id_update", "identity"),
        ("account_restricted", "account"),
        ("pin_changed", "account"),
        ("template_paused", "template"),
        ("template_category_notice", "template"),
        ("error_of_account", "error"),
        ("history", "history"),
        ("app_state", "app_state"),
        ("standby", "standby"),
        ("handover", "handover"),
        ("call", "call"),
        ("flow", "flow"),
        ("group_created", "group"),
        ("partner_solution", "unknown"),
        ("unheard_of_field", "unknown"),
    ],
)
def test_a_field_tells_the_kind(name: str, kind: str):
    assert [event.kind for event in split(body(name), NOON)] == [kind]


def test_the_same_change_of_two_accounts_or_at_two_times_is_two_events():
    value = {"field": "account_update", "value": {"event": "ACCOUNT_DELETED"}}
    entries = [
        {"id": "1", "time": 1795000000, "changes": [value]},
        {"id": "2", "time": 1795000000, "changes": [value]},
        {"id": "1", "time": 1795009000, "changes": [value]},
        {"id": "1", "time": 1795000000, "changes": [value]},
    ]

    assert len(split(orjson.dumps({"entry": entries}), NOON)) == 3


def test_the_order_of_keys_does_not_make_a_change_another_one():
    one = a_webhook({"field": "security", "value": {"event": "PIN_CHANGED", "requester": "1"}})
    two = a_webhook({"value": {"requester": "1", "event": "PIN_CHANGED"}, "field": "security"})

    assert [event.key for event in split(one, NOON)] == [event.key for event in split(two, NOON)]


def test_a_change_without_a_timestamp_happened_when_its_entry_says():
    (event,) = split(body("account_deleted"), NOON)

    assert event.occurred_at == datetime(2026, 11, 18, 11, 10, tzinfo=UTC)


@pytest.mark.parametrize("timestamp", [None, "", "soon", "0", -5, True, [], "9" * 400, 1e300, "nan", "inf"])
def test_an_event_without_a_usable_timestamp_happens_now(timestamp: Any):
    (event,) = split(a_webhook(a_change(messages=[a_text(timestamp=timestamp)])), NOON)

    assert event.occurred_at == NOON


@pytest.mark.parametrize("timestamp", ["1795000000", 1795000000, 1795000000.0, "1795000000000", 1795000000000])
def test_a_timestamp_may_be_text_or_number_in_seconds_or_milliseconds(timestamp: Any):
    (event,) = split(a_webhook(a_change(messages=[a_text(timestamp=timestamp)])), NOON)

    assert event.occurred_at == datetime(2026, 11, 18, 11, 6, 40, tzinfo=UTC)


@pytest.mark.parametrize("wamid", [None, "", 7.5, [], {}, "x" * 501, "a\x00b", "\ud83d"])
def test_a_message_without_a_usable_id_is_kept_as_unknown(wamid: Any):
    webhook = json.dumps(json.loads(a_webhook(a_change(messages=[{}])))).replace(
        "[{}]", json.dumps([{**a_text(), "id": wamid}])
    )

    (event,) = split(webhook.encode(), NOON)

    assert (event.kind, event.wamid) == ("unknown", None)


def test_a_long_id_still_makes_a_short_key():
    long = "wamid." + "A" * 400

    (event,) = split(a_webhook(a_change(messages=[a_text(id=long)])), NOON)

    assert event.wamid == long
    assert event.key.startswith("m:#")
    assert len(event.key) <= 200


@pytest.mark.parametrize(
    "value",
    [
        None,
        7,
        "text",
        [],
        {},
        {"messages": "no list"},
        {"messages": {"id": "wamid.1"}},
        {"messages": []},
        {"messages": [None]},
        {"statuses": [3]},
        {"contacts": "no list", "groups": []},
        {"metadata": [], "contacts": [7, None], "errors": {}},
    ],
)
def test_a_value_of_the_wrong_form_is_kept_as_unknown(value: Any):
    events = split(a_webhook({"field": "messages", "value": value}), NOON)

    assert [event.kind for event in events] == ["unknown"]


@pytest.mark.parametrize(
    "tree",
    [None, 1, "x", [], {}, [1], {"entry": 3}, {"entry": [3]}, {"entry": [{"id": []}]}, {"entry": [{"changes": [0]}]}],
)
def test_whatever_is_json_is_kept(tree: Any):
    assert [event.kind for event in split(orjson.dumps(tree), NOON)] == ["unknown"]


def test_a_body_that_holds_nothing_holds_no_event():
    assert split(b'{"object":"whatsapp_business_account","entry":[]}', NOON) == []


def test_something_new_beside_known_messages_is_kept_too():
    events = split(a_webhook(a_change(messages=[a_text()], dreams=[1])), NOON)

    assert [event.kind for event in events] == ["message", "unknown"]
    assert orjson.loads(events[1].payload)["value"] == {"dreams": [1]}


@pytest.mark.parametrize(
    "webhook", [b"", b"no", b"{", b"\xff\xfe", b"NaN", b"{'a':1}", b"[" * 100_000, b'{"a":' * 5000]
)
def test_bytes_that_are_no_json_are_refused(webhook: bytes):
    with pytest.raises(NotJson) as refusal:
        split(webhook, NOON)

    assert "a':1" not in str(refusal.value)


def test_characters_that_cannot_be_stored_are_kept_as_escapes():
    (event,) = split(body("odd_characters"), NOON)

    assert event.kind == "message"
    assert "\x00" not in event.payload
    assert event.payload.encode()


@pytest.mark.parametrize("depth", [300, 700])
def test_a_deep_element_is_kept_and_harms_no_neighbour(depth: int):
    deep = b"[" * depth + b"]" * depth
    webhook = a_webhook(a_change(messages=["deep", a_text()])).replace(b'"deep"', b'{"a":' + deep + b"}")

    assert [event.kind for event in split(webhook, NOON)] == ["unknown", "message"]


def test_numbers_beyond_64_bits_are_kept():
    webhook = a_webhook(a_change(messages=[a_text(big="BIG", odd="\\")])).replace(b'"BIG"', b"9" * 5000)

    assert [event.kind for event in split(webhook, NOON)] == ["message"]
