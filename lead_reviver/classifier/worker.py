"""The process that reads texts: a JSON list of texts a line comes in, a JSON list of impressions a line goes out.

`python -m lead_reviver.classifier.worker`, started by `child.py`. It has no settings and no secrets, opens no
connection, and ends when its input does.
"""

from __future__ import annotations

import sys

import msgspec

from lead_reviver.classifier.reader import Reader


def main() -> None:
    """Answer until nobody asks any more."""
    reader = Reader()
    texts = msgspec.json.Decoder(list[str])
    for line in sys.stdin.buffer:
        sys.stdout.buffer.write(msgspec.json.encode(reader.read(texts.decode(line))) + b"\n")
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
