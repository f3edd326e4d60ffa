"""`make bench` measures everything it promises. How fast it is says a real run; here the sizes are tiny."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.figures import Figure, Yardstick, percentile
from lead_reviver.local.folders import PROJECT_ROOT


@pytest.mark.stack
def test_an_operator_who_runs_the_benchmark_gets_a_table_and_a_file(tmp_path: Path):
    results = tmp_path / "results.json"
    run = subprocess.run(
        [sys.executable, "-m", "benchmarks", "--quick", "--output", str(results)],
        cwd=PROJECT_ROOT,
        capture_output=True,
        check=False,
        text=True,
        timeout=600,
    )

    assert run.returncode == 0, run.stderr
    figures = json.loads(results.read_text())["figures"]
    with_target = [each for each in figures if each["target"]]
    assert len(with_target) == 15
    assert all(each["value"] > 0 and each["reached"] in (True, False) for each in with_target)
    assert all(each["figure"] in run.stdout for each in figures)


@pytest.mark.stack
def test_an_operator_who_wants_one_figure_gets_that_alone(tmp_path: Path):
    results = tmp_path / "results.json"
    run = subprocess.run(
        [sys.executable, "-m", "benchmarks", "--quick", "--only", "one", "--output", str(results)],
        cwd=PROJECT_ROOT,
        capture_output=True,
        check=False,
        text=True,
        timeout=600,
    )

    assert run.returncode == 0, run.stderr
    assert [each["unit"] for each in json.loads(results.read_text())["figures"]] == ["ms", "ms"]


def test_a_figure_reaches_its_target_only_when_value_and_ratio_do():
    bare = Yardstick("bare", 10_000)

    def figure(value: float) -> Figure:
        return Figure(name="x", value=value, unit="/s", at_least=3_000, ratio_at_least=0.35, yardstick=bare)

    assert figure(3_500).reached is True
    assert figure(3_400).reached is False
    assert Figure(name="x", value=2_900, unit="/s", at_least=3_000).reached is False
    assert Figure(name="x", value=12, unit="ms", at_most=10).reached is False
    assert Figure(name="x", value=12, unit="ms").reached is None


def test_a_percentile_is_a_measured_value():
    values = [float(n) for n in range(1, 101)]

    assert percentile(values, 50) == 50
    assert percentile(values, 99) == 99
    assert percentile([7.0], 99) == 7
