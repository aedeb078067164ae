"""What every command begins with: settings that are complete, a database that fits, keys that open it."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.config import Settings
    from bot.store import Database

_MIGRATE = "Run: python app.py migrate"
_SCHEMAS = {
    "empty": f"The database is empty. {_MIGRATE}",
    "older": f"The database has the schema of an older release. {_MIGRATE}",
    "newer": "The database was migrated by a newer release, and this one would misread it. Start the newer release, "
    "or restore the backup that was made before the upgrade.",
}


def settings_or_exit() -> Settings:
    """The settings, or every mistake on the screen and exit code 2."""
    from bot.config import Misconfigured, read
    from bot.secrets import resolve

    try:
        return read(resolve(os.environ))
    except Misconfigured as error:
        print("Usher cannot start yet:", file=sys.stderr)
        for mistake in error.mistakes:
            print(f"  - {mistake}", file=sys.stderr)
        raise SystemExit(2) from None


def connect(settings: Settings) -> Database:
    """The database as it is, with the keys of USHER_KEYS; exit code 2 when they are none."""
    from bot.store import Database, ring_of

    try:
        return Database(settings.database, ring_of(settings.keys))
    except ValueError as error:
        raise _end(f"USHER_KEYS: {error}.") from None


def open_or_exit(settings: Settings) -> Database:
    """The database of this release with every key it needs, or one sentence on the screen and exit code 2."""
    from bot.cli.serve import now
    from bot.engine.keys import admit
    from bot.store import DatabaseError, KeyMissing, Schema

    db = connect(settings)
    try:
        schema = db.schema()
        if schema is Schema.RIGHT:
            admit(db, now())
            return db
    except DatabaseError as error:
        raise _end(f"The database does not answer: {type(error).__name__}.") from None
    except KeyMissing as error:
        raise _end(f"Usher cannot start: {error} Put that key back beside the newer one.") from None
    raise _end(_SCHEMAS[schema])


def secrets_of(settings: Settings) -> tuple[str, ...]:
    """Every secret of this process by value: not all of them look like one."""
    from bot.secrets import is_reference

    named = ("TOKEN", "SECRET", "PASSWORD", "KEY", "KEYS", "DSN", "DATABASE_URL", "SECRET_ID")
    fetched = {name for name, value in os.environ.items() if is_reference(value)}
    values = [value for name, value in settings.environment.items() if name.endswith(named) or name in fetched]
    keys = [key.partition(":")[2].strip() for key in settings.keys.split(",")]
    kept = (settings.alert_webhook, settings.smtp_url, settings.teams_password)
    return (*kept, settings.secret, settings.bot_token, settings.app_token, settings.signing_secret, *values, *keys)


def _end(words: str) -> SystemExit:
    print(words, file=sys.stderr)
    return SystemExit(2)
