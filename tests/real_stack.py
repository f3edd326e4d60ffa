"""The real parts for tests: started by `lead-reviver up`, on free ports, in a folder of their own.

Ask for a fixture (tests/conftest.py), least first; each lives for the whole test session:

    postgres_and_redis   PostgreSQL with the migrations, Redis                             about 2 s
    supabase             the same and Supabase Lite (Auth, PostgREST)                      about 3 s
    stack                everything but n8n that `make up` starts: also the simulator and the engine
    n8n_stack            the same and a real n8n, provisioned and healthy                  about 60 s

Each gives a `RealStack`: `stack.env["DATABASE_URL"]`, `stack.urls["gateway"]`, `stack.settings()`,
`stack.kill("redis")`, `stack.log("engine")`.
`make_workspace(stack)` gives a workspace with a number and one signed-in member of each role; every test makes its own,
so that tests never meet. Something special (another quiet time, an own Graph server) is a `running_stack(...)` away.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import asyncpg
from redis.asyncio import Redis
from uuid_utils.compat import uuid7

from lead_reviver.local.environment import read_env_file, standard_names
from lead_reviver.local.folders import DataDir
from lead_reviver.local.processes import die_with_parent, end_of
from lead_reviver.local.state import read_state
from lead_reviver.settings import Settings

PASSWORD = "a password of the tests"
ROLES = ("owner", "manager", "agent", "viewer")


@dataclass
class RealStack:
    """Real parts that run now."""

    data_dir: DataDir
    process: subprocess.Popen[bytes]
    env: dict[str, str]
    """Every standard name of the run, as in its env file; also LEAD_REVIVER_ADMIN_DATABASE_URL and ..._REDIS_URL."""
    urls: dict[str, str | None]
    """gateway, api, dashboard, supabase, simulator."""

    def settings(self, **changes: Any) -> Settings:
        """Return the run's settings; `changes` by environment name, e.g. LEAD_REVIVER_QUIET_SECONDS=0."""
        return Settings.model_validate({**self.env, **changes})

    def state_of(self, part: str) -> str:
        """Return "ready", "restarting", ... of postgres, redis, supabase, simulator or engine."""
        return read_state(self.data_dir).parts[part].state

    def pid_of(self, part: str) -> int | None:
        """Return the process id of a part, None while it does not run."""
        return read_state(self.data_dir).parts[part].pid

    def kill(self, part: str) -> None:
        """kill -9 a part; `up` starts it again."""
        pid = self.pid_of(part)
        assert pid is not None, f"{part} does not run"
        os.kill(pid, signal.SIGKILL)

    @contextlib.contextmanager
    def stopped(self, part: str) -> Iterator[None]:
        """SIGSTOP a part: it takes connections and says nothing."""
        pid = self.pid_of(part)
        assert pid is not None, f"{part} does not run"
        os.kill(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(pid, signal.SIGCONT)

    def wait_until_restarted(self, part: str, old_pid: int | None, seconds: float = 40) -> None:
        """Wait until a part that was killed answers again."""
        wait_until(lambda: self.state_of(part) == "ready" and self.pid_of(part) != old_pid, seconds, f"{part} again")

    def log(self, part: str) -> str:
        """Return the end of a part's log."""
        return end_of(self.data_dir.log(part), 40)


@dataclass(frozen=True)
class User:
    """Somebody who signed up."""

    user_id: str
    email: str
    access_token: str | None
    """None where Supabase Lite does not run."""


@dataclass(frozen=True)
class Workspace:
    """A workspace of one test, with a number of its own and a member of each role."""

    workspace_id: str
    channel_id: str
    phone_number_id: str
    business_account_id: str
    owner: User
    manager: User
    agent: User
    viewer: User


@contextlib.contextmanager
def running_stack(
    *parts: str,
    env: Mapping[str, str] | None = None,
    demo: bool = False,
    n8n: bool = False,
    n8n_workers: int = 0,
) -> Iterator[RealStack]:
    """Start these parts (all when none is named), wait until they answer, and end them afterwards, come what may.

    With `n8n` also n8n, which is waited for too; with `n8n_workers` in queue mode.
    """
    folder = Path(tempfile.mkdtemp(prefix="lead-reviver-"))
    folder.chmod(0o755)
    data_dir = DataDir(folder / "data")
    output = folder / "up.log"
    argv = [
        sys.executable,
        "-m",
        "lead_reviver.cli",
        "up",
        "--data-dir",
        str(data_dir.root),
        "--port-base",
        "0",
        "--no-build",
    ]
    argv += ["--parts", ",".join(parts)] if parts else []
    argv += [] if demo else ["--no-demo"]
    argv += ["--n8n-workers", str(n8n_workers)] if n8n else ["--without-n8n"]
    clean = {name: value for name, value in os.environ.items() if name not in standard_names()}
    with output.open("wb") as log:
        process = subprocess.Popen(
            argv,
            env={**clean, **(env or {})},
            stdout=log,
            stderr=log,
            start_new_session=True,
            preexec_fn=die_with_parent(signal.SIGTERM),  # noqa: PLW1509 - nothing is left behind when tests are killed
        )
    try:
        wait_until(
            lambda: read_state(data_dir).state == "ready" or process.poll() is not None, 180, "the stack", every=0.05
        )
        if process.poll() is not None:
            raise AssertionError(f"the stack did not start:\n{end_of(output, 60)}")
        if n8n:
            names = ["n8n", *(["n8n-webhook"] if n8n_workers else []), *_workers(n8n_workers)]
            wait_until(lambda: _all_there(data_dir, names), 400, "n8n", every=0.5)
            states = read_state(data_dir).parts
            assert all(states[each].state == "ready" for each in names), end_of(output, 30)
        yield RealStack(data_dir, process, read_env_file(data_dir.env_file), read_state(data_dir).urls)
    finally:
        process.terminate()
        try:
            process.wait(40)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        shutil.rmtree(folder, ignore_errors=True)


def _workers(number: int) -> list[str]:
    return [f"n8n-worker-{each + 1}" for each in range(number)]


def _all_there(data_dir: DataDir, names: list[str]) -> bool:
    parts = read_state(data_dir).parts
    return any(each.state == "failed" for each in parts.values()) or all(
        name in parts and parts[name].state == "ready" for name in names
    )


async def sign_up(stack: RealStack, name: str = "somebody") -> User:
    """Sign a new user up: through Auth where Supabase Lite runs, else as a bare row."""
    email = f"{name}-{secrets.token_hex(6)}@example.com"
    if stack.state_of("supabase") != "ready":
        user_id = str(uuid7())
        await _as_admin(stack, "insert into auth.users (id, email) values ($1, $2)", user_id, email)
        return User(user_id, email, None)
    headers = {"apikey": stack.env["SUPABASE_PUBLISHABLE_KEY"]}
    async with (
        aiohttp.ClientSession(headers=headers) as session,
        session.post(
            f"{stack.env['SUPABASE_URL']}/auth/v1/signup", json={"email": email, "password": PASSWORD}
        ) as answer,
    ):
        said = await answer.json()
        assert answer.status == 200, said
        return User(said["user"]["id"], email, said["access_token"])


async def make_workspace(stack: RealStack, name: str = "Costa Homes") -> Workspace:
    """Make a workspace with a WhatsApp number of its own and a member of each role."""
    members = {role: await sign_up(stack, role) for role in ROLES}
    workspace_id, channel_id = str(uuid7()), str(uuid7())
    phone_number_id = str(700_000_000_000 + secrets.randbelow(99_000_000_000))
    business_account_id = str(900_000_000_000_000 + secrets.randbelow(99_000_000_000_000))
    connection = await asyncpg.connect(stack.env["DATABASE_URL"])
    try:
        async with connection.transaction():
            await connection.execute(
                "insert into public.workspaces (id, name, time_zone, language, country) "
                "values ($1, $2, 'Europe/Madrid', 'en', 'ES')",
                workspace_id,
                name,
            )
            await connection.executemany(
                "insert into public.members (workspace_id, user_id, role, display_name) values ($1, $2, $3, $4)",
                [(workspace_id, user.user_id, role, role.title()) for role, user in members.items()],
            )
            await connection.execute(
                "insert into public.channels (id, workspace_id, phone_number_id, business_account_id, name) "
                "values ($1, $2, $3, $4, 'Sales')",
                channel_id,
                workspace_id,
                phone_number_id,
                business_account_id,
            )
    finally:
        await connection.close()
    return Workspace(workspace_id, channel_id, phone_number_id, business_account_id, **members)


async def flush_redis(stack: RealStack) -> None:
    """FLUSHALL, as the admin user; the engine's own user may not."""
    async with Redis.from_url(stack.env["LEAD_REVIVER_ADMIN_REDIS_URL"]) as client:
        await client.flushall()


async def _as_admin(stack: RealStack, sql: str, *values: object) -> None:
    connection = await asyncpg.connect(stack.env["LEAD_REVIVER_ADMIN_DATABASE_URL"])
    try:
        await connection.execute(sql, *values)
    finally:
        await connection.close()


def wait_until(check: Any, seconds: float, what: str, every: float = 0.1) -> None:
    """Wait until `check()` is true. Fails the test, naming `what`, when it does not become so in time."""
    deadline = time.monotonic() + seconds
    while not check():
        assert time.monotonic() < deadline, f"{what}: not within {seconds} s"
        time.sleep(every)


async def eventually(check: Any, seconds: float, what: str, every: float = 0.05) -> Any:
    """Await `check()` again and again until it gives something true, and return that."""
    deadline = time.monotonic() + seconds
    while True:
        value = await check()
        if value:
            return value
        assert time.monotonic() < deadline, f"{what}: not within {seconds} s"
        await asyncio.sleep(every)
