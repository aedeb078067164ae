"""A served Usher from outside: which ticks it has, whether it is ready, how it is measured, how it ends."""

from __future__ import annotations

import os
import sys
import threading
import time
from functools import cache
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

import uvicorn

from bot.cli.serve import now

if TYPE_CHECKING:
    from starlette.routing import Route

    from bot.chat.desk import Desk
    from bot.chat.port import Chat
    from bot.cli.serve import Usher
    from bot.config import Settings
    from bot.schedule import Tick

LINGER = 5.0  # seconds in which people are still answered over HTTP, until whoever spreads them has seen /readyz
_LONGEST = 22.0  # seconds from the word to the end, whatever hangs
_LAST = 5  # seconds for the answers that are under way at the very end


def heart_of(usher: Usher) -> tuple[Tick, ...]:
    """What a process among others does to be known as alive, and for those that are not."""
    from bot.engine.fleet import BEAT_SECONDS, LOOK_SECONDS
    from bot.schedule import Tick

    beat = Tick("beat", BEAT_SECONDS, usher.fleet.beat)
    return (beat, Tick("take over", LOOK_SECONDS, usher.fleet.take_over)) if usher.role.works else (beat,)


def ticks_of(usher: Usher) -> tuple[Tick, ...]:
    """Every process takes changed rules over; what is due and what is to be said is for those that work."""
    from bot.engine.batch import forward
    from bot.engine.erase import tick as erase
    from bot.engine.escalate import tick as escalate
    from bot.engine.expire import tick
    from bot.engine.inbound import tidy
    from bot.engine.recover import recover
    from bot.engine.rescan import tick as look_again
    from bot.engine.start import start_due
    from bot.engine.tasks import remind
    from bot.engine.tend import tend
    from bot.schedule import Tick

    everywhere = (Tick("rules", 3, usher.refresh), Tick("served", 1, usher.served.write))
    if not usher.role.works:
        return everywhere
    return (
        *everywhere,
        Tick("unserved", 5, lambda: unserved(usher)),
        *_noticing(usher),
        *_talking(usher),
        Tick("tidy", 3600, lambda: tidy(usher.engine, now())),
        Tick("batch", 1, lambda: forward(usher.engine, now())),
        Tick("start", 1, lambda: start_due(usher.engine, now())),
        Tick("expire", 1, lambda: tick(usher.engine, now())),
        Tick("rescan", 5, lambda: look_again(usher.engine, now())),
        Tick("erase", 30, lambda: erase(usher.engine, now())),
        Tick("recover", 20, lambda: recover(usher.engine, now())),
        Tick("tend", 15, lambda: tend(usher.engine, now())),
        Tick("purge", 3600, usher.fleet.forget),
        Tick("escalate", 30, lambda: escalate(usher.engine, now())),
        Tick("remind", 30, lambda: remind(usher.engine, now())),
    )


def unserved(usher: Usher) -> int:
    """Tell whoever was not answered, after what this process answered is written down; how many people."""
    from bot.engine.unserved import tell

    usher.served.write()
    return tell(usher.engine, now())


def _noticing(usher: Usher) -> tuple[Tick, ...]:
    """What suggests that somebody leaves, and what holds too many at once."""
    from bot.engine.attend import attend, look_ahead
    from bot.engine.scan import scan
    from bot.engine.unbrake import let_on
    from bot.schedule import Tick

    return (
        Tick("attend", 1, lambda: attend(usher.engine, now())),
        Tick("brake", 5, lambda: let_on(usher.engine, now())),
        Tick("scan", 600, lambda: scan(usher.engine, now())),
        Tick("look ahead", 60, lambda: look_ahead(usher.engine, now())),
    )


