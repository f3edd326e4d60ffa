"""Statuses, echoes, preferences and changes of the account, as WhatsApp reports them."""

from datetime import UTC, datetime

import pytest

from lead_reviver.whatsapp.incoming import (
    AccountUpdate,
    Echo,
    IncomingMessage,
    MarketingPreference,
    Sender,
    StatusUpdate,
    Unknown,
)
from tests.whatsapp.payloads import NAMES, a_change, a_webhook, body, everything_in, the_one_in

ANA = Sender(wa_id="34611222333", bsuid="ES.9Kd82LmQ4", name="Ana P", username="ana.p")


@pytest.mark.parametrize("status", ["sent", "delivered", "read", "played"])
def test_a_status_tells_what_became_of_a_message_of_ours(status: str):
    update = the_one_in(f"status_{status}")

    assert isinstance(update, StatusUpdate)
    assert (update.wamid, update.status, update.outbox_id) == ("wamid.OUT0001==", status, "out:5f1c")
    assert update.at == datetime(2026, 11, 18, 11, 8, 50, tzinfo=UTC)
    assert update.recipient == ANA
    assert update.error_code is None


def test_a_failed_message_says_why():
    update = the_one_in("status_failed")

    assert (update.status, update.error_code) == ("failed", 131049)
    assert update.error_title.startswith("This message was not delivered")
    assert update.error_details.startswith("In order to maintain")


@pytest.mark.parametrize(
    ("name", "recipient"),
    [
        ("status_failed_without_user_id", Sender("34611222333", None)),
        ("status_of_hidden_number", Sender(None, "PT.4Tz7Lw0Q", "PT.ENT.7Qp33", "Bo", "bo.w")),
        ("status_of_hidden_number_older", Sender(None, "PT.4Tz7Lw0Q", "PT.ENT.7Qp33")),
        ("status_in_group", Sender("34611222333", "ES.9Kd82LmQ4")),
    ],
)
def test_a_status_names_the_recipient_by_whatever_meta_tells(name: str, recipient: Sender):
    assert the_one_in(name).recipient == recipient


def test_a_status_that_names_nobody_still_counts():
    webhook = a_webhook(a_change(statuses=[{"id": "wamid.O1", "status": "failed", "timestamp": "1795000000"}]))

    (update,) = everything_in(webhook)

    assert isinstance(update, StatusUpdate)
    assert update.recipient == Sender(None, None)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("status_of_free_service_message", "free_customer_service"),
        ("status_of_billed_service_message", "regular"),
        ("status_with_conversation", "free_entry_point"),
    ],
)
def test_a_status_tells_what_a_message_costs(name: str, kind: str):
    assert the_one_in(name).pricing["type"] == kind


def test_a_status_nobody_has_heard_of_is_kept_and_changes_nothing():
    assert the_one_in("status_unheard_of") == Unknown("status deleted")


def test_a_person_who_answers_from_the_app_is_echoed():
    echo = the_one_in("echo")

    assert isinstance(echo, Echo)
    assert (echo.recipient, echo.kind, echo.text) == (ANA, "text", "I will call you at five")


@pytest.mark.parametrize(("name", "kind", "text"), [("echo_edit", "edit", "at six"), ("echo_revoke", "revoke", None)])
def test_a_person_who_corrects_an_answer_in_the_app_is_echoed(name: str, kind: str, text: str | None):
    echo = the_one_in(name)

    assert (echo.kind, echo.text, echo.content["original_message_id"]) == (kind, text, "wamid.APP0000==")


@pytest.mark.parametrize(("name", "stopped"), [("marketing_stopped", True), ("marketing_resumed", False)])
def test_a_lead_who_stops_or_resumes_marketing_in_whatsapp_is_heard(name: str, stopped: bool):
    preference = the_one_in(name)

    assert preference == MarketingPreference(ANA, stopped, datetime(2026, 11, 18, 11, 11, 40, tzinfo=UTC))


def test_several_leads_who_stop_marketing_at_once_are_all_heard():
    first, second = everything_in(body("marketing_stopped_by_several"))

    assert isinstance(first, MarketingPreference)
    assert isinstance(second, MarketingPreference)
    assert (first.sender.bsuid, second.sender.bsuid) == ("ES.9Kd82LmQ4", "PT.4Tz7Lw0Q")
    assert first.stopped
    assert second.stopped


def test_a_sign_up_changes_no_preference():
    assert isinstance(the_one_in("marketing_signup"), Unknown)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("account_restricted", "WhatsApp does not let the business write to people first until 25 Nov 2026 11:06 UTC."),
        ("account_disabled", "WhatsApp has disabled the business account."),
        ("account_will_be_disabled", "WhatsApp is about to disable the business account."),
        ("account_deleted", "The WhatsApp Business account was deleted."),
        ("account_disconnected", "The WhatsApp Business app was disconnected from the API."),
        ("account_review_rejected", "WhatsApp has rejected the business account in its review."),
        ("error_of_account", "WhatsApp has locked the account. Look at its status in WhatsApp Manager."),
        ("account_may_not_add_numbers", None),
        ("account_reinstated", None),
        ("account_violation", None),
        ("account_alert", None),
        ("business_username", None),
        ("capability", None),
        ("number_name", None),
        ("number_quality", None),
        ("number_quality_older", None),
        ("pin_changed", None),
        ("template_paused", None),
        ("template_rejected", None),
        ("template_quality", None),
        ("template_changed", None),
        ("template_category_notice", None),
        ("template_category_changed", None),
    ],
)
def test_a_change_of_the_account_stops_sending_when_nothing_may_go_out(name: str, reason: str | None):
    update = the_one_in(name)

    assert isinstance(update, AccountUpdate)
    assert update.stops_sending == reason


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ({"event": "ACCOUNT_RESTRICTION"}, "WhatsApp has restricted the business account."),
        ({"event": "ACCOUNT_RESTRICTION", "restriction_info": [{"restriction_type": []}]}, "WhatsApp has restricted"),
        ({"event": "DISABLED_UPDATE", "ban_info": "?"}, "WhatsApp has disabled the business account."),
        ({"event": "DISABLED_UPDATE", "ban_info": {"waba_ban_state": ["?"]}}, "WhatsApp has disabled"),
    ],
)
def test_a_ban_without_its_details_still_stops_sending(value: dict[str, object], reason: str):
    (update,) = everything_in(a_webhook({"field": "account_update", "value": value}))

    assert isinstance(update, AccountUpdate)
    assert update.stops_sending is not None
    assert update.stops_sending.startswith(reason)


NEVER_ANSWERED = [
    "app_state",
    "call",
    "echo",
    "echo_edit",
    "echo_revoke",
    "edit",
    "edit_of_image",
    "flow",
    "group_created",
    "group_message",
    "handover",
    "history",
    "reaction",
    "reaction_removed",
    "request_welcome",
    "revoke",
    "standby",
    "status_sent",
    "sticker",
    "system_identity_changed",
    "system_number_changed",
    "unheard_of_field",
    "unsupported_poll",
]


@pytest.mark.parametrize("name", NEVER_ANSWERED)
def test_nothing_but_a_lead_s_own_message_is_ever_answered(name: str):
    assert not [each for each in everything_in(body(name)) if isinstance(each, IncomingMessage) and each.opens_turn]


@pytest.mark.parametrize("name", NAMES)
def test_every_payload_says_something(name: str):
    assert everything_in(body(name))
