"""The command line: thin. Everything it does lives elsewhere and is imported when it is asked for."""

from __future__ import annotations

import asyncio
import json
import os
from pathlib import Path
from typing import Annotated

import typer

from lead_reviver.errors import BadInput, LeadReviverError
from lead_reviver.local.folders import DEFAULT_DATA_DIR, DataDir
from lead_reviver.local.install import InstallFailed
from lead_reviver.playbook_commands import commands as playbook_commands

app = typer.Typer(
    help="Lead-Reviver wakes up leads that went quiet.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

DataDirOption = Annotated[
    Path, typer.Option("--data-dir", help="Where everything of a run lives.", show_default=".lead-reviver")
]


@app.command()
def up(
    data_dir: DataDirOption = DEFAULT_DATA_DIR,
    detach: Annotated[bool, typer.Option("--detach", help="Return when everything is ready.")] = False,
    fresh: Annotated[bool, typer.Option("--fresh", help="Forget all data first.")] = False,
    port_base: Annotated[
        int | None,
        typer.Option(min=0, max=65000, help="First of eight ports in a row; 0 for any free ones.", show_default="8700"),
    ] = None,
    parts: Annotated[str | None, typer.Option(help="Start only these, comma separated.", show_default="all")] = None,
    demo: Annotated[bool, typer.Option(help="Fill an empty database with a demo workspace.")] = True,
    build: Annotated[bool, typer.Option(help="Build the dashboard when its sources changed.")] = True,
    without_n8n: Annotated[bool, typer.Option("--without-n8n", help="Leave n8n out: the inline runner works.")] = False,
    n8n_workers: Annotated[
        int, typer.Option(min=0, max=16, help="Run n8n in queue mode, with so many workers.", show_default="none")
    ] = 0,
) -> None:
    """Start everything on this machine and stay until Ctrl-C."""
    from lead_reviver.local import detached, install
    from lead_reviver.local.parts import PART_NAMES
    from lead_reviver.local.report import welcome
    from lead_reviver.local.stack import Options, run_stack

    chosen = tuple(parts.split(",")) if parts else PART_NAMES
    if unknown := set(chosen) - set(PART_NAMES):
        raise BadInput(f"there is no part {', '.join(sorted(unknown))}; the parts are {', '.join(PART_NAMES)}")
    if without_n8n:
        chosen = tuple(name for name in chosen if name != "n8n")
    with install.alone():
        install.install_supabase_lite()
        if build:
            install.build_dashboard()
    folder = DataDir(data_dir.resolve())
    if detach:
        detached.start(folder, _show)
        return
    options = Options(folder, fresh=fresh, port_base=port_base, parts=chosen, demo=demo, n8n_workers=n8n_workers)
    asyncio.run(run_stack(options, os.environ, _say, lambda environment: _show(welcome(environment, folder))))


@app.command()
def status(
    data_dir: DataDirOption = DEFAULT_DATA_DIR,
    as_json: Annotated[bool, typer.Option("--json", help="For programs; the shape is stable.")] = False,
) -> None:
    """Say which parts run, and where."""
    from lead_reviver.local.report import overview
    from lead_reviver.local.state import read_state

    folder = DataDir(data_dir.resolve())
    run = read_state(folder)
    print(json.dumps(run.public(folder), indent=2) if as_json else overview(run))


@app.command()
def down(data_dir: DataDirOption = DEFAULT_DATA_DIR) -> None:
    """End everything that `up` started."""
    from lead_reviver.local.stop import end_run

    end_run(DataDir(data_dir.resolve()), _say)


@app.command()
def doctor(data_dir: DataDirOption = DEFAULT_DATA_DIR) -> None:
    """Say what is wrong with this machine or the running parts, and how to mend it."""
    from lead_reviver.local.doctor import examine

    findings = asyncio.run(examine(DataDir(data_dir.resolve())))
    for finding in findings:
        print(finding.line())
    if not all(finding.fine for finding in findings):
        raise SystemExit(1)


@app.command()
def serve(
    parts: Annotated[str, typer.Option(help="Which of gateway and engine, comma separated.")] = "gateway,engine",
) -> None:
    """Run our own process; settings come from the environment."""
    from lead_reviver.app import serve as serve_app
    from lead_reviver.settings import load_settings

    chosen = set(parts.split(","))
    if unknown := chosen - {"gateway", "engine"}:
        raise BadInput(f"there is no part {', '.join(sorted(unknown))}; the parts are gateway, engine")
    serve_app(load_settings(), chosen)


n8n = typer.Typer(help="n8n, the visible workflow: what `up` does with it, one part at a time.", no_args_is_help=True)
app.add_typer(n8n, name="n8n")


@n8n.command("install")
def n8n_install() -> None:
    """Put n8n on this machine: 2.4 GB, about 3 minutes; nothing when it is there."""
    from lead_reviver.local import install

    install.install_n8n_alone()
    _say("n8n        is installed")


@n8n.command("provision")
def n8n_provision(
    data_dir: DataDirOption = DEFAULT_DATA_DIR,
    replace: Annotated[
        bool, typer.Option("--replace", help="Put ours in where somebody changed a workflow; theirs is kept beside.")
    ] = False,
) -> None:
    """Bring n8n's vault and workflows up to date; what somebody changed is kept."""
    from lead_reviver.local.n8n_commands import bring_up_to_date

    bring_up_to_date(DataDir(data_dir.resolve()), _say, replace=replace)


@n8n.command("status")
def n8n_status(data_dir: DataDirOption = DEFAULT_DATA_DIR) -> None:
    """Say how n8n is, and which version of each workflow stands there."""
    from lead_reviver.local.n8n_commands import home_of, overview

    for line in asyncio.run(overview(home_of(DataDir(data_dir.resolve())))):
        _say(line)


@n8n.command("open")
def n8n_open(data_dir: DataDirOption = DEFAULT_DATA_DIR) -> None:
    """Open n8n in the browser."""
    from lead_reviver.local.n8n_commands import home_of, open_editor

    open_editor(home_of(DataDir(data_dir.resolve())), _say)


@n8n.command("files")
def n8n_files(
    found: Annotated[Path, typer.Option(help="Folder of n8n's own export of its workflows; may be empty.")],
    output: Annotated[
        Path, typer.Option(help="Where the files for n8n's import go: secrets too, so keep it in memory.")
    ],
    replace: Annotated[bool, typer.Option("--replace", help="As in `provision`; theirs is kept as a backup.")] = False,
    backups: Annotated[
        Path | None, typer.Option(help="Where backups of theirs go.", show_default="OUTPUT/backups")
    ] = None,
) -> None:
    """Write what n8n's own import needs, where n8n runs in a container: see deploy/."""
    from lead_reviver.local.n8n_files import write_files

    asyncio.run(write_files(found, output, os.environ, _say, replace=replace, backups=backups))


@n8n.command("imported")
def n8n_imported(
    output: Annotated[Path, typer.Option(help="The folder that `files` wrote.")],
) -> None:
    """Remember that n8n has imported what `files` wrote."""
    from lead_reviver.local.n8n_files import remember

    _say(f"n8n        {asyncio.run(remember(output, os.environ))} workflows are known")


app.add_typer(playbook_commands, name="playbook")


@app.command()
def simulator() -> None:
    """Run the stand-in for Meta's Graph API, with its phone; settings come from the environment."""
    from lead_reviver.simulator.server import main as run_simulator

    run_simulator()


def _say(line: str) -> None:
    _show(f"  {line}")


def _show(text: str) -> None:
    print(text, flush=True)


def main() -> None:
    """Run the command line; what is known to be wrong is said plainly, without a traceback."""
    try:
        app()
    except (LeadReviverError, InstallFailed) as error:
        typer.echo(f"lead-reviver: {error}", err=True)
        raise SystemExit(1) from None


if __name__ == "__main__":
    main()
