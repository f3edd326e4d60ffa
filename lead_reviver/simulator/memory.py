"""Keeps leads, chats, templates and files over a restart: SQLite, written in the background.

A crash may lose the last second; nothing of the engine's promises rests on it. No call ever waits for the disk.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec
import orjson

from lead_reviver.simulator.media import MediaFile
from lead_reviver.simulator.world import Lead, Message, Template, World

log = logging.getLogger(__name__)

FLUSH_SECONDS = 1.0
TYPES: dict[str, Any] = {"lead": Lead, "message": Message, "template": Template, "file": MediaFile}
SCHEMA = """
create table if not exists things (
  place integer primary key,
  kind text not null,
  id text not null,
  value blob not null,
  unique (kind, id)
)
"""
UPSERT = """
insert into things (kind, id, value) values (?, ?, ?)
on conflict (kind, id) do update set value = excluded.value
"""

Row = tuple[str, str, bytes]


class Memory:
    """The changed things since the last write, and the file they go to."""

    def __init__(self, folder: Path | None) -> None:
        self._database: sqlite3.Connection | None = None
        self._changed: dict[tuple[str, str], Any] = {}
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)
            self._database = _open(folder / "simulator.db")

    def load(self, world: World, files: dict[str, MediaFile]) -> None:
        """Put back what was kept; messages return in the order they were written."""
        if self._database is None:
            return
        rows = self._database.execute("select kind, value from things order by kind, place").fetchall()
        things: dict[str, list[Any]] = {kind: [] for kind in TYPES}
        for kind, value in rows:
            things[kind].append(msgspec.json.decode(value, type=TYPES[kind]))
        for lead in things["lead"]:
            lead.thread = []
            world.add_lead(lead)
        for message in things["message"]:
            if message.lead_id in world.leads:
                world.restore_message(message)
        for template in things["template"]:
            world.templates[(template.name, template.language)] = template
        files.update({file.id: file for file in things["file"]})

    def note(self, kind: str, thing_id: str, thing: Any) -> None:
        """Remember that something changed; it is written within a second."""
        if self._database is not None:
            self._changed[(kind, thing_id)] = thing

    async def keep_writing(self) -> None:
        """Write what changed, again and again, until cancelled."""
        while True:
            await asyncio.sleep(FLUSH_SECONDS)
            if self._changed:
                await asyncio.to_thread(self._write, self._rows())

    def forget_people(self) -> None:
        """Drop leads and chats."""
        self._changed = {key: value for key, value in self._changed.items() if key[0] not in ("lead", "message")}
        if self._database is not None:
            self._database.execute("delete from things where kind in ('lead', 'message')")
            self._database.commit()

    def forget(self, kind: str, thing_id: str) -> None:
        """Drop one thing."""
        self._changed.pop((kind, thing_id), None)
        if self._database is not None:
            self._database.execute("delete from things where kind = ? and id = ?", (kind, thing_id))
            self._database.commit()

    def close(self) -> None:
        """Write the rest and end."""
        if self._database is not None:
            self._write(self._rows())
            self._database.close()
            self._database = None

    def _rows(self) -> list[Row]:
        changed, self._changed = self._changed, {}
        return [(kind, thing_id, _encoded(kind, thing)) for (kind, thing_id), thing in changed.items()]

    def _write(self, rows: Iterable[Row]) -> None:
        assert self._database is not None
        with self._database:
            self._database.executemany(UPSERT, rows)


def _encoded(kind: str, thing: Any) -> bytes:
    if kind == "lead":
        thread, thing.thread = thing.thread, []
        try:
            return orjson.dumps(thing)
        finally:
            thing.thread = thread
    return orjson.dumps(thing)


def _open(path: Path) -> sqlite3.Connection:
    """Open the file; one that cannot be read is put aside, since a fresh start beats none."""
    try:
        return _connect(path)
    except sqlite3.DatabaseError:
        aside = path.with_suffix(".unreadable")
        path.replace(aside)
        log.warning("the simulator's memory could not be read; it is kept as %s", aside.name)
        return _connect(path)


def _connect(path: Path) -> sqlite3.Connection:
    database = sqlite3.connect(path, check_same_thread=False)
    database.execute("pragma journal_mode = wal")
    database.execute("pragma synchronous = off")
    database.execute(SCHEMA)
    return database
