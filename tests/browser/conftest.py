"""A browser, a demo stack of its own, and the doors into dashboard and phone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from lead_reviver.local.install import build_dashboard, find_browser
from tests.browser.rooms import Dashboard, Phone
from tests.real_stack import RealStack, running_stack

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
NewPage = Callable[..., Page]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder drives a browser against the real stack."""
    for item in items:
        if "tests/browser" in str(item.path):
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.stack)


@pytest.fixture(scope="package")
def demo() -> Iterator[RealStack]:
    """Everything that `make up` starts, with the demo workspace and quick turns."""
    build_dashboard()
    with running_stack(env={"LEAD_REVIVER_QUIET_SECONDS": "0.2"}, demo=True) as stack:
        yield stack


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """A Chromium without a window. Closed after this folder: while it is open, no test can be asynchronous."""
    path = find_browser()
    assert path is not None, "There is no Chromium on this machine; `make test` installs one."
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=str(path), args=list(FLAGS))
        yield chromium
        chromium.close()


@pytest.fixture
def new_page(browser: Browser) -> Iterator[NewPage]:
    """Make pages, each of a person of its own; a page that logs an error or breaks fails the test."""
    contexts = []
    problems: list[str] = []

    def make(**options: Any) -> Page:
        look = {"viewport": {"width": 1440, "height": 900}, "locale": "en-GB", "color_scheme": "light", **options}
        context = browser.new_context(**look)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: problems.append(str(error)))
        return page

    yield make
    for context in contexts:
        context.close()
    assert not problems, problems


@pytest.fixture
def phone(demo: RealStack) -> Phone:
    """The simulator's phone."""
    assert demo.urls["simulator"]
    return Phone(demo.urls["simulator"])


@pytest.fixture
def dashboard(demo: RealStack, new_page: NewPage) -> Dashboard:
    """The dashboard of the demo's owner, signed in."""
    dashboard = a_dashboard(demo, new_page())
    dashboard.sign_in(*owner_of(demo))
    return dashboard


def a_dashboard(demo: RealStack, page: Page) -> Dashboard:
    """Return the dashboard in this page, not opened yet."""
    assert demo.urls["dashboard"]
    return Dashboard(page, demo.urls["dashboard"])


def owner_of(demo: RealStack) -> tuple[str, str]:
    """Return email and password of the demo's owner."""
    return demo.env["LEAD_REVIVER_DEMO_EMAIL"], demo.env["LEAD_REVIVER_DEMO_PASSWORD"]
