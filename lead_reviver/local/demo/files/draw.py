"""Make the files that the demo's leads send: pictures from the drawings of this folder, and a page of a document.

The results are committed. After changing a drawing: `python lead_reviver/local/demo/files/draw.py` (needs a Chromium).
"""

from __future__ import annotations

import base64
import re
from collections.abc import Sequence
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from lead_reviver.local.install import find_browser

HERE = Path(__file__).parent
PAINT = """async ([drawing, width, height, format]) => {
  const image = new Image()
  image.src = 'data:image/svg+xml;base64,' + drawing
  await image.decode()
  const canvas = Object.assign(document.createElement('canvas'), { width, height })
  canvas.getContext('2d').drawImage(image, 0, 0, width, height)
  return canvas.toDataURL(format, 0.86)
}"""
EXTRACT = (
    (26, 750, "Company extract"),
    (14, 715, "Hughes Holdings Ltd"),
    (11, 675, "Number: 00000000 (an example; there is no such company)"),
    (11, 655, "Director: Oliver Hughes, signs alone"),
    (11, 635, "Business: letting of own property"),
)
"""Size, height on the page and words of each line; points, from the bottom of an A4 page."""


def paint(page: Page, drawing: str, to: str, width: int, height: int, mime_type: str) -> None:
    """Save a drawing as a picture of `width` by `height` pixels."""
    source = base64.b64encode((HERE / drawing).read_bytes()).decode()
    painted: str = page.evaluate(PAINT, [source, width, height, mime_type])
    (HERE / to).write_bytes(base64.b64decode(painted.partition(",")[2]))


def one_page(lines: Sequence[tuple[int, int, str]]) -> bytes:
    """Return a PDF of one page. The words must be plain ASCII."""
    escaped = ((size, y, re.sub(r"([\\()])", r"\\\1", words)) for size, y, words in lines)
    drawn = "\n".join(f"BT /F1 {size} Tf 72 {y} Td ({words}) Tj ET" for size, y, words in escaped)
    things = (
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R "
        "/Resources << /Font << /F1 5 0 R >> >> >>",
        f"<< /Length {len(drawn)} >>\nstream\n{drawn}\nendstream",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    )
    pdf, places = "%PDF-1.4\n", []
    for number, thing in enumerate(things, 1):
        places.append(len(pdf))
        pdf += f"{number} 0 obj\n{thing}\nendobj\n"
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    size = len(things) + 1
    end = f"trailer\n<< /Size {size} /Root 1 0 R >>\nstartxref\n{len(pdf)}\n%%EOF\n"
    return f"{pdf}xref\n0 {size}\n0000000000 65535 f \n{table}{end}".encode("ascii")


def main() -> None:
    """Draw all of them."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_browser(), args=["--no-sandbox"])
        page = browser.new_page()
        paint(page, "facade.svg", "facade.jpg", 800, 600, "image/jpeg")
        paint(page, "dog.svg", "dog.webp", 512, 512, "image/webp")
        browser.close()
    (HERE / "company-extract.pdf").write_bytes(one_page(EXTRACT))


if __name__ == "__main__":
    main()
