"""`app.py serve`: the whole Usher in one process. Everything is put together here and nowhere else."""

from __future__ import annotations

import gc
import os
import sys
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bot.chat.desk import Desk
    from bot.config import Settings
    from bot.domain.policy import Policy
    from bot.engine.context import Engine
    from bot.engine.dispatch import Dbos
    from bot.store import Database

_SECRET_NAMES = ("TOKEN", "SECRET", "PASSWORD", "KEY", "DSN", "DATABASE_URL")


def serve() -> None:
    """Serve people in chat until told to stop. Refuses to start when something is missing or not safe."""
    import uvicorn

    from bot.cli.logs import quiet_logs

    gc.disable()  # nothing of what is loaded now is ever garbage
    quiet_logs()
    swift()
    settings = settings_or_exit()
    quiet_logs(_secrets(settings))
    usher = _usher(settings, _database(settings))
    gc.freeze()
    gc.enable()
    config = uvicorn.Config(usher.web(), host=settings.host, port=settings.port, log_config=None, ws="none")
    print(f"Usher serves on http://{settings.host}:{settings.port}", flush=True)
    uvicorn.Server(config).run()


def swift() -> None:
    """Let threads take turns more often: a press waits for its turn after each query, and 5 ms each would add up."""
    sys.setswitchinterval(0.0005)


def migrate() -> None:
    """Bring the database to the schema of this release."""
    from bot.store import Database

    db = Database(settings_or_exit().database)
    db.migrate()
    db.close()
    print("The database is up to date.")


def settings_or_exit() -> Settings:
    """The settings, or every mistake on the screen and exit code 2."""
    from bot.config import Misconfigured, read

    try:
        return read(os.environ)
    except Misconfigured as error:
        print("Usher cannot start yet:", file=sys.stderr)
        for mistake in error.mistakes:
            print(f"  - {mistake}", file=sys.stderr)
        raise SystemExit(2) from None


def _secrets(settings: Settings) -> tuple[str, ...]:
    """Every secret of this process by value: not all of them look like one."""
    named = (value for name, value in settings.environment.items() if name.endswith(_SECRET_NAMES))
    return (settings.secret, settings.bot_token, settings.app_token, settings.signing_secret, *named)


def now() -> datetime:
    """The one place where time comes from."""
    return datetime.now(UTC)


def _database(settings: Settings) -> Database:
    from bot.store import Database

    db = Database(settings.database)
    if not db.migrated():
        print("The database has another schema than this release. Run: python app.py migrate", file=sys.stderr)
        raise SystemExit(2)
    return db


def _usher(settings: Settings, db: Database) -> Usher:
    """Usher with its rules in force, or a sentence on the screen and exit code 2."""
    from bot.domain.errors import Refused
    from bot.engine.dispatch import AlreadyRunningError

    try:
        usher = Usher(settings, db)
        usher.refresh()
    except AlreadyRunningError as error:
        print(f"Usher cannot start: {error}", file=sys.stderr)
    except Refused as error:
        print(f"Usher cannot start: {error.words} The mistakes are in the lines above.", file=sys.stderr)
    else:
        return usher
    raise SystemExit(2)


