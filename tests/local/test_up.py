"""`up`, `status` and `down` with real processes, in folders of their own."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import psutil
import pytest

from lead_reviver.local.environment import read_env_file, standard_names
from lead_reviver.local.folders import DataDir
from lead_reviver.local.state import read_state
from tests.real_stack import RealStack, running_stack, wait_until

pytestmark = pytest.mark.stack
PARTS = ("postgres", "redis", "supabase", "simulator", "engine")
"""What `up` waits for; n8n comes after it by itself."""
CLEAN = {name: value for name, value in os.environ.items() if name not in standard_names()}


def argv(*arguments: str, data_dir: Path) -> list[str]:
    return [sys.executable, "-m", "lead_reviver.cli", *arguments, "--data-dir", str(data_dir)]


def run(*arguments: str, data_dir: Path, **env: str) -> subprocess.CompletedProcess[str]:
    command = argv(*arguments, data_dir=data_dir)
    return subprocess.run(command, env={**CLEAN, **env}, capture_output=True, text=True, timeout=120, check=False)


def up(*arguments: str, data_dir: Path, **env: str) -> subprocess.Popen[str]:
    command = argv("up", "--port-base", "0", "--no-build", "--no-demo", *arguments, data_dir=data_dir)
    return subprocess.Popen(command, env={**CLEAN, **env}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def status(data_dir: Path) -> dict:
    asked = run("status", "--json", data_dir=data_dir)
    assert asked.returncode == 0, asked.stderr
    return json.loads(asked.stdout)


def still_running(data_dir: Path) -> list[str]:
    """Return the command lines of processes that belong to this data directory."""
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            if process.pid != os.getpid() and any(str(data_dir) in each for each in process.cmdline()):
                found.append(" ".join(process.cmdline())[:120])
    return found


@pytest.fixture
def data_dir(tmp_path: Path) -> Iterator[Path]:
    """A folder below a private one (pytest's are 0700), where only its owner may walk."""
    folder = tmp_path / "data"
    yield folder
    run("down", data_dir=folder)
    wait_until(lambda: not still_running(folder), 15, f"nothing left of {folder}")


def wait_until_ready(process: subprocess.Popen[str], data_dir: Path) -> None:
    wait_until(lambda: read_state(DataDir(data_dir)).state == "ready" or process.poll() is not None, 90, "ready")
    assert process.poll() is None, process.communicate()[0]


def test_status_is_right_before_while_and_after_everything_runs(data_dir: Path) -> None:
    before = status(data_dir)
    process = up(data_dir=data_dir)
    seen = set()
    while read_state(DataDir(data_dir)).state != "ready":
        assert process.poll() is None, process.communicate()[0]
        seen |= {part["state"] for part in status(data_dir)["parts"].values()}
        time.sleep(0.05)
    running = status(data_dir)
    env = read_env_file(Path(running["env_file"]))
    secrets = [value for name, value in env.items() if name.endswith(("KEY", "KEYS", "SECRET", "TOKEN", "PASSWORD"))]
    process.send_signal(signal.SIGINT)
    said, _ = process.communicate(timeout=30)
    after = status(data_dir)

    assert {part["state"] for part in before["parts"].values()} == {"stopped"}
    assert {"waiting", "starting", "ready"} & seen
    assert list(running) == ["parts", "urls", "env_file"]
    n8n = running["parts"].pop("n8n")
    assert n8n["state"] in {"installing", "provisioning", "starting", "ready"}
    assert {name: part["state"] for name, part in running["parts"].items()} == dict.fromkeys(PARTS, "ready")
    assert all(part["pid"] and part["url"] for part in running["parts"].values())
    assert set(running["urls"]) == {"gateway", "api", "dashboard", "supabase", "simulator", "n8n"}
    assert not [secret for secret in secrets if secret in json.dumps(running)]
    assert process.returncode == 0, said
    assert "Lead-Reviver is ready" in said
    assert {part["state"] for part in after["parts"].values()} == {"stopped"}


def test_a_second_up_on_the_same_folder_says_that_it_is_running_already(data_dir: Path) -> None:
    first = run("up", "--detach", "--port-base", "0", "--no-build", "--parts", "redis", data_dir=data_dir)
    second = run("up", "--no-build", "--parts", "redis", data_dir=data_dir)
    again = run("up", "--detach", "--no-build", "--parts", "redis", data_dir=data_dir)
    down = run("down", data_dir=data_dir)

    assert first.returncode == 0, first.stderr
    assert second.returncode == 1
    assert "already running" in second.stderr
    assert again.returncode == 1
    assert down.returncode == 0
    assert "nothing is running" in run("down", data_dir=data_dir).stdout


def test_doctor_finds_nothing_wrong_with_a_good_run_and_names_what_is(data_dir: Path) -> None:
    run("up", "--detach", "--port-base", "0", "--no-build", "--parts", "postgres,redis", data_dir=data_dir)
    (data_dir / "env").chmod(0o644)
    wrong = run("doctor", data_dir=data_dir)
    (data_dir / "env").chmod(0o600)
    good = run("doctor", data_dir=data_dir)

    assert wrong.returncode == 1
    assert "chmod 600" in wrong.stdout
    lines = [line for line in good.stdout.splitlines() if line.startswith("WRONG")]
    assert [line for line in lines if "dashboard" not in line] == []


def test_parts_of_an_up_that_was_killed_end_and_the_next_up_finds_everything_again(data_dir: Path) -> None:
    process = up("--parts", "postgres,redis,supabase", data_dir=data_dir)
    wait_until_ready(process, data_dir)
    pids = [part["pid"] for part in status(data_dir)["parts"].values() if part["pid"]]
    process.kill()
    process.wait()
    stopped = status(data_dir)
    wait_until(lambda: not any(psutil.pid_exists(pid) for pid in pids), 15, "the parts have ended")
    again = up("--parts", "postgres,redis,supabase", data_dir=data_dir)
    wait_until_ready(again, data_dir)

    assert {part["state"] for part in stopped["parts"].values()} == {"stopped"}
    assert [part["state"] for part in status(data_dir)["parts"].values()][:3] == ["ready"] * 3
    again.terminate()
    again.communicate(timeout=30)


def test_a_part_that_cannot_start_is_named_with_the_end_of_its_log_and_nothing_stays(data_dir: Path) -> None:
    (data_dir / "postgres" / "data").mkdir(parents=True)
    process = up("--parts", "redis,postgres", data_dir=data_dir)
    said, _ = process.communicate(timeout=60)

    assert process.returncode == 1
    assert "postgres ended while it was starting" in said
    assert "postgresql.conf" in said
    assert "Traceback" not in said
    assert still_running(data_dir) == []


def test_a_part_whose_address_is_given_is_not_started(data_dir: Path) -> None:
    outside = {
        "REDIS_URL": "redis://somebody:hidden-password@127.0.0.1:1/0",
        "WHATSAPP_GRAPH_URL": "http://127.0.0.1:2",
    }
    process = up("--parts", "postgres,redis,simulator", data_dir=data_dir, **outside)
    wait_until_ready(process, data_dir)
    told = status(data_dir)
    env = read_env_file(data_dir / "env")
    process.terminate()
    process.communicate(timeout=30)

    assert told["parts"]["redis"] == {"state": "outside", "url": "redis://127.0.0.1:1/0", "pid": None}
    assert told["parts"]["simulator"]["state"] == "outside"
    assert told["urls"]["simulator"] == "http://127.0.0.1:2"
    assert told["parts"]["postgres"]["state"] == "ready"
    assert env["REDIS_URL"] == outside["REDIS_URL"]


def test_fresh_forgets_all_data_and_makes_new_secrets(data_dir: Path) -> None:
    run("up", "--detach", "--port-base", "0", "--no-build", "--parts", "postgres", data_dir=data_dir)
    run("down", data_dir=data_dir)
    (data_dir / "mine.txt").write_text("not made by a run")
    before = read_env_file(data_dir / "secrets")
    run("up", "--detach", "--fresh", "--port-base", "0", "--no-build", "--parts", "postgres", data_dir=data_dir)

    assert not set(before.values()) & set(read_env_file(data_dir / "secrets").values())
    assert (data_dir / "mine.txt").exists()


@pytest.fixture(scope="module")
def own_stack() -> Iterator[RealStack]:
    with running_stack("postgres", "redis") as stack:
        yield stack


async def test_a_killed_postgres_comes_back_with_everything_that_was_committed(own_stack: RealStack) -> None:
    admin = own_stack.env["LEAD_REVIVER_ADMIN_DATABASE_URL"]
    connection = await asyncpg.connect(admin)
    await connection.execute("create table kept (id int); insert into kept values (1)")
    await connection.close()
    pid = own_stack.pid_of("postgres")
    own_stack.kill("postgres")
    own_stack.wait_until_restarted("postgres", pid)
    connection = await asyncpg.connect(admin)
    assert await connection.fetchval("select count(*) from kept") == 1
    await connection.close()


def test_a_killed_redis_comes_back_empty(own_stack: RealStack) -> None:
    pid = own_stack.pid_of("redis")
    own_stack.kill("redis")
    own_stack.wait_until_restarted("redis", pid)
    assert own_stack.state_of("redis") == "ready"
