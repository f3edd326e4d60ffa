"""The phone page, used by a person in a real browser."""

from __future__ import annotations

import re
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, async_playwright, expect

from tests.simulator.stand import ANA, Stand

AXE = Path(__file__).parents[2] / "dashboard" / "node_modules" / "axe-core" / "axe.min.js"
CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
]

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium here"),
]


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        launched = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield launched
        await launched.close()


@pytest.fixture
async def page(browser: Browser, stand: Stand) -> AsyncIterator[Page]:
    async for each in watched_page(browser, stand):
        yield each


async def watched_page(browser: Browser, stand: Stand, **context: object) -> AsyncIterator[Page]:
    """A page that may ask nobody but the simulator, and may not complain."""
    here = f"http://127.0.0.1:{stand.settings.port}"
    made = await browser.new_context(base_url=here, **context)  # type: ignore[arg-type]
    opened = await made.new_page()
    opened.set_default_timeout(10_000)
    complaints: list[str] = []
    opened.on("console", lambda line: complaints.append(line.text) if line.type in ("error", "warning") else None)
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    opened.on("request", lambda request: request.url.startswith((here, "blob:")) or complaints.append(request.url))
    await opened.goto("/")
    yield opened
    await made.close()
    assert complaints == []


async def open_chat(page: Page, name: str = "Ana") -> None:
    await page.get_by_role("list", name="Leads").get_by_role("link", name=re.compile(name)).click()


async def test_a_person_makes_a_lead_writes_and_watches_the_answer_arrive(page: Page, stand: Stand) -> None:
    await page.get_by_role("button", name="New lead").click()
    await page.get_by_label("Name", exact=True).fill("Ana Pons")
    await page.get_by_label("Phone number", exact=True).fill("+34 611 222 333")
    await page.get_by_role("button", name="Make lead").click()
    await page.get_by_role("textbox", name="Message").fill("Hola, ¿sigue libre?")
    await page.get_by_role("button", name="Send").click()

    messages = page.get_by_role("list", name="Messages")
    mine = messages.get_by_role("listitem").filter(has_text="Hola, ¿sigue libre?")
    await expect(mine.get_by_role("img", name="Delivered")).to_be_visible()
    await stand.business.until(stand.business.messages)

    said = stand.business.messages()[0]
    await stand.send(status="read", message_id=said["id"], typing_indicator={"type": "text"})
    await expect(mine.get_by_role("img", name="Read")).to_be_visible()
    await expect(page.get_by_text("typing…")).to_be_visible()

    wamid = await stand.text("Sí, ¿cuándo puedes venir?")
    await expect(messages.get_by_text("Sí, ¿cuándo puedes venir?")).to_be_visible()
    await expect(page.get_by_text("typing…")).not_to_be_visible()
    await stand.business.statuses_of(wamid, "read")


async def test_a_person_taps_buttons_and_rows(page: Page, stand: Stand) -> None:
    await stand.lead()
    await open_chat(page)
    row = {"id": "s1", "title": "Tue 10:00", "description": "30 min"}
    action = {"button": "Choose a time", "sections": [{"rows": [row]}]}
    await stand.send(
        to=ANA, type="interactive", interactive={"type": "list", "body": {"text": "When?"}, "action": action}
    )
    await page.get_by_role("button", name="Choose a time").click()
    await page.get_by_role("dialog").get_by_role("button", name="Tue 10:00").click()
    await stand.business.until(lambda: len(stand.business.messages()) == 2)

    assert stand.business.messages()[1]["interactive"]["list_reply"] == row


async def test_a_person_opens_a_link_in_a_page_of_its_own(page: Page, stand: Stand) -> None:
    await stand.lead()
    await open_chat(page)
    address = f"http://127.0.0.1:{stand.settings.port}/c/{'ab2_' * 13}"
    await stand.text(f"Booked: a viewing on *Tuesday*. See you then!\n\nFor your calendar: {address}")
    link = page.get_by_role("list", name="Messages").get_by_role("link", name=address)
    await expect(link).to_have_attribute("href", address)
    await expect(link).to_have_attribute("rel", "noopener noreferrer")
    async with page.context.expect_page() as opened:
        await link.click()
    assert (await opened.value).url == address


