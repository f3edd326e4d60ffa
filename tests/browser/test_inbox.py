"""A lead writes on the phone, a person answers in the dashboard: both see everything as it happens."""

from __future__ import annotations

import re
import struct
import zlib

from playwright.sync_api import Page, expect

from tests.browser.conftest import NewPage, a_dashboard
from tests.browser.rooms import SOON, Dashboard, Phone
from tests.real_stack import RealStack


def test_a_lead_who_writes_on_the_phone_is_seen_live_taken_over_and_answered(
    dashboard: Dashboard, demo: RealStack, new_page: NewPage
) -> None:
    """The path of the product, with nothing reloaded on either side."""
    dashboard.wait_until_live()
    phone = new_page(viewport={"width": 430, "height": 860})
    phone.goto(f"{demo.urls['simulator']}/phone/")
    phone.get_by_role("button", name="New lead").click()
    phone.get_by_label("Name", exact=True).fill("Vera Lindholm")
    phone.get_by_role("button", name="Make lead").click()
    _write_on_the_phone(phone, "Hi, do you still have flats by the sea?")

    row = dashboard.conversations.get_by_role("link").filter(has_text="Vera Lindholm")
    expect(row).to_be_visible(timeout=SOON)
    dashboard.open_conversation("Vera Lindholm")
    expect(dashboard.messages).to_contain_text("Hi, do you still have flats by the sea?")
    # The bot has answered; both sides show it.
    expect(dashboard.messages.get_by_text("Why this?").first).to_be_visible(timeout=SOON)

    dashboard.page.get_by_role("button", name="Take over").click()
    expect(dashboard.page.get_by_text("You are answering", exact=True).first).to_be_visible()
    dashboard.composer.fill("Hello Vera, Carmen here. We have two with a terrace.")
    dashboard.composer.press("Enter")
    expect(dashboard.composer).to_have_value("")
    expect(dashboard.messages).to_contain_text("We have two with a terrace.")
    expect(phone.get_by_role("list", name="Messages")).to_contain_text("We have two with a terrace.", timeout=SOON)
    mine = dashboard.messages.locator("[id^=message-]").filter(has_text="We have two with a terrace.")
    expect(mine.get_by_role("img", name=re.compile("Delivered|Read"))).to_be_visible(timeout=SOON)

    # The bot stays quiet while a person answers, and is back after that.
    _write_on_the_phone(phone, "Lovely, can I see them on Friday?")
    expect(dashboard.messages).to_contain_text("Lovely, can I see them on Friday?", timeout=SOON)
    dashboard.page.get_by_role("button", name="Hand back").click()
    expect(dashboard.page.get_by_text("The bot is answering")).to_be_visible()


def _write_on_the_phone(phone: Page, text: str) -> None:
    phone.get_by_label("Message", exact=True).fill(text)
    phone.get_by_role("button", name="Send", exact=True).click()


def test_what_a_lead_does_with_a_message_shows_at_once(dashboard: Dashboard, phone: Phone) -> None:
    """Photo, place, reaction and deletion, without a reload."""
    lead_id = phone.make_lead("Nils Aalto")
    first = phone.write(lead_id, "I will send you a photo")
    dashboard.open_conversation("Nils Aalto")

    media_id = phone.upload(lead_id, "terrace.png", "image/png", _a_picture())
    phone.act(lead_id, {"type": "image", "image": {"id": media_id, "caption": "Like this one"}})
    picture = dashboard.page.get_by_role("button", name="Look at Like this one larger")
    expect(picture).to_be_visible(timeout=SOON)
    assert picture.locator("img").evaluate("image => image.naturalWidth") == 8

    phone.act(lead_id, {"type": "location", "location": {"latitude": 36.72, "longitude": -4.36, "name": "El Palo"}})
    expect(dashboard.messages.get_by_role("link", name="El Palo")).to_be_visible(timeout=SOON)

    phone.act(lead_id, {"type": "revoke", "revoke": {"original_message_id": first}})
    expect(dashboard.messages.get_by_text("The lead deleted this message")).to_be_visible(timeout=SOON)


