"""`lead-reviver playbook ...`: playbooks as YAML files, in and out of the record."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar
from uuid import UUID

import typer

from lead_reviver.errors import BadInput
from lead_reviver.local.folders import DEFAULT_DATA_DIR, DataDir

if TYPE_CHECKING:
    from lead_reviver.reply.playbook import Playbook
    from lead_reviver.reply.playbook_evaluation import Evaluation
    from lead_reviver.storage.database import Pool
    from lead_reviver.storage.playbooks import Version

commands = typer.Typer(help="Playbooks: what the bot says, asks and knows, as YAML.", no_args_is_help=True)

DataDirOption = Annotated[
    Path, typer.Option("--data-dir", help="The run whose database is meant.", show_default=".lead-reviver")
]
WorkspaceOption = Annotated[
    UUID | None, typer.Option("--workspace", help="Its id; not needed where there is only one.")
]
VersionOption = Annotated[int | None, typer.Option("--version", help="Its number.", show_default="the newest")]
Result = TypeVar("Result")


@commands.command()
def check(file: Path) -> None:
    """Read a file, say everything that is wrong with it line by line, and try it as publishing does."""
    from lead_reviver.reply.playbook_evaluation import evaluate

    _tell(file.name, evaluate(_read(file), datetime.now(UTC)))


@commands.command("import")
def import_file(
    file: Path,
    workspace: WorkspaceOption = None,
    publish: Annotated[bool, typer.Option("--publish", help="Publish it as well.")] = False,
    data_dir: DataDirOption = DEFAULT_DATA_DIR,
) -> None:
    """Save a file as the next version of the name that stands in it: a draft."""
    from lead_reviver.playbooks import save_draft

    _read(file)
    text = file.read_text(encoding="utf-8")

    async def save(pool: Pool) -> Version:
        draft = await save_draft(pool, await _workspace(pool, workspace), text, None)
        print(f"{draft.name}: version {draft.version} is saved")
        if publish:
            await _publish(pool, draft)
        return draft

    _with_record(data_dir, save)


@commands.command()
def export(
    name: str,
    version: VersionOption = None,
    shipped: Annotated[bool, typer.Option("--shipped", help="One that comes with Lead-Reviver.")] = False,
    workspace: WorkspaceOption = None,
    data_dir: DataDirOption = DEFAULT_DATA_DIR,
) -> None:
    """Write a version as YAML to the standard output."""
    from lead_reviver.reply.playbook import SHIPPED, parse_playbook, playbook_text, shipped_text

    if shipped:
        if name not in SHIPPED:
            raise BadInput(f"there is no shipped playbook {name!r}; there are {', '.join(SHIPPED)}")
        print(shipped_text(name), end="")
        return
    found = _with_record(data_dir, lambda pool: _find(pool, workspace, name, version))
    print(playbook_text(parse_playbook(found.body)), end="")


@commands.command("publish")
def publish_one(
    name: str,
    version: VersionOption = None,
    workspace: WorkspaceOption = None,
    data_dir: DataDirOption = DEFAULT_DATA_DIR,
) -> None:
    """Try a draft and bring it into force; a published version never changes."""

    async def publish(pool: Pool) -> None:
        await _publish(pool, await _find(pool, workspace, name, version))

    _with_record(data_dir, publish)


@commands.command()
def versions(name: str, workspace: WorkspaceOption = None, data_dir: DataDirOption = DEFAULT_DATA_DIR) -> None:
    """List the versions of one playbook."""
    _show_versions(data_dir, workspace, name)


@commands.command("list")
def list_all(workspace: WorkspaceOption = None, data_dir: DataDirOption = DEFAULT_DATA_DIR) -> None:
    """List every version of every playbook."""
    _show_versions(data_dir, workspace, None)


def _show_versions(data_dir: Path, workspace: UUID | None, name: str | None) -> None:
    from lead_reviver.storage import playbooks
    from lead_reviver.storage.database import lent

    async def show(pool: Pool) -> None:
        workspace_id = await _workspace(pool, workspace)
        async with lent(pool) as connection:
            for each in await playbooks.list_versions(connection, workspace_id, name):
                since = f"published {each.published_at:%Y-%m-%d %H:%M}" if each.published_at else "draft"
                print(f"{each.name}  version {each.version}  {since}{'  in force' if each.in_force else ''}")

    _with_record(data_dir, show)


def _read(file: Path) -> Playbook:
    """Read a file; what is wrong is printed as `file:line: place: what to change`, and ends the program."""
    from lead_reviver.reply.playbook import PlaybookRefused, read_playbook

    try:
        return read_playbook(file.read_text(encoding="utf-8"))
    except PlaybookRefused as refused:
        for each in refused.problems:
            typer.echo(f"{file}:{each.line or 1}: {each.path}: {each.what}", err=True)
        raise SystemExit(1) from None
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"{file} cannot be read: {error}") from None


def _tell(name: str, evaluation: Evaluation) -> None:
    for each in evaluation.failed:
        typer.echo(f"{name}: {each.kind}: {each.item}: {each.problem}", err=True)
    tried = ", ".join(f"{count} {kind}" for kind, count in evaluation.tried.items())
    print(f"{name}: tried {tried}; {len(evaluation.failed)} failed")
    if not evaluation.passed:
        raise SystemExit(1)


async def _publish(pool: Pool, draft: Version) -> None:
    from lead_reviver.playbooks import publish_draft
    from lead_reviver.reply.playbook_evaluation import EvaluationFailed

    try:
        _tell(draft.name, await publish_draft(pool, draft, None, datetime.now(UTC)))
    except EvaluationFailed as failed:
        _tell(draft.name, failed.evaluation)
    print(f"{draft.name}: version {draft.version} is in force")


async def _find(pool: Pool, workspace: UUID | None, name: str, version: int | None) -> Version:
    from lead_reviver.storage import playbooks
    from lead_reviver.storage.database import lent

    workspace_id = await _workspace(pool, workspace)
    async with lent(pool) as connection:
        found = await playbooks.find(connection, workspace_id, name, version)
    if found is None:
        raise BadInput(f"workspace {workspace_id} has no such version of {name!r}; see `lead-reviver playbook list`")
    return found


async def _workspace(pool: Pool, given: UUID | None) -> str:
    from lead_reviver.storage import playbooks
    from lead_reviver.storage.database import lent

    async with lent(pool) as connection:
        found = await playbooks.workspaces(connection, str(given) if given else None)
    if given is not None and not found:
        raise BadInput(f"there is no workspace {given}")
    if len(found) != 1:
        raise BadInput("name a workspace with --workspace ID; there are " + (", ".join(found) or "none"))
    return found[0]


def _with_record(data_dir: Path, work: Callable[[Pool], Awaitable[Result]]) -> Result:
    """Do something with the record: that of `DATABASE_URL`, else that of the run in `data_dir`."""
    from lead_reviver.local.environment import read_env_file
    from lead_reviver.storage.database import connect_pool

    folder = DataDir(data_dir.resolve())
    known = read_env_file(folder.env_file) if folder.env_file.exists() else {}
    url = os.environ.get("DATABASE_URL") or known.get("DATABASE_URL")
    if not url:
        raise BadInput("DATABASE_URL is not set: start `lead-reviver up` first, or set it")

    async def run() -> Result:
        pool = await connect_pool(url, size=2, name="lead-reviver playbook")
        try:
            return await work(pool)
        finally:
            await pool.close()

    return asyncio.run(run())
