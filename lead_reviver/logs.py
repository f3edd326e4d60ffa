"""How the process logs: one line an event, ids only.

Postgres puts the values of a row into the DETAIL of its errors, and a row may hold a phone number or a message: that
part never reaches a log.
"""

from __future__ import annotations

import logging
import re
from typing import Final

_DETAIL: Final = re.compile(r"DETAIL:.*", re.DOTALL)


class IdsOnly(logging.Formatter):
    """Formats a record without what Postgres says about a row's values."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as text."""
        return _DETAIL.sub("DETAIL: (left out)", super().format(record))


def start_logging(level: str) -> None:
    """Log to standard error."""
    handler = logging.StreamHandler()
    handler.setFormatter(IdsOnly("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(level=level, handlers=[handler], force=True)
