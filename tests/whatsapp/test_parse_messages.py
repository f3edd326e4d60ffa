"""What a lead wrote is read as a person would read it, whoever they are and whatever they sent."""

from datetime import UTC, datetime
from typing import Any

import pytest

from lead_reviver.whatsapp.identity import e164_of, is_bsuid
from lead_reviver.whatsapp.incoming import Edit, IdentityChange, IncomingMessage, Reaction, Revoke, Sender, Unknown
from lead_reviver.whatsapp.parse import parse
from tests.whatsapp.payloads import a_change, a_text, a_webhook, everything_in, the_one_in

ANA = Sender(wa_id="34611222333", bsuid="ES.9Kd82LmQ4", name="Ana P", username="ana.p")
BO = Sender(wa_id=None, bsuid="PT.4Tz7Lw0Q", parent_bsuid="PT.ENT.7Qp33", name="Bo", username="bo.w")
OUR_MESSAGE = "wamid.OUT0001=="


def test_a_text_is_read_with_its_sender_and_its_own_time():
    message = the_one_in("text")

    assert message == IncomingMessage(
        sender=ANA,
        wamid="wamid.IN0001==",
        kind="text",
        text="hola, ¿sigue libre el piso de la calle Mayor? 🙂",
        content={"body": "hola, ¿sigue libre el piso de la calle Mayor? 🙂"},
        sent_at=datetime(2026, 11, 18, 11, 6, 41, tzinfo=UTC),
        opens_turn=True,
    )


@pytest.mark.parametrize(
    ("name", "kind", "text", "opens_turn"),
    [
        ("image", "image", "this one", True),
        ("image_too_large", "image", None, True),
        ("video", "video", "our kitchen", True),
        ("voice_note", "audio", None, True),
        ("voice_note_older", "audio", None, True),
        ("document", "document", "offer.pdf", True),
        ("sticker", "sticker", None, False),
        ("location", "location", "Plaza Mayor, Madrid", True),
        ("location_bare", "location", None, True),
        ("contacts", "contacts", "Bo Lind +34 699 888 777, Cy", True),
        ("contacts_with_own_number", "contacts", "Bo +351 911 222 333", True),
        ("button_reply", "interactive", "Yes, please", True),
        ("list_reply", "interactive", "Tue 10:00", True),
        ("form_reply", "interactive", "name: Bo\nrooms: 3\npets: yes\nareas: Centro, Norte", True),
        ("form_reply_no_object", "interactive", "Sent", True),
        ("call_permission_reply", "interactive", "Call permission: accept", True),
        ("template_quick_reply", "button", "Stop", True),
        ("order", "order", "2 × sku-1, 1 × sku-2", True),
        ("system_identity_changed", "system", "Ana P's security code changed", False),
        ("unsupported_poll", "unsupported", None, False),
        ("unsupported_older", "unsupported", None, False),
        ("unsupported_not_available", "unsupported", None, False),
        ("new_kind", "unknown", None, False),
        ("group_message", "text", "hi all", False),
        ("reply", "text", "the first one", True),
        ("forwarded", "text", "look at this", True),
        ("product_enquiry", "text", "is it still there?", True),
        ("referral_ad", "text", "I saw your ad", True),
        ("timestamp_missing", "text", "hola", True),
    ],
)
def test_a_message_is_read_as_a_person_would(name: str, kind: str, text: str | None, opens_turn: bool):
    message = the_one_in(name)

    assert isinstance(message, IncomingMessage)
    assert (message.kind, message.text, message.opens_turn) == (kind, text, opens_turn)


@pytest.mark.parametrize(
    ("name", "reply_id"),
    [
        ("button_reply", "book_1"),
        ("list_reply", "slot_3"),
        ("template_quick_reply", "stop:5f1c"),
        ("form_reply", None),
        ("text", None),
    ],
)
def test_a_tap_is_known_by_its_id_and_not_by_its_words(name: str, reply_id: str | None):
    assert the_one_in(name).reply_id == reply_id


