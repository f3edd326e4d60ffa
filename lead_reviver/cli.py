"""The command line: thin. Everything it does lives elsewhere."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Annotated

import typer

from lead_reviver.errors import LeadReviverError
from lead_reviver.local.folders import DEFAULT_DATA_DIR, DataDir
from lead_reviver.local.install import InstallFailed

app = typer.Typer(
    help="Lead-Reviver wakes up leads that went quiet.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

DataDirOption = Annotated[
    Path | None, typer.Option("--data-dir", help="Where everything of a run lives. Default: .lead-reviver")
]


@app.command()
def up(
    data_dir: DataDirOption = None,
    fresh: Annotated[bool, typer.Option("--fresh", help="Forget all data first.")] = False,
    port_base: Annotated[
        int | None,
        typer.Option("--port-base", min=0, max=65000, help="First of five ports in a row; 0: any free ones."),
    ] = None,
    parts: Annotated[str | None, typer.Option("--parts", help="Start only these, comma separated.")] = None,
    demo: Annotated[bool, typer.Option(help="Fill an empty database with a demo workspace.")] = True,
    build: Annotated[
        bool, typer.Option(help="Install Node packages and build the dashboard where they changed.")
    ] = True,
) -> None:
    """Start everything on this machine and stay until Ctrl-C."""
    from lead_reviver.local import install
    from lead_reviver.local import parts as local_parts
    from lead_reviver.local.stack import Options, outside_environment, run_stack

    with install.alone():
        install.install_supabase_lite()
        if build:
            install.build_dashboard()
    chosen = tuple(parts.split(",")) if parts else local_parts.PART_NAMES
    options = Options(_data_dir(data_dir), fresh=fresh, port_base=port_base, parts=chosen, demo=demo)
    asyncio.run(run_stack(options, outside_environment(), _say, lambda env: _say("ready")))


@app.command()
def status(
    data_dir: DataDirOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="For programs; the shape is stable.")] = False,
) -> None:
    """Say which parts run, and where."""
    from lead_reviver.local.state import read_state

    folder = _data_dir(data_dir)
    run = read_state(folder)
    if as_json:
        print(json.dumps(run.public(folder), indent=2))
        return
    for name, part in run.parts.items():
        print(f"{name:<10} {part.state:<11} {part.url or ''}")


@app.command()
def down(data_dir: DataDirOption = None) -> None:
    """End everything that `up` started."""
    from lead_reviver.local.stop import end_run

    end_run(_data_dir(data_dir), _say)


@app.command()
def serve(
    parts: Annotated[str, typer.Option("--parts", help="Which of gateway and engine to run.")] = "gateway,engine",
) -> None:
    """Run our own process; settings come from the environment."""
    from lead_reviver.app import serve as serve_app
    from lead_reviver.settings import load_settings

    serve_app(load_settings(), set(parts.split(",")))


@app.command()
def simulator() -> None:
    """Run the stand-in for Meta's Graph API, with its phone."""
    from lead_reviver.simulator.server import main as run_simulator

    run_simulator()


def _data_dir(path: Path | None) -> DataDir:
    return DataDir((path or DEFAULT_DATA_DIR).resolve())


def _say(line: str) -> None:
    print(f"  {line}", flush=True)


def main() -> None:
    """Run the command line; what we know to be wrong is said in one line, without a traceback."""
    try:
        app()
    except (LeadReviverError, InstallFailed) as error:
        typer.echo(f"lead-reviver: {error}", err=True)
        raise SystemExit(1) from None


if __name__ == "__main__":
    main()