async def test_a_person_replies_reacts_edits_and_deletes(page: Page, stand: Stand) -> None:
    await stand.lead()
    await open_chat(page)
    await stand.text("How many rooms?")
    messages = page.get_by_role("list", name="Messages")

    async def options(text: str, choice: str) -> None:
        item = messages.get_by_role("listitem").filter(has_text=text).last
        await item.hover()
        await item.get_by_role("button", name="Message options").click()
        await page.get_by_role("dialog").get_by_role("button", name=choice, exact=True).click()

    await options("How many rooms?", "React with 👍")
    await expect(messages.get_by_role("img", name="Reactions: 👍")).to_be_visible()
    await options("How many rooms?", "Reply")
    await page.keyboard.type("Tree")
    await page.keyboard.press("Enter")
    await options("Tree", "Edit")
    await page.get_by_role("textbox", name="Message").fill("Three")
    await page.keyboard.press("Enter")
    await expect(messages.get_by_text("edited")).to_be_visible()
    await options("Three", "Delete for everyone")
    await expect(messages.get_by_text("You deleted this message")).to_be_visible()
    await stand.business.until(lambda: len(stand.business.messages()) == 5)

    assert [each["type"] for each in stand.business.messages()[1:]] == ["reaction", "text", "edit", "revoke"]
    assert "context" in stand.business.messages()[2]


async def test_a_person_sends_a_photo_a_place_and_a_voice_message(page: Page, stand: Stand) -> None:
    await stand.lead()
    await open_chat(page)
    async with page.expect_file_chooser() as choosing:
        await page.get_by_role("button", name="Attach").click()
        await page.get_by_role("button", name="Photo or video").click()
    photo = {"name": "home.png", "mimeType": "image/png", "buffer": b"\x89PNG not much of a picture"}
    await (await choosing.value).set_files([photo])  # type: ignore[list-item]
    await stand.business.until(lambda: len(stand.business.messages()) == 2)
    await page.get_by_role("button", name="Attach").click()
    await page.get_by_role("button", name="Location").click()
    await page.get_by_role("button", name="Mercado de Ruzafa").click()
    await page.get_by_role("button", name="Record voice message").click()
    await expect(page.get_by_role("timer")).to_have_text("Recording 0:01")
    await page.get_by_role("button", name="Send voice message").click()
    await stand.business.until(lambda: len(stand.business.messages()) == 4)
    sent = stand.business.messages()[1:]

    assert [each["type"] for each in sent] == ["image", "location", "audio"]
    assert sent[0]["image"]["mime_type"] == "image/png"
    assert sent[2]["audio"]["voice"] is True
    assert sent[2]["audio"]["mime_type"].partition(";")[0] in ("audio/ogg", "audio/mp4", "audio/webm")


async def test_a_person_stops_marketing_and_turns_the_phone_off(page: Page, stand: Stand) -> None:
    lead = await stand.lead()
    await open_chat(page)
    await page.get_by_role("link", name=re.compile("Open settings")).click()
    await page.get_by_role("switch", name="Offers and announcements").uncheck()
    await page.get_by_role("switch", name="Phone is on").uncheck()
    await stand.business.until(lambda: stand.business.changes("user_preferences"))
    await page.get_by_role("link", name="Back to the chat").click()
    await expect(page.get_by_text("Ana's phone is off")).to_be_visible()
    shown = await stand.ask("GET", f"/simulator/leads/{lead['id']}")

    assert (shown["marketing_stopped"], shown["online"]) == (True, False)


@pytest.mark.skipif(not AXE.exists(), reason="axe is not installed")
@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_the_phone_is_accessible(browser: Browser, stand: Stand, scheme: str) -> None:
    lead = await stand.lead()
    for kind in ("image", "audio", "document", "sticker", "unsupported"):
        await stand.says(lead, type=kind)
    reply = {"id": "am", "title": "Morning"}
    action = {"buttons": [{"type": "reply", "reply": reply}]}
    await stand.send(
        to=ANA, type="interactive", interactive={"type": "button", "body": {"text": "When?"}, "action": action}
    )
    async for page in watched_page(browser, stand, color_scheme=scheme, bypass_csp=True):
        for place, opener in (("", "New lead"), ("chat", "Attach"), ("profile", "Change phone number")):
            suffix = {"": "", "chat": f"lead/{lead['id']}", "profile": f"lead/{lead['id']}/profile"}[place]
            await page.goto("about:blank")
            await page.goto(f"/phone/#/{suffix}")
            await page.get_by_role("button", name=opener).wait_for()
            await page.add_script_tag(path=AXE)
            for opened in (False, True):
                if opened:
                    await page.get_by_role("button", name=opener).click()
                    await page.wait_for_timeout(300)
                found = await page.evaluate("axe.run(document)")
                assert [(each["id"], each["nodes"][0]["target"]) for each in found["violations"]] == []