@pytest.mark.parametrize(("name", "media_id"), [("image", "810001"), ("voice_note_older", "810004"), ("text", None)])
def test_a_file_is_known_by_the_id_to_fetch_it_by(name: str, media_id: str | None):
    assert the_one_in(name).media_id == media_id


def test_a_file_that_meta_could_not_fetch_says_so():
    message = the_one_in("image_too_large")

    assert (message.content, message.media_id) == ({}, None)
    assert message.errors[0]["code"] == 131052


def test_a_reply_names_the_message_it_answers_and_a_forward_names_none():
    assert the_one_in("reply").context_wamid == OUR_MESSAGE
    assert not the_one_in("reply").forwarded
    for name in ("forwarded", "forwarded_often"):
        assert the_one_in(name).forwarded
        assert the_one_in(name).context_wamid is None


def test_a_lead_who_asks_about_a_product_says_which():
    assert the_one_in("product_enquiry").content["referred_product"]["product_retailer_id"] == "sku-1"


def test_a_lead_who_comes_from_an_ad_brings_it_along():
    assert the_one_in("referral_ad").referral["ctwa_clid"] == "ARx1"


def test_a_message_in_a_group_opens_neither_a_turn_nor_the_window():
    message = the_one_in("group_message")

    assert (message.group_id, message.opens_turn, message.opens_window) == ("Z3JvdXAx", False, False)


def test_a_message_that_the_api_cannot_carry_still_opens_the_window():
    assert the_one_in("unsupported_poll").opens_window
    assert not the_one_in("system_identity_changed").opens_window


def test_a_message_of_a_kind_nobody_knows_is_kept_whole():
    message = the_one_in("new_kind")

    assert message.content["hologram"] == {"id": "9", "depth": 3}


def test_nobody_answers_a_chat_that_was_only_opened():
    assert isinstance(the_one_in("request_welcome"), Unknown)


@pytest.mark.parametrize(
    ("name", "emoji"), [("reaction", "👍"), ("reaction_removed", None), ("reaction_removed_older", None)]
)
def test_a_reaction_is_put_on_a_message_or_taken_away(name: str, emoji: str | None):
    reaction = the_one_in(name)

    assert isinstance(reaction, Reaction)
    assert (reaction.target_wamid, reaction.emoji) == (OUR_MESSAGE, emoji)


def test_a_lead_who_edits_a_message_changes_the_old_one():
    edit, of_image = the_one_in("edit"), the_one_in("edit_of_image")

    assert isinstance(edit, Edit)
    assert (edit.target_wamid, edit.text) == ("wamid.IN0001==", "hola, ¿sigue libre?")
    assert (of_image.text, of_image.content["id"]) == ("this one, sorry", "810007")


def test_a_lead_who_deletes_a_message_takes_it_back():
    revoke = the_one_in("revoke")

    assert isinstance(revoke, Revoke)
    assert revoke.target_wamid == "wamid.IN0001=="


@pytest.mark.parametrize("kind", ["reaction", "edit", "revoke"])
def test_a_change_that_names_no_message_is_kept_and_answered_by_nobody(kind: str):
    (message,) = everything_in(a_webhook(a_change(messages=[a_text(type=kind, **{kind: {}})])))

    assert isinstance(message, IncomingMessage)
    assert (message.kind, message.opens_turn) == ("unknown", False)


def test_a_lead_who_hides_the_number_is_known_by_the_business_scoped_id():
    assert the_one_in("sender_hides_number").sender == BO


def test_a_business_scoped_id_in_the_place_of_the_number_never_becomes_a_number():
    sender = the_one_in("sender_id_in_from").sender

    assert sender == Sender(wa_id=None, bsuid="US.13491208655302741918", name="Di")


def test_a_message_without_a_sender_is_filled_in_from_the_only_contact():
    assert the_one_in("sender_only_in_contact").sender == ANA


