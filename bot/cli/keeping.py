"""`app.py backup` and `app.py rotate`: what is kept, kept safe."""

from __future__ import annotations

import os
import shutil
import subprocess
from contextlib import closing, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.opening import open_or_exit, settings_or_exit
from bot.cli.serve import now

if TYPE_CHECKING:
    from bot.store import Database

_OLDER = "pg_dump must not be older than the server."


def backup(
    file: Annotated[Path, typer.Argument(help="Where the copy goes; nothing may lie there yet.")],
) -> None:
    """Copy the database as it is at one moment into a file, while Usher runs."""
    with closing(open_or_exit(settings_or_exit())) as db:
        if file.exists():
            raise _sorry(f"{file} exists already. Nothing was written.")
        part = file.with_name(f"{file.name}.part")
        try:
            part.unlink(missing_ok=True)
            part.touch(mode=0o600)
            _copy(db, part)
            part.rename(file)
        except OSError as error:
            raise _sorry(f"No backup was made. {file} cannot be written: {error.strerror}.") from None
        except subprocess.CalledProcessError:
            raise _sorry(f"No backup was made. Why stands above. {_OLDER}") from None
        finally:
            with suppress(OSError):
                part.unlink(missing_ok=True)
    print(f"{file} holds everything that was stored a moment ago, {file.stat().st_size:,} bytes.")
    if db.ring.keys:
        print("What is personal in it is sealed: keep USHER_KEYS too, in another place.")


def _copy(db: Database, file: Path) -> None:
    if db.is_sqlite:
        db.copy(file)
        return
    program = shutil.which("pg_dump")
    if program is None:
        raise _sorry("pg_dump is not here. Run it where PostgreSQL is: pg_dump --format=custom --file=FILE DATABASE")
    address, password = db.address()
    secret = {"PGPASSWORD": password} if password else {}  # a command line can be read by everybody
    command = [program, "--format=custom", f"--file={file}", f"--dbname={address}"]
    subprocess.run(command, env={**os.environ, **secret}, check=True)  # noqa: S603 - our own words and address


def rotate() -> None:
    """Seal everything with the first key of USHER_KEYS, while Usher runs; says which keys may go afterwards."""
    from bot.engine.keys import rotate as seal_again
    from bot.store import KeyMissing

    with closing(open_or_exit(settings_or_exit())) as db:
        if not db.ring.keys:
            raise _sorry("USHER_KEYS is empty: there is nothing to seal with.")
        try:
            changed, over = seal_again(db, now())
        except KeyMissing as error:
            raise _sorry(f"{error} What was done is done; put that key back and run rotate again.") from None
    print(f"{changed} values were sealed with the key “{db.ring.newest}”. Everything is, now.")
    if over:
        print(f"No longer needed: {', '.join(over)}. Old backups still need them: keep them with those.")


def _sorry(words: str) -> SystemExit:
    print(words)
    return SystemExit(1)
