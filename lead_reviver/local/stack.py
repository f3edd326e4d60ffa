"""One run of the one-machine stack, from nothing to ready and back to nothing."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import signal
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import psutil

from lead_reviver.local.demo import seed_demo
from lead_reviver.local.demo.phone import seed_phone
from lead_reviver.local.engine import Engine, Simulator
from lead_reviver.local.environment import Plan, Say, is_outside, plan_environment
from lead_reviver.local.folders import DataDir
from lead_reviver.local.parts import PART_NAMES, PartFailed
from lead_reviver.local.postgres import Postgres
from lead_reviver.local.redis import Redis
from lead_reviver.local.state import describe, hold, leftovers, write_state
from lead_reviver.local.supabase import Supabase
from lead_reviver.local.supervisor import Supervisor


@dataclass(frozen=True)
class Options:
    """What a person may choose about a run."""

    data_dir: DataDir
    fresh: bool = False
    """Forget everything of an earlier run first."""
    port_base: int | None = None
    """First of five ports in a row; 0 means any free ones; None means those of the last run, else 8700."""
    parts: tuple[str, ...] = PART_NAMES
    demo: bool = True
    """Fill an empty database with a demo workspace."""


async def run_stack(
    options: Options, caller: Mapping[str, str], say: Say, on_ready: Callable[[Mapping[str, str]], None]
) -> None:
    """Start everything, call `on_ready` with the environment, stay until SIGINT or SIGTERM, then end everything.

    `caller` is the caller's environment: what it sets wins. Raises `AlreadyRunning`, `PartFailed` or `SettingsError`,
    with nothing left running.
    """
    data_dir = options.data_dir
    data_dir.make()
    with hold(data_dir), _asked_to_stop() as asked:
        await _end_leftovers(data_dir, say)
        if options.fresh:
            _wipe(data_dir)
        plan = plan_environment(data_dir, options.port_base, caller, say)
        wanted = tuple(name for name in PART_NAMES if name in options.parts and not is_outside(name, plan.outside))
        run = describe(plan, wanted)
        write_state(data_dir, run)
        supervisor = Supervisor(data_dir, run, say)
        starting = asyncio.create_task(_start(supervisor, set(wanted), options, plan, say))
        stopping = asyncio.create_task(asked.wait())
        try:
            await asyncio.wait([starting, stopping], return_when=asyncio.FIRST_COMPLETED)
            if starting.done():
                starting.result()
                run.state = "ready"
                write_state(data_dir, run)
                on_ready(plan.environment)
                await stopping
        except PartFailed as failure:
            raise failure.without(plan.generated.values()) from None
        finally:
            run.state = "stopping"
            for task in (starting, stopping):
                task.cancel()
            await asyncio.gather(starting, stopping, return_exceptions=True)
            await supervisor.stop()
            data_dir.state_file.unlink(missing_ok=True)


async def _start(supervisor: Supervisor, wanted: set[str], options: Options, plan: Plan, say: Say) -> None:
    """Start the wanted parts in the order in which they need each other."""
    data_dir, environment = options.data_dir, plan.environment
    postgres = Postgres(data_dir.part("postgres"), plan.ports["postgres"], plan.generated, data_dir.log("postgres"))
    supabase = Supabase(data_dir.part("supabase"), environment, data_dir.log("supabase"))
    if "postgres" in wanted:
        await supervisor.start(postgres)
    if "redis" in wanted:
        await supervisor.start(Redis(data_dir.part("redis"), plan.ports["redis"], plan.generated))
    if wanted & {"postgres", "supabase"}:
        await supabase.migrate()
        say("migrations applied")
    if "postgres" in wanted:
        await postgres.let_engine_in()
    if "supabase" in wanted:
        await supervisor.start(supabase)
    if "simulator" in wanted:
        await supervisor.start(Simulator(environment, data_dir.part("simulator")))
    shows = options.demo and wanted >= {"postgres", "supabase"} and environment["LEAD_REVIVER_ENV"] == "development"
    if shows and await seed_demo(environment, say) and "simulator" in wanted:
        await seed_phone(environment)
    if "engine" in wanted:
        await supervisor.start(Engine(environment, data_dir.root))


@contextlib.contextmanager
def _asked_to_stop() -> Iterator[asyncio.Event]:
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
    """End what an `up` that was killed left behind. On Linux the kernel has usually done it already."""
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
    """Forget an earlier run. Only what a run makes is removed, in case the folder holds other things as well."""
    for name in (*PART_NAMES, "logs"):
        shutil.rmtree(data_dir.root / name, ignore_errors=True)
    for file in (data_dir.env_file, data_dir.secrets_file, data_dir.ports_file, data_dir.state_file):
        file.unlink(missing_ok=True)
    data_dir.make()