def test_a_message_takes_nothing_from_a_contact_with_another_number():
    assert the_one_in("sender_beside_another_contact").sender == Sender(wa_id="34622000111", bsuid=None)


def test_a_message_that_names_nobody_is_kept_unread():
    webhook = a_webhook(a_change(messages=[a_text(**{"from": None})]))

    assert everything_in(webhook) == [Unknown("message without a sender")]


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        (
            "system_number_changed",
            Sender(wa_id="34611222333", bsuid="ES.9Kd82LmQ4"),
            Sender(wa_id="34699000111", bsuid="ES.New7"),
        ),
        ("system_number_changed_older", Sender("34611222333", None), Sender("34699000111", None)),
        ("system_user_id_changed", Sender(None, "ES.9Kd82LmQ4"), Sender(None, "ES.New7")),
        (
            "user_id_update",
            Sender(None, "ES.9Kd82LmQ4", parent_bsuid="ES.ENT.A1"),
            Sender("34611222333", "ES.New7", parent_bsuid="ES.ENT.B2"),
        ),
    ],
)
def test_a_lead_who_changes_the_number_stays_the_same_lead(name: str, old: Sender, new: Sender):
    change = the_one_in(name)

    assert isinstance(change, IdentityChange)
    assert (change.old, change.new) == (old, new)


def test_text_and_names_can_always_be_stored():
    message = the_one_in("odd_characters")

    assert message.text == "half \ufffd and nul  end"
    assert message.content == {"body": "half \ufffd and nul  end"}
    assert message.sender.name == "Ana"


@pytest.mark.parametrize("kind", ["text", "image", "location", "contacts", "interactive", "button", "order", "audio"])
@pytest.mark.parametrize("part", [None, "text", 7, [], {}, [7], {"type": 3, "body": [], "product_items": [4]}])
def test_a_message_of_the_wrong_form_is_still_a_message(kind: str, part: Any):
    (message,) = everything_in(a_webhook(a_change(messages=[a_text(type=kind, **{kind: part})])))

    assert isinstance(message, IncomingMessage)
    assert message.kind in (kind, "unknown")


@pytest.mark.parametrize(
    "payload", ["", "nope", "[]", "7", "{}", '{"message": 3}', '{"message": {"type": []}}', "[" * 9999]
)
@pytest.mark.parametrize("kind", ["message", "status", "echo", "user_preferences", "identity", "account", "error", "x"])
def test_what_cannot_be_read_is_said_to_be_unknown(kind: str, payload: str):
    for incoming in parse(kind, payload):
        assert isinstance(incoming, Unknown) or kind in ("account", "error")


def test_what_is_nested_too_deeply_to_be_stored_is_left_in_the_inbox():
    deep = "[" * 600 + "]" * 600

    assert parse("message", '{"message": {"id": "w", "type": "text", "x": ' + deep + "}}") == [
        Unknown("event nested too deeply")
    ]


@pytest.mark.parametrize(
    ("wa_id", "phone"),
    [
        ("34611222333", "+34611222333"),
        ("1234567", "+1234567"),
        ("US.13491208655302741918", None),
        ("ES.ENT.1234567", None),
        ("34 611 222 333", None),
        ("+34611222333", None),
        ("0611222333", None),
        ("٣٤٦١١٢٢٢٣٣٣", None),
        ("1234567890123456", None),
        ("", None),
        (None, None),
    ],
)
def test_only_digits_of_a_phone_number_become_one(wa_id: str | None, phone: str | None):
    assert e164_of(wa_id) == phone


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("ES.9Kd82LmQ4", True),
        ("ES.ENT.7Qp", True),
        ("US.13491208655302741918", True),
        ("es.9Kd", False),
        ("ESP.9Kd", False),
        ("ES.", False),
        ("ES." + "a" * 129, False),
        ("ES.9Kd\n", False),
        ("34611222333", False),
        (None, False),
    ],
)
def test_a_business_scoped_id_has_its_own_look(value: object, expected: bool):
    assert is_bsuid(value) is expected
