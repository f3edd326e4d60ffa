"""One run of the one-machine stack, from nothing to ready and back to nothing."""

from __future__ import annotations

import asyncio
import contextlib
import importlib.util
import os
import shutil
import signal
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import psutil

from lead_reviver.errors import SettingsError
from lead_reviver.local.engine import Engine, Simulator
from lead_reviver.local.environment import (
    ADDRESS_OF,
    build_environment,
    load_or_generate_secrets,
    standard_names,
    write_env_file,
)
from lead_reviver.local.folders import DataDir
from lead_reviver.local.parts import PART_NAMES
from lead_reviver.local.ports import Ports, choose_ports, read_ports, write_ports
from lead_reviver.local.postgres import Postgres
from lead_reviver.local.redis import Redis
from lead_reviver.local.state import RunState, describe, hold, leftovers, write_state
from lead_reviver.local.supabase import Supabase
from lead_reviver.local.supervisor import Say, Supervisor


@dataclass(frozen=True)
class Options:
    """What a person may choose about a run."""

    data_dir: DataDir
    fresh: bool = False
    port_base: int | None = None
    """First of five ports in a row; 0 means any free ones; None means those of the last run, else 8700."""
    parts: tuple[str, ...] = PART_NAMES
    demo: bool = True
    """Fill an empty database with a demo workspace."""


async def run_stack(
    options: Options, outside: Mapping[str, str], say: Say, on_ready: Callable[[dict[str, str]], None]
) -> None:
    """Start everything, call `on_ready` with the environment, and stay until SIGINT or SIGTERM; then end everything.

    Raises `AlreadyRunning`, `PartFailed` or `SettingsError`, with nothing left running.
    """
    data_dir = options.data_dir
    data_dir.make()
    with hold(data_dir), _signals_set() as asked_to_stop:
        await _end_leftovers(data_dir, say)
        if options.fresh:
            _wipe(data_dir)
        run, environment, generated = _prepare_run(options, outside, say)
        supervisor = Supervisor(data_dir, run, list(generated.values()), say)
        starting = asyncio.create_task(_start_parts(supervisor, options, run, environment, generated, say))
        stopping = asyncio.create_task(asked_to_stop.wait())
        try:
            await asyncio.wait([starting, stopping], return_when=asyncio.FIRST_COMPLETED)
            if starting.done():
                starting.result()
                run.state = "ready"
                write_state(data_dir, run)
                on_ready(environment)
                await stopping
                say("stopping")
        finally:
            run.state = "stopping"
            starting.cancel()
            stopping.cancel()
            await asyncio.gather(starting, return_exceptions=True)
            await supervisor.stop()
            data_dir.state_file.unlink(missing_ok=True)


def _prepare_run(
    options: Options, outside: Mapping[str, str], say: Say
) -> tuple[RunState, dict[str, str], dict[str, str]]:
    data_dir = options.data_dir
    generated = load_or_generate_secrets(data_dir.secrets_file)
    fixed: Ports = {"gateway": int(outside["LEAD_REVIVER_PORT"])} if outside.get("LEAD_REVIVER_PORT") else {}
    ports = choose_ports(read_ports(data_dir.ports_file), options.port_base, fixed, say)
    write_ports(data_dir.ports_file, ports)
    environment = build_environment(data_dir, ports, generated, outside)
    write_env_file(data_dir.env_file, environment, "This run's settings. Written by `lead-reviver up` at every start.")
    run = describe(environment, outside, _to_start(options, outside))
    write_state(data_dir, run)
    return run, environment, generated


def _to_start(options: Options, outside: Mapping[str, str]) -> tuple[str, ...]:
    there = {n for n, module in _MODULES.items() if not importlib.util.find_spec(module)}
    return tuple(
        n for n in PART_NAMES if n in options.parts and n not in there and not outside.get(ADDRESS_OF.get(n, ""))
    )


_MODULES = {"engine": "lead_reviver.app", "simulator": "lead_reviver.simulator.server"}


async def _start_parts(
    supervisor: Supervisor,
    options: Options,
    run: RunState,
    environment: dict[str, str],
    generated: dict[str, str],
    say: Say,
) -> None:
    data_dir = options.data_dir
    wanted = {name for name, part in run.parts.items() if part.state == "waiting"}
    postgres = Postgres(data_dir.part("postgres"), _port_of(run, "postgres"), generated, data_dir.log("postgres"))
    supabase = Supabase(data_dir.part("supabase"), environment, data_dir.log("supabase"))
    if "postgres" in wanted:
        await supervisor.start(postgres)
    if "redis" in wanted:
        await supervisor.start(Redis(data_dir.part("redis"), _port_of(run, "redis"), generated))
    if "supabase" in wanted or "postgres" in wanted:
        _require_admin_database(wanted, environment)
        await supabase.migrate()
        say("migrations applied")
        if "postgres" in wanted:
            await postgres.let_engine_in()
    if "supabase" in wanted:
        await supervisor.start(supabase)
    if "simulator" in wanted:
        await supervisor.start(Simulator(environment, data_dir.part("simulator")))
    if "engine" in wanted:
        await supervisor.start(Engine(environment, data_dir.root))


def _require_admin_database(wanted: set[str], environment: Mapping[str, str]) -> None:
    if "postgres" not in wanted and not os.environ.get("LEAD_REVIVER_ADMIN_DATABASE_URL"):
        raise SettingsError(
            "DATABASE_URL is given from outside, so Supabase Lite needs LEAD_REVIVER_ADMIN_DATABASE_URL as well (a role "
            "that owns the database), or set SUPABASE_URL to a Supabase that already serves it."
        )


def _port_of(run: RunState, name: str) -> int:
    url = run.parts[name].url or ""
    return int(url.split("://", 1)[1].split("/", 1)[0].rpartition(":")[2] or 0)


@contextlib.contextmanager
def _signals_set() -> Iterator[asyncio.Event]:
    """Give an event that SIGINT, SIGTERM and a closed terminal set."""
    event, loop = asyncio.Event(), asyncio.get_running_loop()
    signals = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    for each in signals:
        loop.add_signal_handler(each, event.set)
    try:
        yield event
    finally:
        for each in signals:
            loop.remove_signal_handler(each)


async def _end_leftovers(data_dir: DataDir, say: Say) -> None:
    """End what an `up` that was killed left behind; the kernel has usually done it already."""
    processes = []
    for pid in leftovers(data_dir):
        with contextlib.suppress(psutil.NoSuchProcess):
            processes.append(psutil.Process(pid))
    if not processes:
        return
    say(f"ending {len(processes)} part(s) that an earlier run left behind")
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.send_signal(signal.SIGINT if process.name().startswith("postgres") else signal.SIGTERM)
    _, alive = await asyncio.to_thread(psutil.wait_procs, processes, timeout=8)
    for process in alive:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    await asyncio.to_thread(psutil.wait_procs, alive, timeout=5)


def _wipe(data_dir: DataDir) -> None:
    """Forget everything of this data directory except that we hold it."""
    for entry in data_dir.root.iterdir():
        if entry == data_dir.lock_file:
            continue
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry)
        else:
            entry.unlink()
    data_dir.make()


def outside_environment() -> dict[str, str]:
    """Return the standard names that the caller's environment sets."""
    return {name: os.environ[name] for name in standard_names() if os.environ.get(name)}