def _a_picture() -> bytes:
    """Return a PNG of 8 by 8 pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = (b"\0" + b"\x1d\x7a\x8c" * 8) * 8
    head = struct.pack(">IIBBBBB", 8, 8, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def test_a_wrong_password_is_told_kindly(demo: RealStack, new_page: NewPage) -> None:
    page = new_page()
    a_dashboard(demo, page).open()
    page.get_by_label("Email").fill("owner@costa-homes.example")
    page.get_by_label("Password").fill("not the password")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_contain_text("do not belong together")


def test_a_text_that_could_not_be_sent_stays_and_goes_out_once_when_tried_again(
    dashboard: Dashboard, phone: Phone
) -> None:
    lead_id = phone.make_lead("Rosa Blau")
    phone.write(lead_id, "Hello there")
    dashboard.open_conversation("Rosa Blau")
    commands = re.compile(r"/api/conversations/.+/messages$")
    dashboard.page.route(commands, lambda route: route.abort())
    dashboard.composer.fill("Good morning Rosa")
    dashboard.composer.press("Enter")
    expect(dashboard.page.get_by_role("button", name="Send again")).to_be_visible(timeout=SOON)

    dashboard.page.unroute(commands)
    dashboard.page.get_by_role("button", name="Send again").click()
    expect(dashboard.page.get_by_role("button", name="Send again")).to_be_hidden(timeout=SOON)
    expect(dashboard.messages.get_by_text("Good morning Rosa")).to_have_count(1)


def test_a_draft_waits_where_it_was_left(dashboard: Dashboard, phone: Phone) -> None:
    for name in ("Ola Berg", "Pia Koch"):
        phone.write(phone.make_lead(name), "Hello")
        expect(dashboard.row(name)).to_be_visible(timeout=SOON)
    dashboard.open_conversation("Ola Berg")
    dashboard.composer.fill("I was about to say")
    dashboard.open_conversation("Pia Koch")
    expect(dashboard.composer).to_have_value("")
    dashboard.open_conversation("Ola Berg")
    expect(dashboard.composer).to_have_value("I was about to say")


def test_a_search_finds_a_lead_by_name_and_by_number(dashboard: Dashboard) -> None:
    page = dashboard.page
    box = page.get_by_role("textbox", name="Search by name or phone")
    box.fill("anke")
    expect(dashboard.conversations.get_by_role("link")).to_have_count(1, timeout=SOON)
    expect(dashboard.row("Anke Brandt")).to_be_visible()
    box.fill("171 392")
    expect(dashboard.row("Anke Brandt")).to_be_visible(timeout=SOON)
    box.fill("nobody of that name")
    expect(page.get_by_text("Nobody found for")).to_be_visible(timeout=SOON)
    page.get_by_role("button", name="Clear the search").first.click()
    expect(dashboard.conversations.get_by_role("link").nth(3)).to_be_visible(timeout=SOON)


def test_filters_show_who_is_unread_and_who_waits_longest(dashboard: Dashboard) -> None:
    page = dashboard.page
    page.get_by_role("button", name=re.compile("^Waiting for a person")).click()
    expect(page).to_have_url(re.compile("filter=waiting"))
    expect(dashboard.conversations.get_by_text("Waiting for a person: ").first).to_be_attached(timeout=SOON)
    assert (
        dashboard.conversations.get_by_role("link").count()
        == dashboard.conversations.get_by_text("Waiting for a person: ").count()
    )
    page.get_by_role("button", name=re.compile("^Mine")).click()
    expect(page).to_have_url(re.compile("filter=mine"))


def test_a_viewer_reads_along_and_has_nothing_to_write_with(demo: RealStack, new_page: NewPage) -> None:
    dashboard = a_dashboard(demo, new_page())
    dashboard.sign_in("viewer@costa-homes.example", demo.env["LEAD_REVIVER_DEMO_PASSWORD"])
    dashboard.find_conversation("Anke Brandt")
    expect(dashboard.page.get_by_text("Viewers do not write to leads.")).to_be_visible()
    expect(dashboard.composer).to_have_count(0)
    expect(dashboard.page.get_by_role("button", name="Take over")).to_have_count(0)
    expect(dashboard.page.get_by_role("button", name=re.compile("^Reply to"))).to_have_count(0)


def test_on_a_phone_one_goes_from_list_to_thread_to_lead_and_back(demo: RealStack, new_page: NewPage) -> None:
    dashboard = a_dashboard(demo, new_page(viewport={"width": 390, "height": 844}, has_touch=True))
    page = dashboard.page
    dashboard.sign_in("marta@costa-homes.example", demo.env["LEAD_REVIVER_DEMO_PASSWORD"])
    dashboard.find_conversation("Lucía")
    expect(dashboard.conversations).to_be_hidden()
    page.get_by_role("button", name="About this lead").click()
    expect(page.get_by_role("dialog")).to_contain_text("What they told us")
    page.go_back()
    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(dashboard.messages).to_be_visible()
    page.get_by_role("button", name="Back to the inbox").click()
    expect(dashboard.conversations).to_be_visible()
    overflow = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert overflow == 0


def test_who_signs_out_leaves_nothing_behind(dashboard: Dashboard, phone: Phone) -> None:
    phone.write(phone.make_lead("Eva Sund"), "Hello")
    dashboard.open_conversation("Eva Sund")
    dashboard.composer.fill("Half a thought")
    dashboard.page.get_by_role("button", name=re.compile("^Account")).click()
    dashboard.page.get_by_role("menuitem", name="Sign out").click()
    expect(dashboard.page.get_by_role("button", name="Sign in")).to_be_visible(timeout=SOON)
    assert "Half a thought" not in dashboard.page.evaluate("JSON.stringify(localStorage)")
    assert "access_token" not in dashboard.page.evaluate("JSON.stringify(localStorage)")
