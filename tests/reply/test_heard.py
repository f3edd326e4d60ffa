"""What leads say about home and plans: the data can be used, in every language."""

import json
from pathlib import Path

import pytest

import lead_reviver.reply.heard as heard
from lead_reviver.decide.patterns import LANGUAGES, Pattern
from lead_reviver.decide.text import plain

FOLDER = Path(heard.__file__).parent / "heard"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_phrase_is_a_pattern_in_plain_form(language):
    """A pattern that does not compile would only fail when a lead first writes that language."""
    data = json.loads((FOLDER / f"{language}.json").read_bytes())
    sources = list(data["quotes"])
    for field in ("property_type", "reason", "decision_makers", "timeline", "financing"):
        sources += [source for some in data[field].values() for source in some]
    for source in sources:
        Pattern(source, {})
        for word in source.translate(str.maketrans("(|)*?^$._", " " * 9)).split():
            assert plain(word).strip() == word, source
