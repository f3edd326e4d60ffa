"""What we send has the form WhatsApp wants, and a text that does not fit is never cut."""

from typing import Any

import pytest

from lead_reviver.whatsapp import outgoing
from lead_reviver.whatsapp.outgoing import Address, NotSendable, ReplyButton, Row, Section, length_of
from lead_reviver.whatsapp.template_values import (
    body_values,
    header_media,
    header_values,
    quick_reply,
    tidy,
    url_end,
)

ANA = Address(phone="+34611222333", bsuid="ES.9Kd82LmQ4")
BO = Address(bsuid="PT.4Tz7Lw0Q")
YES = ReplyButton("yes", "Yes")


def test_a_text_quotes_a_message_and_carries_the_outbox_id():
    assert outgoing.text(ANA, "Hola", context_wamid="wamid.IN1", callback_data="out:5f1c") == {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "to": "+34611222333",
        "type": "text",
        "text": {"body": "Hola", "preview_url": False},
        "context": {"message_id": "wamid.IN1"},
        "biz_opaque_callback_data": "out:5f1c",
    }


def test_a_lead_who_hides_the_number_is_written_to_by_id_and_never_in_to():
    message = outgoing.text(BO, "Hola")

    assert message["recipient"] == "PT.4Tz7Lw0Q"
    assert "to" not in message


@pytest.mark.parametrize(
    "address",
    [
        Address(),
        Address(phone="34611222333"),
        Address(phone="ES.9Kd82LmQ4"),
        Address(phone="+34 611 222 333"),
        Address(phone=""),
        Address(bsuid="34611222333"),
        Address(bsuid=""),
    ],
)
def test_nobody_is_written_to_at_an_address_that_is_none(address: Address):
    with pytest.raises(NotSendable) as refusal:
        outgoing.text(address, "Hola")

    assert "611" not in str(refusal.value)


def test_reply_buttons_stand_under_a_text():
    message = outgoing.reply_buttons(ANA, "Tuesday?", [YES, ReplyButton("no", "No")], footer="Acme")

    assert message["interactive"] == {
        "type": "button",
        "body": {"text": "Tuesday?"},
        "footer": {"text": "Acme"},
        "action": {
            "buttons": [
                {"type": "reply", "reply": {"id": "yes", "title": "Yes"}},
                {"type": "reply", "reply": {"id": "no", "title": "No"}},
            ]
        },
    }


def test_a_list_opens_rows_in_sections():
    sections = [Section([Row("a", "Ten", "30 min")], "Tue"), Section([Row("b", "Eleven")], "Wed")]

    message = outgoing.list_of_rows(ANA, "When?", "Times", sections, header="Visit")

    assert message["interactive"] == {
        "type": "list",
        "header": {"type": "text", "text": "Visit"},
        "body": {"text": "When?"},
        "action": {
            "button": "Times",
            "sections": [
                {"title": "Tue", "rows": [{"id": "a", "title": "Ten", "description": "30 min"}]},
                {"title": "Wed", "rows": [{"id": "b", "title": "Eleven"}]},
            ],
        },
    }


def test_a_file_goes_by_its_id():
    message = outgoing.media(ANA, "document", "81", caption="The plan", filename="plan.pdf")

    assert message["document"] == {"id": "81", "caption": "The plan", "filename": "plan.pdf"}
    assert outgoing.media(ANA, "audio", "82")["audio"] == {"id": "82"}


@pytest.mark.parametrize(("emoji", "sent"), [("👍", "👍"), (None, "")])
def test_a_reaction_is_put_or_taken_away(emoji: str | None, sent: str):
    message = outgoing.reaction(ANA, "wamid.IN1", emoji)

    assert message["reaction"] == {"message_id": "wamid.IN1", "emoji": sent}
    assert "context" not in message


def test_reading_and_typing_are_shown():
    read = {"messaging_product": "whatsapp", "status": "read", "message_id": "wamid.IN1"}

    assert outgoing.read_receipt("wamid.IN1") == read
    assert outgoing.read_and_typing("wamid.IN1") == {**read, "typing_indicator": {"type": "text"}}


def test_a_template_is_filled_by_name():
    message = outgoing.template(
        ANA,
        "revive_1",
        "es_ES",
        [
            header_media("image", "83"),
            body_values({"first_name": "Bo"}),
            quick_reply(0, "stop:5f1c"),
            url_end(1, "a/b"),
        ],
    )

    assert message["template"] == {
        "name": "revive_1",
        "language": {"code": "es_ES"},
        "components": [
            {"type": "header", "parameters": [{"type": "image", "image": {"id": "83"}}]},
            {"type": "body", "parameters": [{"type": "text", "parameter_name": "first_name", "text": "Bo"}]},
            {
                "type": "button",
                "sub_type": "quick_reply",
                "index": "0",
                "parameters": [{"type": "payload", "payload": "stop:5f1c"}],
            },
            {"type": "button", "sub_type": "url", "index": "1", "parameters": [{"type": "text", "text": "a/b"}]},
        ],
    }


def test_a_template_is_filled_by_position():
    assert body_values(["Bo", "Tue"])["parameters"] == [{"type": "text", "text": "Bo"}, {"type": "text", "text": "Tue"}]
    assert header_values(["Bo"])["type"] == "header"
    assert "components" not in outgoing.template(ANA, "hello", "en_US")["template"]


