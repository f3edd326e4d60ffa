"""The pages that people read, and what they name."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = sorted(
    [
        *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")),
        *ROOT.glob("docs/**/*.md"),
        *ROOT.glob("workflows/*.md"),
        *ROOT.glob("benchmarks/*.md"),
        *ROOT.glob("deploy/*.md"),
    ]
)

_FENCED = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
_CODE = re.compile(r"`([^`\n]+)`")


def title(page: Path) -> str:
    """Return the path of a page as it is called in tests."""
    return str(page.relative_to(ROOT))


def words(page: Path) -> str:
    """Return a page as text."""
    return page.read_text(encoding="utf-8")


def prose(page: Path) -> str:
    """Return a page without its fenced blocks."""
    return _FENCED.sub("", words(page))


def code(page: Path) -> Iterator[str]:
    """Yield what stands in code: between backticks, and each line of a shell block."""
    text = words(page)
    for language, block in _FENCED.findall(text):
        if language == "sh":
            yield from block.splitlines()
    yield from _CODE.findall(_FENCED.sub("", text))


def anchors(page: Path) -> set[str]:
    """Return the anchors of a page's headings, as code hosts make them."""
    headings = re.findall(r"^#+ (.+)$", prose(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}