def _talking(usher: Usher) -> tuple[Tick, ...]:
    """What is said, and what people hear by the clock."""
    from bot.chat.alerts import alarm
    from bot.cli.mailed import post
    from bot.engine.digest import tick as digests
    from bot.engine.telling import tick as news
    from bot.schedule import Tick

    me = usher.dispatcher.executor
    return (
        *(tick for desk, chat in usher.lines for tick in _line(usher, desk, chat)),
        Tick("mail", 1, lambda: post(usher)),
        Tick("alarm", 2, lambda: alarm(usher.desk, usher.alerts, now(), me)),
        Tick("digest", 20, lambda: digests(usher.engine, now())),
        Tick("news", 5, lambda: news(usher.engine, now())),
    )


def _line(usher: Usher, desk: Desk, chat: Chat) -> tuple[Tick, ...]:
    """What one chat is told; each has a clock of its own, for one that hangs must not hold up the other."""
    from bot.chat.alerts import watch
    from bot.chat.deliver import deliver
    from bot.schedule import Tick

    me = usher.dispatcher.executor
    which = f" {desk.lane}".rstrip()
    return (
        Tick(f"deliver{which}", 0.3, lambda: deliver(desk, chat, usher.report_file, now(), me)),
        Tick(f"chat{which}", 15, lambda: watch(desk, chat, now())),
    )


def missing(usher: Usher) -> tuple[str, ...]:
    """What this process lacks to work, one word each; nothing when it is ready.

    A newer schema is no reason to stop: while a release is rolled out, the one before runs on the new tables.
    """
    from bot.engine.keys import complete
    from bot.store import DatabaseError, Schema

    said = ["stopping"] if usher.stopping.is_set() else []
    try:
        if usher.db.schema() not in {Schema.RIGHT, Schema.NEWER}:
            said.append("schema")
        elif not complete(usher.db):
            said.append("keys")
    except DatabaseError:
        said.append("database")
    if not usher.launched:
        said.append("dispatcher")
    if usher.by_socket and not (usher.line and usher.line.open):
        said.append("chat")
    return tuple(said)


def health_of(usher: Usher) -> tuple[Route, ...]:
    """The routes /readyz and /metrics."""
    from bot.web import health_routes

    return health_routes(lambda: missing(usher), lambda: _figures(usher), usher.settings.metrics_token)


def _figures(usher: Usher) -> bytes:
    from bot.engine.figures import measure
    from bot.metrics import page
    from bot.store import Away
    from bot.store.figures import Figures

    def look() -> Figures | None:
        try:
            return measure(usher.db, now())
        except Away:
            return None

    build = {"version": version(), "role": usher.role.value, "database": "sqlite" if usher.db.is_sqlite else "postgres"}
    return page(look, usher.acks, build, ready=not missing(usher))


@cache
def version() -> str:
    """The version of this release, as pyproject.toml says."""
    import tomllib

    found = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8"))
    return str(found["project"]["version"])


def run(usher: Usher, settings: Settings) -> None:
    """Serve until told to stop, and end this process with 0."""
    config = uvicorn.Config(
        usher.web(),
        host=settings.host,
        port=settings.port,
        log_config=None,
        ws="none",
        timeout_graceful_shutdown=_LAST,
    )
    server = _Server(config, usher)
    server.run()
    if server.told:
        sys.stdout.flush()
        os._exit(0)  # a vendor that never answers keeps no process alive: what it was asked stands in the rows


class _Server(uvicorn.Server):
    """Told to stop, it says at once that it is not ready, lets what runs end, and only then stops answering."""

    def __init__(self, config: uvicorn.Config, usher: Usher) -> None:
        super().__init__(config)
        self.usher = usher
        self.told = False

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """SIGTERM or SIGINT; the second one waits for nothing."""
        if self.told or not self.started:
            self.told = self.should_exit = self.force_exit = True
            return
        self.told = True
        self.usher.stopping.set()
        end = threading.Timer(_LONGEST, os._exit, (0,))  # what hangs even now is taken over like what was killed
        end.daemon = True
        end.start()
        threading.Thread(target=self._drain, name="drain", daemon=True).start()

    def _drain(self) -> None:
        until = time.monotonic() + (LINGER if self.usher.by_http else 0)
        self.usher.drain()  # raises nothing
        time.sleep(max(0.0, until - time.monotonic()))
        self.should_exit = True
