"""The worked example of docs/playbooks.md is a playbook that may be published."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from lead_reviver.reply.playbook import read_playbook
from lead_reviver.reply.playbook_evaluation import evaluate
from lead_reviver.reply.playbook_shapes import Playbook

from .words import ROOT, words

PAGE = ROOT / "docs" / "playbooks.md"


def test_the_worked_example_is_read_and_holds_its_trial():
    [example] = re.findall(r"^```yaml\n(.*?)^```", words(PAGE), re.MULTILINE | re.DOTALL)
    assert evaluate(read_playbook(example), datetime(2026, 11, 22, 12, 0, tzinfo=UTC)).failed == []


def test_every_part_of_a_playbook_that_an_author_chooses_is_told():
    told = set(re.findall(r"`([a-z_]+)", words(PAGE)))
    texts = {name for name, kind in Playbook.__annotations__.items() if kind == "Texts"}
    assert set(Playbook.__struct_fields__) - texts <= told
