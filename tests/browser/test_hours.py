"""The page on which people say when they take meetings."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.rooms import SOON, Dashboard


def test_an_owner_changes_somebodys_week_and_finds_it_again(dashboard: Dashboard) -> None:
    page = dashboard.page
    page.get_by_role("link", name="Hours").first.click()
    page.get_by_label("Whose hours").select_option(label="Lukas Weber")
    expect(page.get_by_label("Tuesday from")).to_have_value("10:00", timeout=SOON)
    page.get_by_label("Tuesday until").fill("09:00")
    page.get_by_role("button", name="Save hours").click()
    expect(page.get_by_text("Tuesday: 10:00 to 09:00 ends before it begins.")).to_be_visible()
    page.get_by_label("Tuesday until").fill("17:00")
    page.get_by_role("button", name="More hours on Sunday").click()
    page.get_by_role("button", name="Save hours").click()
    expect(page.get_by_text("Saved.")).to_be_visible(timeout=SOON)
    page.reload()
    page.get_by_label("Whose hours").select_option(label="Lukas Weber")
    expect(page.get_by_label("Tuesday until")).to_have_value("17:00", timeout=SOON)
    expect(page.get_by_label("Sunday from")).to_have_value("09:00")


def test_an_owner_closes_the_office_for_a_day_and_opens_it_again(dashboard: Dashboard) -> None:
    page = dashboard.page
    page.get_by_role("link", name="Hours").first.click()
    page.get_by_label("Whose", exact=True).select_option(label="Everybody")
    page.get_by_label("First day").fill("2030-03-19")
    page.get_by_label("Reason").fill("San Jose")
    page.get_by_role("button", name="Add days off").click()
    expect(page.get_by_text("Everybody, San Jose")).to_be_visible(timeout=SOON)
    page.get_by_role("button", name="Remove 19 Mar 2030, Everybody").click()
    expect(page.get_by_text("Everybody, San Jose")).to_be_hidden(timeout=SOON)


def test_a_calendar_inside_the_network_is_refused_in_plain_words(dashboard: Dashboard) -> None:
    page = dashboard.page
    page.get_by_role("link", name="Hours").first.click()
    page.get_by_label("Address of the calendar (CalDAV)").fill("https://169.254.169.254/dav/")
    page.get_by_label("Name there").fill("marta")
    page.get_by_label("App password").fill("word")
    page.get_by_role("button", name="Connect", exact=True).click()
    expect(page.get_by_text("The calendar's host is inside this network")).to_be_visible(timeout=SOON)


def test_an_owner_works_until_midnight_and_finds_it_again(dashboard: Dashboard) -> None:
    page = dashboard.page
    page.get_by_role("link", name="Hours").first.click()
    page.get_by_label("Whose hours").select_option(label="Diego Santos")
    page.get_by_role("button", name="More hours on Friday").click()
    page.get_by_label("Friday until").fill("00:00")
    page.get_by_role("button", name="Save hours").click()
    expect(page.get_by_text("Saved.")).to_be_visible(timeout=SOON)
    page.reload()
    page.get_by_label("Whose hours").select_option(label="Diego Santos")
    expect(page.get_by_label("Friday until")).to_have_value("00:00", timeout=SOON)
    page.get_by_role("button", name="Remove Friday").click()
    page.get_by_role("button", name="Save hours").click()
    expect(page.get_by_text("Saved.")).to_be_visible(timeout=SOON)


def test_an_owner_makes_a_kind_of_meeting_retires_it_and_offers_it_again(dashboard: Dashboard) -> None:
    page = dashboard.page
    page.get_by_role("link", name="Hours").first.click()
    page.get_by_role("button", name="New kind of meeting").click()
    new = page.get_by_role("form", name="New kind of meeting")
    expect(new.get_by_label("Name")).to_be_focused()
    new.get_by_label("Name").fill("Viewing")
    new.get_by_role("button", name="Make it").click()
    expect(new.get_by_role("alert")).to_contain_text("There is a kind named viewing already.")
    new.get_by_label("Name").fill("Home valuation")
    expect(new.get_by_text("home_valuation")).to_be_visible()
    new.get_by_label("Minutes long").fill("50")
    new.get_by_role("button", name="Make it").click()
    valuation = page.get_by_role("form", name="home valuation")
    expect(valuation.get_by_label("Minutes long")).to_have_value("50", timeout=SOON)
    expect(valuation).to_contain_text("The playbook in force does not name it")
    page.get_by_role("button", name="Retire home valuation").click()
    retired = page.get_by_role("region", name="Retired kinds")
    expect(retired).to_contain_text("home valuation", timeout=SOON)
    expect(valuation).to_have_count(0)
    page.get_by_role("button", name="Offer home valuation again").click()
    expect(valuation.get_by_label("Minutes long")).to_have_value("50", timeout=SOON)
    page.get_by_role("button", name="Retire home valuation").click()
    expect(retired).to_contain_text("home valuation", timeout=SOON)
