"""Usher as `app.py serve` puts it together, with one more button that stores one row: the least a press can be."""

from __future__ import annotations

import gc
import os

import uvicorn

from bot.chat.commands import Talk
from bot.chat.port import Answer, Speaker, Where
from bot.chat.slack import build_app, register
from bot.chat.slack_once import Once
from bot.cli.logs import quiet_logs
from bot.cli.serve import Usher, now, swift
from bot.config import read
from bot.engine.lookup import person_of
from bot.store import Database, journal


class Noting(Talk):
    """The dialogue, and a button `note`: who pressed is looked up, and one durable row says so."""

    def press(self, who: Speaker, action: str, value: str, chosen: str, where: Where) -> Answer:
        """Store one row, or do what the product does."""
        if action != "note":
            return super().press(who, action, value, chosen, where)
        with self.desk.engine.db.begin() as tx:
            journal.add(tx, "bench.noted", now(), facts={"by": who.person, "value": value})
        return None


def main() -> None:
    """Serve until told to stop."""
    gc.disable()  # as `app.py serve` does
    quiet_logs()
    swift()
    settings = read(os.environ)
    usher = Usher(settings, Database(settings.database))
    usher.refresh()
    usher.bolt = build_app(
        token=settings.bot_token, signing_secret=settings.signing_secret, base_url=settings.slack_url
    )

    def who(_team: str, user: str) -> Speaker:
        return Speaker(user, person_of(usher.engine, "slack", user))

    register(usher.bolt, Noting(usher.desk), who, once=Once(usher.engine, now, usher.served))
    gc.freeze()
    gc.enable()
    config = uvicorn.Config(usher.web(), host=settings.host, port=settings.port, log_config=None, ws="none")
    uvicorn.Server(config).run()


if __name__ == "__main__":
    main()
