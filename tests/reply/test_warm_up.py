"""What is read before the first message."""

from __future__ import annotations

import subprocess
import sys

LOADED = """
from lead_reviver.decide.patterns import pattern_set, phrases
from lead_reviver.decide.patterns import LANGUAGES
from lead_reviver.reply.warm_up import read_rules
assert phrases.cache_info().currsize == 0
read_rules()
print(phrases.cache_info().currsize == len(LANGUAGES), pattern_set.cache_info().currsize > 3)
"""


def test_the_phrases_of_every_language_are_there_before_anybody_writes():
    said = subprocess.run([sys.executable, "-c", LOADED], capture_output=True, text=True, check=True)
    assert said.stdout.split() == ["True", "True"]
