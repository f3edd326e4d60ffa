"""Approval mode in the dashboard: the bot proposes, a person sends, changes or throws away; with the keyboard too."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.rooms import SOON, Dashboard, Phone


def proposal(dashboard: Dashboard) -> Locator:
    """What the bot proposes in the open conversation."""
    return dashboard.page.get_by_role("region", name="The bot proposes an answer")


def switch(dashboard: Dashboard, on: bool) -> None:
    """Turn approval mode on or off, and come back to the inbox."""
    dashboard.page.get_by_role("link", name="Playbooks").first.click()
    control = dashboard.page.get_by_role("switch", name="A person sends what the bot writes")
    expect(control).to_be_enabled()
    if (control.get_attribute("aria-checked") == "true") != on:
        control.click()
    expect(control).to_have_attribute("aria-checked", "true" if on else "false", timeout=SOON)
    expect(control).to_be_enabled()
    dashboard.page.get_by_role("link", name="Inbox").first.click()
    expect(dashboard.conversations.get_by_role("link").first).to_be_visible(timeout=SOON)


@pytest.fixture
def careful(dashboard: Dashboard) -> Iterator[Dashboard]:
    """The demo in approval mode, for one test."""
    dashboard.wait_until_live()
    switch(dashboard, on=True)
    yield dashboard
    switch(dashboard, on=False)


def test_what_the_bot_proposes_goes_out_when_a_person_sends_it(careful: Dashboard, phone: Phone) -> None:
    lead_id = phone.make_lead("Runa Berg")
    phone.write(lead_id, "Hello, I am looking for a flat")
    row = careful.row("Runa Berg")
    expect(row).to_contain_text("An answer needs your click", timeout=SOON)
    careful.page.get_by_role("button", name="To send").click()
    careful.open_conversation("Runa Berg")
    expect(proposal(careful)).to_contain_text("The lead has not got it")

    proposal(careful).get_by_role("button", name="Send", exact=True).press("Enter")
    expect(proposal(careful)).to_have_count(0, timeout=SOON)
    expect(careful.messages).to_contain_text("Bot, sent by you")
    expect(careful.messages.get_by_text("Why this?").first).to_be_visible(timeout=SOON)


def test_a_person_sends_other_words_and_is_warned_of_steering(careful: Dashboard, phone: Phone) -> None:
    lead_id = phone.make_lead("Odd Lie")
    phone.write(lead_id, "Hello")
    careful.open_conversation("Odd Lie")
    expect(proposal(careful)).to_be_visible(timeout=SOON)
    proposal(careful).get_by_role("button", name="Edit").press("Enter")
    words = proposal(careful).get_by_role("textbox", name="The answer in your words")
    expect(words).to_be_focused()
    words.fill("Hello Odd, it is a very safe area.")
    expect(proposal(careful).get_by_text("Fair-housing law may forbid")).to_be_visible(timeout=SOON)
    words.press("Escape")
    expect(words).to_have_count(0)
    proposal(careful).get_by_role("button", name="Edit").click()
    words.fill("Hello Odd, Carmen here.")
    proposal(careful).get_by_role("button", name="Send in these words").click()
    expect(careful.messages).to_contain_text("Hello Odd, Carmen here.", timeout=SOON)
    expect(proposal(careful)).to_have_count(0, timeout=SOON)


def test_what_is_thrown_away_says_why_and_a_lead_who_writes_on_gets_a_new_proposal(
    careful: Dashboard, phone: Phone
) -> None:
    lead_id = phone.make_lead("Siv Moe")
    phone.write(lead_id, "Hello")
    careful.open_conversation("Siv Moe")
    expect(proposal(careful)).to_be_visible(timeout=SOON)
    phone.write(lead_id, "Two bedrooms please")
    expect(proposal(careful)).to_contain_text("Two bedrooms", timeout=SOON)
    proposal(careful).get_by_role("button", name="Discard").click()
    proposal(careful).get_by_label("Why is it not sent?").fill("I call her")
    proposal(careful).get_by_role("button", name="Discard").click()
    expect(proposal(careful)).to_have_count(0, timeout=SOON)


def test_nobody_begins_to_write_to_a_lead_who_asked_for_silence(dashboard: Dashboard, phone: Phone) -> None:
    lead_id = phone.make_lead("Tor Vik")
    phone.write(lead_id, "STOP")
    dashboard.open_conversation("Tor Vik")
    expect(dashboard.page.get_by_text("Tor Vik asked on")).to_be_visible(timeout=SOON)
    expect(dashboard.composer).to_have_count(0)
    dashboard.page.wait_for_timeout(1100)  # WhatsApp counts in whole seconds: in the same one nothing is "since"
    phone.write(lead_id, "How much is it?")
    expect(dashboard.composer).to_be_visible(timeout=SOON)
    expect(dashboard.page.get_by_text("and has written again since")).to_be_visible()
