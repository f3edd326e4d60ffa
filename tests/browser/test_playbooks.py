"""What the bot says, as a manager writes, tries and publishes it without a shell, and how people share the work."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from lead_reviver.reply.playbook import read_playbook, shipped_text
from tests.browser.conftest import NewPage, a_dashboard
from tests.browser.rooms import SOON, Dashboard
from tests.browser.test_access import LOOKS, assert_no_violation
from tests.real_stack import RealStack

MANAGER, AGENT = "manager@costa-homes.example", "marta@costa-homes.example"


def open_playbooks(page: Page) -> None:
    """Go to the page and wait until it says by which one the bot goes."""
    page.get_by_role("link", name="Playbooks").first.click()
    expect(page.get_by_text("The bot goes by")).to_be_visible(timeout=SOON)


def signed_in(demo: RealStack, page: Page, email: str) -> Dashboard:
    dashboard = a_dashboard(demo, page)
    dashboard.sign_in(email, demo.env["LEAD_REVIVER_DEMO_PASSWORD"])
    return dashboard


def test_a_manager_writes_tries_publishes_and_goes_back_without_a_shell(demo: RealStack, new_page: NewPage) -> None:
    page = signed_in(demo, new_page(), MANAGER).page
    open_playbooks(page)
    page.get_by_role("link", name="Property sellers").click()
    editor = page.get_by_role("textbox", name="The playbook as YAML")
    expect(editor).to_have_value(shipped_text("property_sellers"), timeout=SOON)

    ours = shipped_text("property_sellers").replace("name: Property sellers", "name: Our sellers", 1)
    editor.fill(ours.replace("currency: EUR", "currency: euro", 1))
    page.get_by_role("button", name="Save as a draft").click()
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("currency: write an ISO 4217 code", timeout=SOON)
    line = 1 + ours[: ours.index("currency: EUR")].count("\n")
    alert.get_by_role("button", name=f"Line {line}").press("Enter")
    expect(editor).to_be_focused()
    assert page.evaluate("getSelection().toString()") == "currency: euro"
    assert_no_violation(page, "a playbook with a problem")

    editor.fill(ours.replace("Thank you, noted.", "Thank you, we guarantee it.", 1))
    page.get_by_role("button", name="Save as a draft").click()
    expect(page.get_by_role("heading", name="Our sellers")).to_be_visible(timeout=SOON)
    page.get_by_role("button", name="Try it").click()
    expect(page.get_by_role("list", name="What went wrong")).to_contain_text("thanks, English", timeout=SOON)
    page.get_by_role("button", name="Publish").click()
    page.get_by_role("dialog").get_by_role("button", name="Publish").click()
    expect(page.get_by_role("alert")).to_contain_text("stays a draft", timeout=SOON)

    page.get_by_role("link", name="Edit as a new version").click()
    editor.fill(ours)
    page.get_by_role("button", name="Check and try").click()
    expect(page.get_by_text("it may be published")).to_be_visible(timeout=SOON)
    page.get_by_role("button", name="Save as a draft").click()
    page.get_by_role("button", name="Publish").click()
    page.get_by_role("dialog").get_by_role("button", name="Publish").press("Enter")
    expect(page.get_by_role("region", name="Version 2")).to_contain_text("In force", timeout=SOON)
    expect(page.get_by_role("region", name="Version 2")).to_contain_text("by you")

    page.get_by_role("link", name="Back to the playbooks").click()
    page.get_by_role("list", name="Versions of Property buyers").get_by_role("link").last.click()
    page.get_by_role("button", name="Go back to this version").click()
    page.get_by_role("dialog").get_by_role("button", name="Go back to it").click()
    expect(page.get_by_role("heading", name="Property buyers")).to_be_visible(timeout=SOON)
    expect(page.get_by_role("region", name="Version 2")).to_contain_text("In force", timeout=SOON)


def test_a_file_is_opened_and_what_is_not_saved_is_not_lost_by_a_click(
    demo: RealStack, new_page: NewPage, tmp_path: Path
) -> None:
    page = signed_in(demo, new_page(), MANAGER).page
    open_playbooks(page)
    page.get_by_role("link", name="New version").click()
    file = tmp_path / "mine.yaml"
    file.write_text(shipped_text("property_buyers"), encoding="utf-8")
    page.get_by_label("A YAML file").set_input_files(file)
    editor = page.get_by_role("textbox", name="The playbook as YAML")
    expect(editor).to_have_value(shipped_text("property_buyers"))
    asked: list[str] = []
    page.once("dialog", lambda dialog: (asked.append(dialog.message), dialog.dismiss()))
    page.get_by_role("link", name="Back to the playbooks").click()
    expect(editor).to_be_visible()
    assert asked == ["What you wrote is not saved. Leave it?"]


@pytest.mark.parametrize("look", LOOKS)
def test_an_agent_reads_a_playbook_in_each_language_and_downloads_it(
    demo: RealStack, new_page: NewPage, look: str
) -> None:
    page = signed_in(demo, new_page(**LOOKS[look]), AGENT).page
    open_playbooks(page)
    expect(page.get_by_role("link", name="New version")).to_have_count(0)
    expect(page.get_by_role("switch")).to_have_count(0)
    expect(page.get_by_label("Minutes until the next person is asked")).to_be_disabled()
    assert_no_violation(page, "playbooks")
    page.get_by_role("list", name="Versions of Property buyers").get_by_role("link").first.click()
    expect(page.get_by_text("How many bedrooms would you like?")).to_be_visible(timeout=SOON)
    for button in ("Publish", "Try it", "Go back to this version"):
        expect(page.get_by_role("button", name=button)).to_have_count(0)
    page.get_by_role("button", name="Spanish").click()
    expect(page.get_by_text("¿Cuántos dormitorios te gustaría tener?")).to_be_visible()
    assert_no_violation(page, "a playbook")
    with page.expect_download() as download:
        page.get_by_role("button", name="Download YAML").click()
    assert download.value.suggested_filename.startswith("property-buyers-v")
    assert read_playbook(download.value.path().read_text(encoding="utf-8")).name == "Property buyers"


def test_a_manager_says_how_long_people_have(demo: RealStack, new_page: NewPage) -> None:
    page = signed_in(demo, new_page(), MANAGER).page
    open_playbooks(page)
    minutes = page.get_by_label("Minutes until the next person is asked")
    hours = page.get_by_label("Hours until the bot answers again")
    save = page.get_by_role("button", name="Save times")
    expect(save).to_be_disabled()
    minutes.fill("0")
    save.click()
    expect(page.get_by_text("choose 1 to 1440")).to_be_visible()
    minutes.fill("15")
    hours.fill("0")
    hours.press("Enter")
    expect(page.get_by_text("Saved.")).to_be_visible(timeout=SOON)
    page.reload()
    expect(minutes).to_have_value("15", timeout=SOON)
    expect(hours).to_have_value("0")
    minutes.fill("10")
    hours.fill("24")
    save.click()
    expect(page.get_by_text("Saved.")).to_be_visible(timeout=SOON)
