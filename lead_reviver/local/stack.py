"""One run of the one-machine stack, from nothing to ready and back to nothing."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import signal
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import psutil

from lead_reviver.local import install
from lead_reviver.local.demo import seed_demo
from lead_reviver.local.demo.phone import seed_phone
from lead_reviver.local.engine import Engine, Simulator
from lead_reviver.local.environment import Plan, Say, is_outside, plan_environment
from lead_reviver.local.folders import DataDir
from lead_reviver.local.n8n import Home, N8n, N8nWebhook, N8nWorker
from lead_reviver.local.n8n_provision import provision
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
    """First of eight ports in a row; 0 means any free ones; None means those of the last run, else 8700."""
    parts: tuple[str, ...] = PART_NAMES
    demo: bool = True
    """Fill an empty database with a demo workspace."""
    n8n_workers: int = 0
    """Run n8n in queue mode, with so many workers; 0 means one process for everything."""


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
        plan = plan_environment(
            data_dir, options.port_base, caller, say, n8n="n8n" in options.parts, n8n_workers=options.n8n_workers
        )
        wanted = _wanted(options, plan)
        run = describe(plan, wanted)
        write_state(data_dir, run)
        supervisor = Supervisor(data_dir, run, say)
        starting = asyncio.create_task(_start(supervisor, set(wanted), options, plan, say))
        stopping = asyncio.create_task(asked.wait())
        later: asyncio.Task[None] | None = None
        try:
            await asyncio.wait([starting, stopping], return_when=asyncio.FIRST_COMPLETED)
            if starting.done():
                starting.result()
                run.state = "ready"
                write_state(data_dir, run)
                on_ready(plan.environment)
                if "n8n" in wanted:
                    later = asyncio.create_task(_start_n8n(supervisor, options, plan, say))
                await stopping
        except PartFailed as failure:
            raise failure.without(plan.generated.values()) from None
        finally:
            run.state = "stopping"
            tasks = [each for each in (starting, stopping, later) if each is not None]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
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


def _wanted(options: Options, plan: Plan) -> tuple[str, ...]:
    """Return the parts to start: those asked for that are not given from outside and can be of use."""
    environment = plan.environment
    of_no_use = set()
    if "LEAD_REVIVER_N8N_DATABASE_URL" not in environment or environment["LEAD_REVIVER_RUNNER"] == "inline":
        of_no_use.add("n8n")
    return tuple(
        name
        for name in PART_NAMES
        if name in options.parts and name not in of_no_use and not is_outside(name, plan.outside)
    )


async def _start_n8n(supervisor: Supervisor, options: Options, plan: Plan, say: Say) -> None:
    """Install, provision and start n8n while everything else already works; the relay moves over by itself.

    Whatever goes wrong is said, and the inline runner goes on.
    """
    data_dir, environment = options.data_dir, plan.environment
    home = Home(data_dir.part("n8n"), environment, data_dir.log("n8n"))
    try:
        if not install.is_n8n_installed():
            supervisor.note("n8n", "installing")
            say("n8n        is being installed (2.4 GB, about 3 minutes); conversations are answered meanwhile")
            await asyncio.to_thread(install.install_n8n_alone)
        supervisor.note("n8n", "provisioning")
        await provision(home, say)
        await supervisor.start(N8n(home, queue=options.n8n_workers > 0))
        if options.n8n_workers:
            await supervisor.start(N8nWebhook(home))
            for number in range(options.n8n_workers):
                await supervisor.start(N8nWorker(home, number + 1))
    except (PartFailed, install.InstallFailed) as failure:
        supervisor.note("n8n", "failed")
        why = failure.without(plan.generated.values()) if isinstance(failure, PartFailed) else failure
        say(f"n8n        is not there: {why}")
        say("n8n        conversations are answered by the inline runner; `lead-reviver n8n install` tries again")


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