class Usher:
    """One running Usher: made from its settings, started and stopped with the web server."""

    def __init__(self, settings: Settings, db: Database) -> None:
        from bot.chat.commands import Talk
        from bot.chat.desk import Desk
        from bot.chat.slack import build_app, register
        from bot.chat.slack_chat import SlackChat, web_client
        from bot.cli.systems import Systems
        from bot.engine.context import Engine
        from bot.engine.dispatch import Dbos

        self.settings = settings
        self.db = db
        self.systems = Systems()
        self.dispatcher: Dbos = Dbos(db)
        self.engine: Engine = Engine(db, self.systems, self.dispatcher)
        self.desk: Desk = Desk(self.engine, now, settings.secret, settings.base_url, pictures=settings.pictures)
        self.bolt = build_app(
            token=settings.bot_token,
            signing_secret=settings.signing_secret,
            base_url=settings.slack_url,
        )
        register(self.bolt, Talk(self.desk), self._who)
        self.chat = SlackChat(web_client(settings.bot_token, settings.slack_url))
        self._closing: list[Callable[[], object]] = []
        self._mistakes: tuple[str, ...] = ()

    def web(self) -> Any:
        """The web application; the engine, the clock and the chat start and stop with it."""
        from bot.web import lasting, make_app

        http = self.bolt if self.settings.signing_secret and not self.settings.app_token else None
        return make_app(http, self.routes(), lifespan=lasting(self.start, self.stop))

    def routes(self) -> list[Any]:
        """Our own pages: the reports, and portraits that a company keeps beside its roster."""
        from starlette.routing import Mount
        from starlette.staticfiles import StaticFiles

        from bot.web import report_routes

        def page(token: str) -> tuple[int, str]:
            from bot.chat.report.page import show

            return show(self.engine, self.settings.secret, token, now())

        faces = StaticFiles(directory=self.settings.company / "portraits", check_dir=False)
        return [*report_routes(page), Mount("/portraits", faces)]

    def start(self) -> None:
        """Launch the dispatcher, begin to tick, open the line to the chat; vendors' libraries are loaded behind it."""
        from bot.chat.deliver import deliver
        from bot.engine.recover import recover
        from bot.engine.run import run_step
        from bot.engine.start import start_due
        from bot.engine.tasks import remind
        from bot.schedule import Tick, start

        self.dispatcher.launch(lambda step, attempt: run_step(self.engine, step, attempt, now))
        self._closing.append(self.dispatcher.close)
        scheduler = start(
            (
                Tick("deliver", 0.3, lambda: deliver(self.desk, self.chat, self._report_file, now())),
                Tick("start", 1, lambda: start_due(self.engine, now())),
                Tick("recover", 30, lambda: recover(self.engine, now())),
                Tick("remind", 30, lambda: remind(self.engine, now())),
                Tick("rules", 3, self.refresh),
            ),
        )
        self._closing.append(partial(scheduler.shutdown, wait=True))
        if self.settings.app_token:
            from bot.chat.slack import socket_mode

            line = socket_mode(self.bolt, self.settings.app_token)
            line.connect()  # type: ignore[no-untyped-call]
            self._closing.append(line.close)
        threading.Thread(target=self.systems.try_all, name="systems", daemon=True).start()

    def stop(self) -> None:
        """Close the line, stop the clock, let running steps end."""
        for close in reversed(self._closing):
            close()
        self.db.close()

    def refresh(self) -> None:
        """Take a valid change of the company's folder over, without a restart; a broken one changes nothing.

        Raises Refused when there was never a valid one.
        """
        import structlog

        from bot.engine.lookup import around
        from bot.engine.setup import keep_rules
        from bot.runbooks import Mistakes, read_folder

        log = structlog.get_logger()
        try:
            changed = keep_rules(self.db, read_folder(self.settings.company), now())
        except Mistakes as error:
            said = tuple(str(mistake) for mistake in error.mistakes)
            if said != self._mistakes:  # looked at every few seconds, told once
                log.warning("rules not taken over, the last good ones stay in force", mistakes=said)
            self._mistakes = said
        else:
            self._mistakes = ()
            if changed:
                log.info("rules in force", changed=changed)
        self._connect(around(self.engine).policy)

    def _connect(self, policy: Policy) -> None:
        import connectors
        from connectors.interface import Secrets

        for key, system in policy.systems.items():
            if system.connector and key not in self.systems:
                secrets = Secrets(self.settings.secrets(key))
                self.systems.know(
                    key, system.name, partial(connectors.load, system.connector, key, system.name, secrets)
                )
                self.dispatcher.add(key)

    def _who(self, _team: str, user: str) -> Any:
        from bot.chat.port import Speaker
        from bot.engine.lookup import person_of

        return Speaker(user, person_of(self.engine, "slack", user))

    def _report_file(self, view: Any) -> tuple[str, bytes]:
        from bot.chat.report import render

        page = render(view, made_for=view.name(view.request.requester), now=now())
        return f"{view.request.id}-report.html", page.encode()
