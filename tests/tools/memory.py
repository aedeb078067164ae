"""A disk that is none, where there is one: no test outlives a power cut, so none need wait for the disk."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

ROOM = 64_000_000  # bytes that must be free; containers often have no more in all
MEMORY = Path("/dev/shm")  # noqa: S108


@contextmanager
def folder() -> Iterator[Path]:
    """A fresh folder in memory, or on the disk where there is no room, for as long as the block runs."""
    roomy = MEMORY.is_dir() and shutil.disk_usage(MEMORY).free >= ROOM
    with TemporaryDirectory(prefix="usher-", dir=MEMORY if roomy else None) as found:
        yield Path(found)
