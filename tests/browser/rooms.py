"""The dashboard and the phone as people use them: by what is written on the screen."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote
from urllib.request import Request, urlopen

from playwright.sync_api import Locator, Page, expect

SOON = 20_000
"""Milliseconds in which anything live must have happened, on a busy machine too."""


class Dashboard:
    """A page of the dashboard."""

    def __init__(self, page: Page, address: str) -> None:
        self.page, self.address = page, address

    def open(self) -> None:
        """Open the first page: the sign-in, or the inbox of whoever is signed in."""
        self.page.goto(self.address)

    def sign_in(self, email: str, password: str) -> None:
        """Sign in and wait for the inbox."""
        self.open()
        self.page.get_by_label("Email").fill(email)
        self.page.get_by_label("Password").fill(password)
        self.page.get_by_role("button", name="Sign in").click()
        expect(self.conversations.get_by_role("link").first).to_be_visible(timeout=SOON)

    @property
    def conversations(self) -> Locator:
        """The list of the inbox."""
        return self.page.get_by_role("list", name="Conversations")

    def row(self, name: str) -> Locator:
        """One conversation of the list, by the lead's name."""
        return self.conversations.get_by_role("link").filter(has_text=name)

    def open_conversation(self, name: str) -> None:
        """Open a conversation and wait for its messages."""
        self.row(name).click()
        expect(self.messages).to_be_visible(timeout=SOON)
        expect(self.page.get_by_role("heading", name=name).first).to_be_visible()

    def find_conversation(self, name: str) -> None:
        """Open a conversation that may stand far down, by a search."""
        self.page.get_by_role("textbox", name="Search by name or phone").fill(name)
        self.open_conversation(name)

    @property
    def messages(self) -> Locator:
        """The thread."""
        return self.page.get_by_role("log", name="Messages")

    @property
    def composer(self) -> Locator:
        """Where one writes."""
        return self.page.get_by_role("textbox", name="Message")

    def open_system(self) -> None:
        """Open the system page and wait until it says how things are."""
        self.page.get_by_role("link", name="System: live").click()
        expect(self.page.get_by_role("heading", name="Parts")).to_be_visible(timeout=SOON)

    def wait_until_live(self) -> None:
        """Wait until events come in."""
        expect(self.page.get_by_role("link", name="System: live")).to_be_visible(timeout=SOON)


class Phone:
    """The simulator: a lead's phone, by its page and by its interface."""

    def __init__(self, address: str) -> None:
        self.address = address

    def make_lead(self, name: str) -> str:
        """Make a lead with a number of its own and return its id."""
        return str(self._post("/simulator/leads", {"name": name, "language": "en"})["id"])

    def act(self, lead_id: str, action: dict[str, Any]) -> str:
        """Do what a lead can do, e.g. {"type": "text", "text": {"body": "Hi"}}; returns the message's id."""
        return str(self._post(f"/simulator/leads/{quote(lead_id)}/messages", action)["id"])

    def write(self, lead_id: str, text: str) -> str:
        """Let a lead write a text; returns the message's id."""
        return self.act(lead_id, {"type": "text", "text": {"body": text}})

    def upload(self, lead_id: str, name: str, content_type: str, data: bytes) -> str:
        """Put a file on the lead's phone and return its media id."""
        return str(
            self._call(f"/simulator/leads/{quote(lead_id)}/media?filename={quote(name)}", data, content_type)["id"]
        )

    def _post(self, path: str, value: dict[str, Any]) -> dict[str, Any]:
        return self._call(path, json.dumps(value).encode(), "application/json")

    def _call(self, path: str, body: bytes, content_type: str) -> dict[str, Any]:
        request = Request(self.address + path, body, {"Content-Type": content_type})
        with urlopen(request, timeout=10) as answer:
            found: dict[str, Any] = json.load(answer)
            return found
