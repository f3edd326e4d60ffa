"""A template is sent by itself only when a first name is all it needs."""

from __future__ import annotations

import pytest

from lead_reviver.whatsapp.template_fill import Filled, fill_with_name


def a_body(text: str) -> dict[str, object]:
    return {"type": "BODY", "text": text}


def test_a_template_without_variables_is_sent_as_it_is():
    assert fill_with_name([a_body("Shall we go on?")], "") == Filled("Shall we go on?", [])


def test_the_first_name_fills_the_only_variable_by_position_or_by_name():
    by_position = fill_with_name([a_body("Hi {{1}}, shall we go on, {{1}}?")], "Ana")
    assert by_position == Filled(
        "Hi Ana, shall we go on, Ana?", [{"type": "body", "parameters": [{"type": "text", "text": "Ana"}]}]
    )
    by_name = fill_with_name([a_body("Hi {{ first_name }}!")], "Ana")
    assert by_name is not None
    assert by_name.text == "Hi Ana!"
    assert by_name.components[0]["parameters"] == [{"type": "text", "parameter_name": "first_name", "text": "Ana"}]


@pytest.mark.parametrize(
    "components",
    [
        [],
        [{"type": "FOOTER", "text": "Costa Homes"}],
        [a_body("Hi {{1}}, about {{2}}")],
        [{"type": "HEADER", "format": "IMAGE"}, a_body("Hi")],
        [{"type": "HEADER", "format": "TEXT", "text": "Hi {{1}}"}, a_body("Hello")],
        [a_body("Hi"), {"type": "BUTTONS", "buttons": [{"type": "URL", "url": "https://example.com/{{1}}"}]}],
    ],
    ids=["nothing", "no-body", "two-variables", "picture", "header-variable", "button-variable"],
)
def test_a_template_that_needs_more_than_a_name_is_left_to_a_person(components: list[dict[str, object]]):
    assert fill_with_name(components, "Ana") is None


def test_a_lead_without_a_name_gets_no_template_that_calls_it_by_name():
    assert fill_with_name([a_body("Hi {{1}}")], "") is None


def test_quick_replies_and_a_footer_need_no_values():
    buttons = {"type": "BUTTONS", "buttons": [{"type": "QUICK_REPLY", "text": "Yes"}]}
    assert fill_with_name([a_body("Hi"), {"type": "FOOTER", "text": "STOP to end"}, buttons], "") == Filled("Hi", [])
