"""A request that the release before left half way: its rows as they were, in the tables as they were."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from bot.chat.port import Card
from bot.domain.lifecycle import StepState
from bot.engine import succeed, tasks
from bot.store import Database, records
from bot.store import chat_tables as c
from tests.fakes.town import BEN, INES, Town

TOP = Path(__file__).resolve().parents[2]
ROWS = Path(__file__).with_name("release_0001.sql")
FIRST = "0001"


def left_behind(db: Database, folder: Path) -> None:
    """Make the empty database one of the first release, with five changes sent and not yet confirmed."""
    to(db, FIRST)
    if db.is_sqlite:
        with sqlite3.connect(db.url.removeprefix("sqlite:///")) as file:
            file.executescript(ROWS.read_text(encoding="utf-8"))
        return
    like = Database(f"sqlite:///{folder / 'like.sqlite3'}")
    left_behind(like, folder)
    _copy(like, db)
    like.close()


def to(db: Database, revision: str) -> None:
    """Bring an empty database to a revision, as the release that knew no later one did."""
    config = Config()
    config.set_main_option("script_location", str(TOP / "migrations"))
    with db.engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)


def _copy(of: Database, to: Database) -> None:
    old, new = sa.MetaData(), sa.MetaData()
    old.reflect(of.engine)
    new.reflect(to.engine)
    with of.engine.connect() as source, to.engine.begin() as tx:
        for table in old.sorted_tables:
            rows = [_aware(row._asdict()) for row in source.execute(sa.select(table))]
            if rows and table.name != "alembic_version":
                tx.execute(sa.insert(new.tables[table.name]), rows)
                if "id" in table.c and isinstance(table.c.id.type, sa.Integer):
                    tx.execute(sa.text(f"SELECT setval('{table.name}_id_seq', {max(row['id'] for row in rows)})"))


def _aware(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value.replace(tzinfo=UTC) if isinstance(value, datetime) else value for name, value in row.items()}


class Later(Town):
    """The same town under the next release: its people are in the database, its systems are as they were left."""

    def _settle_in(self) -> None:
        systems = {"github": self.github, "aws": self.aws}
        with self.engine.db.look() as tx:
            steps = records.steps(tx, "OFF-101")
            posts = tx.execute(c.posts.select()).all()
        for post in posts:  # the messages of then still stand there
            self.ears.posts[post.ts] = (post.channel, "", Card(""))
        for step in steps:
            if step.state is StepState.APPLIED and step.action is not None:
                systems[step.system].apply(step.action)  # type: ignore[arg-type]
        for system in systems.values():
            system.log.clear()

    def finish(self) -> None:
        """People do their part, by the buttons they were sent before the upgrade."""
        for step in self.view().steps:
            if step.held:
                succeed.name_successor(self.engine, step.id, INES, "40008", self.now)
                succeed.accept(self.engine, step.id, BEN, self.now)
        self.work()
        for step in self.view().steps:
            if step.assignee and not step.ended:
                tasks.attest(self.engine, step.id, step.assignee, "Asset 4711 is in the cupboard.", (), self.now)
        self.work()
