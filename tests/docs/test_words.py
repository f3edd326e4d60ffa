"""Whoever reads a page can rely on it: links lead somewhere, and what is named exists."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import typer
from prometheus_client import Counter, Gauge, Histogram

from lead_reviver import metrics
from lead_reviver.cli import app
from lead_reviver.local.environment import standard_names
from lead_reviver.steps.order import STEPS

from .words import PAGES, ROOT, anchors, code, prose, title, words

every_page = pytest.mark.parametrize("page", PAGES, ids=title)

MADE = ("benchmarks/results/", "dashboard/dist/")
"""What a run makes."""
OURS = ("lead_reviver/", "deploy/", "tests/", "docs/", "supabase/", "dashboard/", "benchmarks/", "workflows/", ".ci/")
PATH = re.compile(rf"(?:{'|'.join(map(re.escape, OURS))})[\w./-]*")
SETTING = re.compile(r"\b(?:LEAD_REVIVER|WHATSAPP|SUPABASE|DATABASE|REDIS)_[A-Z_]+\b")
METRIC = re.compile(r"\blead_reviver_[a-z0-9_]+\b")


@every_page
def test_a_link_leads_somewhere(page: Path):
    for target in re.findall(r"\]\(([^)\s]+)\)", prose(page)) + re.findall(r'src="([^"]+)"', prose(page)):
        if target.startswith(("http://", "https://", "mailto:")):
            continue
        path, _, anchor = target.partition("#")
        file = (page.parent / path).resolve() if path else page
        assert file.exists(), f"{title(page)} links to {target}, which is not there"
        assert file.is_relative_to(ROOT), f"{title(page)} links out of the project: {target}"
        assert not anchor or anchor in anchors(file), f"{title(page)} links to {target}, which has no such heading"


@every_page
def test_a_file_that_is_named_exists(page: Path):
    for each in code(page):
        for name in PATH.findall(each):
            if name.startswith(MADE) or re.search(r"[<*…]|YYYY", each):  # made by a run, or a pattern of names
                continue
            assert (ROOT / name.rstrip(".")).exists(), f"{title(page)} names {name}, which is not there"


@every_page
def test_a_make_target_that_is_named_exists(page: Path):
    targets = set(re.findall(r"^([a-z]+):", words(ROOT / "Makefile"), re.MULTILINE))
    for each in code(page):
        for name in re.findall(r"(?:^|\s)make ([a-z]+)", each):
            assert name in targets, f"{title(page)} says `make {name}`, which the Makefile does not know"


@every_page
def test_a_command_that_is_named_exists(page: Path):
    for each in code(page):
        found = re.search(r"(?:^|/|\s)lead-reviver ([a-z0-9][^#|]*)", each)
        if found is None:
            continue
        command, said = typer.main.get_command(app), found[1].split()
        while hasattr(command, "commands") and said:
            name, *said = said
            for one in name.split("/"):
                assert one in command.commands, f"{title(page)} says `lead-reviver ... {one}`, which does not exist"
            command = command.commands[name.split("/")[0]]
        options = {name for each in command.params for name in (*each.opts, *each.secondary_opts)}
        for option in re.findall(r"--[a-z0-9-]+", " ".join(said)):
            assert option in options, f"`{found[0].strip()}`: there is no {option}, which {title(page)} names"


@every_page
def test_a_setting_that_is_named_exists(page: Path):
    unknown = set(SETTING.findall(words(page))) - set(standard_names())
    assert unknown == set(), f"{title(page)} names settings that nothing reads"


@every_page
def test_an_option_of_make_up_exists(page: Path):
    options = {
        name
        for each in typer.main.get_command(app).commands["up"].params  # type: ignore[attr-defined]
        for name in (*each.opts, *each.secondary_opts)
    }
    for arguments in re.findall(r'make up\s+ARGS="([^"]*)"', words(page)):
        assert set(re.findall(r"--[a-z0-9-]+", arguments)) <= options


def test_operators_find_every_metric_and_no_other():
    counted = {each._name for each in vars(metrics).values() if isinstance(each, Counter | Gauge | Histogram)}
    said = set(METRIC.findall(words(ROOT / "docs" / "operations.md")))
    assert said == counted


def test_every_step_is_explained_in_its_place():
    rows = re.findall(r"^\| (\w+) \| `lead_reviver/steps/", words(ROOT / "docs" / "flow.md"), re.MULTILINE)
    assert rows == list(STEPS)


def test_every_state_of_a_turn_is_explained():
    [checked] = re.findall(
        r"state text not null default 'gathering'\s+check \(state in \(([^)]+)\)\)",
        words(ROOT / "supabase" / "migrations" / "20261122100300_create_conversations.sql"),
    )
    table = words(ROOT / "docs" / "flow.md").partition("## The states of a turn")[2]
    assert re.findall(r"'(\w+)'", checked) != []
    for state in re.findall(r"'(\w+)'", checked):
        assert f"\n| {state} | " in table


@every_page
def test_a_function_that_is_named_is_in_its_file(page: Path):
    file = r"`((?:lead_reviver|tests)/[\w./]+\.py)`"
    pairs = re.findall(rf"`([A-Za-z_]+)` in {file}", prose(page))
    pairs += re.findall(rf"`([A-Za-z_]+)` \({file}\)", prose(page))
    for name, path in pairs:
        assert re.search(rf"\b{name}\b", words(ROOT / path)), (
            f"{path} knows no {name}, which {title(page)} looks for there"
        )


def test_every_name_on_the_way_of_a_message_is_in_the_code():
    names = set(
        re.findall(r"`(?:\w+\.)?([A-Za-z_]*_[A-Za-z_]*|[A-Z][a-z]+[A-Z]\w+)`", prose(ROOT / "docs" / "flow.md"))
    )
    files = [*ROOT.glob("lead_reviver/**/*.py"), *ROOT.glob("supabase/migrations/*.sql")]
    source = "\n".join(words(each) for each in files)
    assert len(names) >= 25
    assert {each for each in names if not re.search(rf"\b{each}\b", source)} == set()


def test_decisions_are_numbered_once():
    numbers = [file.name[:4] for file in (ROOT / "docs" / "decisions").glob("*.md")]
    assert len(numbers) == len(set(numbers))
    for file in (ROOT / "docs" / "decisions").glob("*.md"):
        assert words(file).startswith(f"# {int(file.name[:4])}. ")
