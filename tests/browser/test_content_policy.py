"""The pages work within what they allow the browser: no violation in any room."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import NewPage, a_dashboard, owner_of
from tests.browser.rooms import SOON
from tests.real_stack import RealStack

NOTE_VIOLATIONS = """
window.violations = []
document.addEventListener('securitypolicyviolation', (event) =>
  window.violations.push(`${event.effectiveDirective}: ${event.blockedURI} ${event.sample} ${event.sourceFile}`))
"""


def assert_nothing_was_blocked(page: Page, said: list[str]) -> None:
    assert page.evaluate("violations") == []
    assert [each for each in said if "Content Security Policy" in each] == []


@pytest.mark.parametrize("color_scheme", ["light", "dark"])
def test_reading_looking_and_listening_stay_within_the_policy(
    demo: RealStack, new_page: NewPage, color_scheme: str
) -> None:
    page = new_page(color_scheme=color_scheme)
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.add_init_script(NOTE_VIOLATIONS)
    dashboard = a_dashboard(demo, page)
    dashboard.sign_in(*owner_of(demo))
    dashboard.wait_until_live()

    dashboard.open_conversation("James Whitfield")
    photo = page.get_by_role("button", name="Look at This one, with the blue shutters")
    expect(photo).to_be_visible(timeout=SOON)
    assert photo.locator("img").evaluate("image => image.decode().then(() => image.naturalWidth)") == 800
    photo.click()
    expect(page.get_by_role("dialog").get_by_role("img")).to_be_visible()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Play voice message").click()
    expect(page.get_by_text("/ 0:01")).to_be_visible(timeout=SOON)

    dashboard.messages.get_by_role("button", name="Why this?").last.click()
    expect(page.get_by_role("dialog")).to_contain_text("Written by", timeout=SOON)
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Keyboard shortcuts").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    dashboard.open_system()
    page.get_by_role("link", name="Inbox").click()

    dashboard.row("Oliver Hughes").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="Save company-extract.pdf").click()
    assert download.value.path().read_bytes()[:5] == b"%PDF-"
    assert_nothing_was_blocked(page, said)


def test_a_page_from_elsewhere_cannot_show_the_dashboard_in_a_frame(demo: RealStack, new_page: NewPage) -> None:
    page = new_page()
    page.goto(f"{demo.urls['simulator']}/phone/")
    page.set_content(f'<iframe src="{demo.urls["dashboard"]}"></iframe>')
    page.wait_for_timeout(1000)
    assert page.frames[1].locator("#root").count() == 0