@pytest.mark.parametrize(
    ("value", "sent"),
    [
        ("Ana\nMaría", "Ana María"),
        ("Ana\tMaría", "Ana María"),
        ("Ana      María", "Ana María"),
        ("  Ana\r\n", "Ana"),
        ("Ana\u2028María\u00a0P", "Ana María P"),
    ],
)
def test_a_name_out_of_a_spreadsheet_is_tidied_for_a_template(value: str, sent: str):
    """A line break, a tab or more than four spaces in a value is error 132018."""
    assert tidy("name", value) == sent


BUILDERS = {
    "text.body": (4096, lambda value: outgoing.text(ANA, value)),
    "caption": (1024, lambda value: outgoing.media(ANA, "image", "1", caption=value)),
    "button.title": (20, lambda value: outgoing.reply_buttons(ANA, "?", [ReplyButton("a", value)])),
    "button.id": (256, lambda value: outgoing.reply_buttons(ANA, "?", [ReplyButton(value, "A")])),
    "body": (1024, lambda value: outgoing.reply_buttons(ANA, value, [YES])),
    "footer": (60, lambda value: outgoing.reply_buttons(ANA, "?", [YES], footer=value)),
    "list.button": (20, lambda value: outgoing.list_of_rows(ANA, "?", value, [Section([Row("a", "A")])])),
    "header": (60, lambda value: outgoing.list_of_rows(ANA, "?", "B", [Section([Row("a", "A")])], header=value)),
    "row.id": (200, lambda value: outgoing.list_of_rows(ANA, "?", "B", [Section([Row(value, "A")])])),
    "row.title": (24, lambda value: outgoing.list_of_rows(ANA, "?", "B", [Section([Row("a", value)])])),
    "row.description": (72, lambda value: outgoing.list_of_rows(ANA, "?", "B", [Section([Row("a", "A", value)])])),
    "section.title": (24, lambda value: outgoing.list_of_rows(ANA, "?", "B", [Section([Row("a", "A")], value)])),
    "biz_opaque_callback_data": (512, lambda value: outgoing.text(ANA, "?", callback_data=value)),
    "template.name": (512, lambda value: outgoing.template(ANA, value, "en")),
    "button.payload": (256, lambda value: quick_reply(0, value)),
}


@pytest.mark.parametrize("field", BUILDERS)
def test_a_text_may_be_as_long_as_whatsapp_allows_and_is_refused_beyond(field: str):
    limit, build = BUILDERS[field]

    assert build("x" * limit)
    with pytest.raises(NotSendable) as refusal:
        build("x" * (limit + 1))

    assert refusal.value.field == field
    assert str(refusal.value) == f"{field} has {limit + 1} characters; WhatsApp allows {limit}."


@pytest.mark.parametrize("field", sorted(BUILDERS.keys() - {"row.description", "section.title"}))
@pytest.mark.parametrize("value", ["", "  \n", "a\x00", "\ud83d"])
def test_a_text_with_nothing_to_read_or_with_broken_characters_is_refused(field: str, value: str):
    with pytest.raises(NotSendable) as refusal:
        BUILDERS[field][1](value)

    assert refusal.value.field == field


def test_a_body_of_a_list_may_be_longer_than_that_of_buttons():
    assert outgoing.list_of_rows(ANA, "x" * 4096, "B", [Section([Row("a", "A")])])


@pytest.mark.parametrize(("text", "length"), [("", 0), ("hola", 4), ("é", 1), ("👍", 2), ("👨‍👩‍👧", 8), ("🇪🇸", 4)])
def test_an_emoji_counts_as_much_as_it_could(text: str, length: int):
    assert length_of(text) == length == len(text.encode("utf-16-le")) // 2


@pytest.mark.parametrize(
    ("build", "field"),
    [
        (lambda: outgoing.reply_buttons(ANA, "?", []), "buttons"),
        (lambda: outgoing.reply_buttons(ANA, "?", [ReplyButton(str(n), str(n)) for n in range(4)]), "buttons"),
        (lambda: outgoing.reply_buttons(ANA, "?", [YES, ReplyButton("other", "Yes")]), "button titles"),
        (lambda: outgoing.reply_buttons(ANA, "?", [YES, ReplyButton("yes", "Other")]), "button ids"),
        (lambda: outgoing.list_of_rows(ANA, "?", "B", []), "rows"),
        (lambda: outgoing.list_of_rows(ANA, "?", "B", [Section([Row(str(n), "A") for n in range(11)])]), "rows"),
        (
            lambda: outgoing.list_of_rows(ANA, "?", "B", [Section([Row("a", "A")]), Section([Row("b", "B")], "T")]),
            "section.title",
        ),
        (
            lambda: outgoing.list_of_rows(ANA, "?", "B", [Section([Row("a", "A")], "S"), Section([], "T")]),
            "section.rows",
        ),
        (lambda: outgoing.list_of_rows(ANA, "?", "B", [Section([Row("a", "A"), Row("a", "B")])]), "row ids"),
        (lambda: outgoing.media(ANA, "audio", "1", caption="c"), "caption"),
        (lambda: outgoing.media(ANA, "image", "1", filename="f"), "filename"),
        (lambda: header_values(["a", "b"]), "template header"),
        (lambda: body_values(["a", " \n"]), "template body 2"),
        (lambda: quick_reply(10, "p"), "button.index"),
    ],
)
def test_what_whatsapp_would_refuse_is_refused_here_by_name(build: Any, field: str):
    with pytest.raises(NotSendable) as refusal:
        build()

    assert refusal.value.field == field
