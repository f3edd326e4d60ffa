"""Everybody can use every room: no violation that axe finds, and all of it by keyboard alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import NewPage, a_dashboard, owner_of
from tests.browser.rooms import SOON, Dashboard
from tests.real_stack import RealStack

AXE = Path(__file__).parents[2] / "dashboard" / "node_modules" / "axe-core" / "axe.min.js"
UNTIL_STILL = """async () => {
  const moves = (each) => each.playState === 'running' && each.effect.getTiming().iterations !== Infinity
  while (document.getAnimations().some(moves)) await new Promise(requestAnimationFrame)
}"""
LOOKS: dict[str, dict[str, Any]] = {
    "light": {},
    "dark": {"color_scheme": "dark"},
    "phone": {"viewport": {"width": 390, "height": 844}, "has_touch": True},
}


def assert_no_violation(page: Page, room: str) -> None:
    """Run axe on what is shown now, when nothing moves any more."""
    page.evaluate(UNTIL_STILL)
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("axe.run({resultTypes: ['violations']})")
    told = [
        f"{each['id']}: {each['help']} at {[node['html'][:160] for node in each['nodes'][:3]]}"
        for each in found["violations"]
    ]
    assert not told, f"{room}: " + "\n".join(told)


@pytest.mark.parametrize("look", LOOKS)
def test_no_room_has_a_barrier(demo: RealStack, new_page: NewPage, look: Literal["light", "dark", "phone"]) -> None:
    page = new_page(**LOOKS[look])
    dashboard = a_dashboard(demo, page)
    dashboard.open()
    expect(page.get_by_role("button", name="Use the demo account")).to_be_visible()
    assert_no_violation(page, "sign-in")
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("alert")).to_be_visible()
    assert_no_violation(page, "sign-in with a problem")

    dashboard.sign_in(*owner_of(demo))
    dashboard.wait_until_live()
    assert_no_violation(page, "inbox")
    rows = dashboard.conversations.get_by_role("link")
    for index in range(min(16, rows.count())):
        rows.nth(index).click()
        expect(dashboard.messages).to_be_visible(timeout=SOON)
        page.wait_for_timeout(400)
        assert_no_violation(page, f"conversation {index}")
        if look == "phone":
            page.get_by_role("button", name="Back to the inbox").click()

    dashboard.open_conversation("Sofia Almeida")
    if look == "phone":
        page.get_by_role("button", name="About this lead").click()
        expect(page.get_by_role("dialog")).to_contain_text("Consent")
        assert_no_violation(page, "lead panel")
        page.keyboard.press("Escape")
    why = dashboard.messages.get_by_role("button", name="Why this?").last
    why.click()
    expect(page.get_by_role("dialog")).to_contain_text("Written by", timeout=SOON)
    assert_no_violation(page, "why this")
    page.keyboard.press("Escape")
    if look != "phone":
        page.get_by_role("button", name="Keyboard shortcuts").click()
        expect(page.get_by_role("dialog")).to_be_visible()
        assert_no_violation(page, "keyboard shortcuts")
        page.keyboard.press("Escape")
    else:
        page.get_by_role("button", name="Back to the inbox").click()
    dashboard.open_system()
    assert_no_violation(page, "system")


def test_a_person_without_a_mouse_signs_in_reads_takes_over_and_answers(demo: RealStack, new_page: NewPage) -> None:
    page = new_page()
    dashboard = a_dashboard(demo, page)
    dashboard.open()
    expect(page.get_by_label("Email")).to_be_visible()
    email, password = owner_of(demo)
    page.keyboard.press("Tab")
    page.keyboard.type(email)
    page.keyboard.press("Tab")
    page.keyboard.type(password)
    page.keyboard.press("Enter")
    expect(dashboard.conversations.get_by_role("link").first).to_be_visible(timeout=SOON)

    page.keyboard.press("/")
    page.keyboard.type("Sofia")
    expect(dashboard.conversations.get_by_role("link")).to_have_count(1, timeout=SOON)
    page.keyboard.press("Escape")
    expect(dashboard.conversations.get_by_role("link").nth(2)).to_be_visible(timeout=SOON)

    page.keyboard.press("j")
    expect(dashboard.conversations.get_by_role("link").nth(0)).to_be_focused()
    page.keyboard.press("j")
    expect(dashboard.conversations.get_by_role("link").nth(1)).to_be_focused()
    page.keyboard.press("k")
    expect(dashboard.conversations.get_by_role("link").nth(0)).to_be_focused()
    assert _focus_is_visible(page), "the focused row shows no ring"

    name = dashboard.conversations.get_by_role("link").nth(0).locator("span.truncate").first.inner_text()
    page.keyboard.press("Enter")
    expect(dashboard.composer).to_be_focused(timeout=SOON)
    page.keyboard.press("Escape")
    page.keyboard.press("t")
    expect(page.get_by_text("You are answering", exact=True).first).to_be_visible(timeout=SOON)
    page.keyboard.press("r")
    page.keyboard.type("Written without a mouse")
    page.keyboard.press("Shift+Enter")
    page.keyboard.type("in two lines")
    page.keyboard.press("Enter")
    expect(dashboard.messages).to_contain_text("in two lines", timeout=SOON)

    page.keyboard.press("Escape")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_contain_text("Keyboard shortcuts")
    page.keyboard.press("Escape")
    page.keyboard.press("h")
    expect(page.get_by_text("The bot is answering")).to_be_visible(timeout=SOON)
    page.keyboard.press("Escape")
    expect(page.get_by_role("heading", name=name)).to_have_count(0)


def _focus_is_visible(page: Page) -> bool:
    return bool(page.evaluate("getComputedStyle(document.activeElement).boxShadow !== 'none'"))


def test_single_keys_can_be_switched_off(dashboard: Dashboard) -> None:
    page = dashboard.page
    page.keyboard.press("?")
    page.get_by_label("Single keys work as shortcuts").uncheck()
    page.keyboard.press("Escape")
    page.keyboard.press("2")
    expect(page.get_by_role("button", name="All", exact=True)).to_have_attribute("aria-pressed", "true")
