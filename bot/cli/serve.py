"""`app.py serve`: the whole Usher in one process. Everything is put together here and nowhere else."""

from __future__ import annotations

import gc
import sys
import threading
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.opening import connect, open_or_exit, secrets_of, settings_or_exit
from bot.cli.roles import Role
from bot.domain.chats import SLACK, TEAMS

if TYPE_CHECKING:
    from starlette.applications import Starlette
    from starlette.routing import BaseRoute, Route

    from bot.chat.alerts import Alerts
    from bot.chat.desk import Desk
    from bot.chat.port import Chat, Speaker
    from bot.chat.slack import Line
    from bot.chat.slack_once import Bolt
    from bot.config import Settings
    from bot.domain.policy import Policy
    from bot.engine.context import Engine
    from bot.engine.dispatch import Dbos
    from bot.engine.view import View
    from bot.store import Database


def serve(
    role: Annotated[
        Role, typer.Option(help="all does everything; web answers people, worker does the work (both: PostgreSQL).")
    ] = Role.ALL,
) -> None:
    """Serve people in chat until told to stop. Refuses to start when something is missing or not safe."""
    from bot.cli.logs import quiet_logs
    from bot.cli.running import run

    gc.disable()  # nothing of what is loaded now is ever garbage
    quiet_logs()
    swift()
    settings = settings_or_exit()
    quiet_logs(secrets_of(settings))
    usher = _usher(settings, _database(settings, role), role)
    quiet_logs(secrets_of(settings), replica=usher.dispatcher.executor, role=role.value)
    _warn(usher)
    gc.freeze()
    gc.enable()
    print(f"Usher serves on http://{settings.host}:{settings.port}", flush=True)
    run(usher, settings)


def _warn(usher: Usher) -> None:
    """A server's database is read by more people than a file on this machine."""
    import structlog

    from bot.cli import mailed

    if not usher.db.is_sqlite and not usher.db.ring.keys:
        structlog.get_logger().warning("reasons and notes are stored in plain words: USHER_KEYS is not set")
    if mailed.leads_nowhere(usher):
        structlog.get_logger().warning("links in mail open on this machine only: USHER_BASE_URL is not https")


def swift() -> None:
    """Let threads take turns more often: a press waits for its turn after each query, and 5 ms each would add up."""
    sys.setswitchinterval(0.0005)


def migrate() -> None:
    """Bring the database to the schema of this release."""
    from bot.store import Schema

    db = connect(settings_or_exit())
    if db.schema() is Schema.NEWER:
        print("The database was migrated by a newer release. Nothing was changed.", file=sys.stderr)
        raise SystemExit(2)
    db.migrate()
    db.close()
    print("The database is up to date.")


def now() -> datetime:
    """The one place where time comes from."""
    return datetime.now(UTC)


def _database(settings: Settings, role: Role) -> Database:
    db = open_or_exit(settings)
    if db.is_sqlite and role is not Role.ALL:
        print("Usher cannot start: with SQLite one process does everything. Use PostgreSQL.", file=sys.stderr)
        raise SystemExit(2)
    return db


def _usher(settings: Settings, db: Database, role: Role) -> Usher:
    """Usher with its rules in force, or a sentence on the screen and exit code 2."""
    from bot.domain.errors import Refused
    from bot.engine.dispatch import AlreadyRunningError

    try:
        usher = Usher(settings, db, role)
        usher.refresh()
    except AlreadyRunningError as error:
        print(f"Usher cannot start: {error}", file=sys.stderr)
    except Refused as error:
        print(f"Usher cannot start: {error.words} The mistakes are in the lines above.", file=sys.stderr)
    else:
        return usher
    raise SystemExit(2)


def _alerts(settings: Settings) -> Alerts:
    from urllib.parse import unquote, urlsplit

    from bot.chat.alerts import Alerts

    login = unquote(urlsplit(settings.smtp_url).username or "")
    sender = login if "@" in login else f"usher@{urlsplit(settings.base_url).hostname}"
    return Alerts(settings.alert_webhook, settings.alert_mail, settings.smtp_url, sender)


class Usher:
    """One running Usher: made from its settings, started and stopped with the web server."""

    def __init__(self, settings: Settings, db: Database, role: Role = Role.ALL) -> None:
        from bot.chat.acks import Acks
        from bot.cli.systems import Systems
        from bot.engine.context import Engine
        from bot.engine.dispatch import Dbos
        from bot.engine.fleet import Fleet
        from bot.engine.unserved import Served

        self.settings = settings
        self.db = db
        self.role = role
        self.acks = Acks()
        self.stopping = threading.Event()
        self.systems = Systems()
        self.dispatcher: Dbos = Dbos(db, runs=role.works)
        self.engine: Engine = Engine(db, self.systems, self.dispatcher)
        self.served = Served(self.engine)
        self.fleet: Fleet = Fleet(self.engine, self.dispatcher, role.value, now)
        self.lines: tuple[tuple[Desk, Chat], ...] = tuple(self._line(system) for system in settings.chats)
        self.desk, self.chat = self.lines[0]
        self.bolt = self._bolt() if SLACK in settings.chats else None
        self.alerts = _alerts(settings)
        self.line: Line | None = None
        self.launched = False
        self._closing: list[Callable[[], object]] = []
        self._ending: list[Callable[[], object]] = []
        self._mistakes: tuple[str, ...] = ()
        self._texts: Mapping[str, str] = {}

    def _line(self, system: str) -> tuple[Desk, Chat]:
        from bot.chat.desk import Desk
        from bot.chat.slack_chat import SlackChat, redrawing, web_client
        from bot.cli import teamed

        settings, teams = self.settings, system == TEAMS
        pictures = teamed.pictures_of(settings) if teams else settings.pictures
        kept = (settings.secret, settings.base_url, system, pictures, settings.chats)
        if teams:
            return Desk(self.engine, now, *kept), teamed.chat_of(settings, self.engine)
        slack = web_client(settings.bot_token, settings.slack_url)
        return Desk(self.engine, now, *kept), SlackChat(slack, redrawing(settings.slack_updates))

    def _bolt(self) -> Bolt:
        from bot.chat.commands import Talk
        from bot.chat.slack import build_app, register
        from bot.chat.slack_once import Once

        settings = self.settings
        bolt = build_app(token=settings.bot_token, signing_secret=settings.signing_secret, base_url=settings.slack_url)
        once = Once(self.engine, now, self.served)
        register(
            bolt, Talk(self.desk), self._who, once=once, gone=self._gone, switched=self._switched, joined=self._joined
        )
        return bolt

    @property
    def by_socket(self) -> bool:
        """Whether Slack brings us what people do over a line that we open."""
        return self.role.talks and self.bolt is not None and bool(self.settings.app_token)

    @property
    def by_http(self) -> bool:
        """Whether somebody brings us what people do by HTTP."""
        return self.role.talks and (not self.by_socket or TEAMS in self.settings.chats)

    def web(self) -> Starlette:
        """The web application; the engine, the clock and the chat start and stop with it."""
        from bot.cli.running import health_of
        from bot.web import lasting, make_app

        pages = self.routes() if self.role.talks else []
        bolt = self.bolt if self.role.talks and not self.by_socket else None
        return make_app(bolt, [*health_of(self), *pages], lasting(self.start, self.stop), self.acks)

    def routes(self) -> list[BaseRoute]:
        """Our own pages: the reports, and portraits that a company keeps beside its roster."""
        from starlette.routing import Mount
        from starlette.staticfiles import StaticFiles

        from bot.cli import mailed, pushed
        from bot.web import report_routes

        def page(token: str) -> tuple[int, str]:
            from bot.chat.report.page import show

            return show(self.engine, self.settings.secret, token, now())

        faces = StaticFiles(directory=self.settings.company / "portraits", check_dir=False)
        ours = (*report_routes(page), *mailed.routes(self), *pushed.routes(self.engine, self.settings))
        ours += tuple(route for desk, chat in self.lines if desk.system == TEAMS for route in self._gate(desk, chat))
        return [*ours, Mount("/portraits", faces)]

    def _gate(self, desk: Desk, chat: Chat) -> tuple[Route, ...]:
        from bot.cli import teamed

        found, end = teamed.routes(self.engine, self.settings, desk, chat, self.served)
        self._ending.append(end)
        return found

    def start(self) -> None:
        """Launch the dispatcher, begin to tick, open the line to the chat; vendors' libraries are loaded behind it."""
        from bot.cli.running import heart_of, ticks_of
        from bot.schedule import start

        self.dispatcher.open()
        self.fleet.begin()
        heart = start(heart_of(self))
        self._closing += [self.fleet.end, partial(heart.shutdown, wait=True)]  # it beats until the last step has ended
        self.dispatcher.launch(self._run)
        self._closing.append(self.dispatcher.stop)
        self.launched = True
        scheduler = start(ticks_of(self))
        self._closing.append(partial(scheduler.shutdown, wait=True))
        if self.by_socket and self.bolt is not None:
            from bot.chat.slack import socket_mode

            self.line = socket_mode(self.bolt, self.settings.app_token, self.acks)
            self.line.connect()  # type: ignore[no-untyped-call]
            self._closing.append(self.line.close)
        self._ready_systems()

    def _ready_systems(self) -> None:
        """Behind whoever waits for us: what a connector says of its limits holds from then on."""

        def look() -> None:
            for key in self.systems:
                spec = self.systems[key].spec
                self.dispatcher.add(key, at_once=spec.concurrency, rate=spec.rate)
            self.systems.try_all()
            gc.freeze()  # vendors' libraries stay, too: to look for garbage in them would stop everybody for 0.2 s

        threading.Thread(target=look, name="systems", daemon=True).start()

    def _run(self, step: str, attempt: int) -> None:
        from structlog.contextvars import bound_contextvars

        from bot.engine.run import run_step

        with bound_contextvars(request=step.partition(".")[0], step=step, attempt=attempt):
            run_step(self.engine, step, attempt, now)

    def drain(self) -> None:
        """Take in nothing new, and let what runs end. Over HTTP people are still answered."""
        import structlog

        log = structlog.get_logger()
        self.stopping.set()
        while self._closing:
            try:
                self._closing.pop()()
            except Exception:  # such as a database that is away: the others are to end all the same
                log.exception("something did not end as it should")

    def stop(self) -> None:
        """Drain, and give back what is held."""
        self._closing[:0] = [self.db.close, self.dispatcher.close, self.served.write, *self._ending]
        self.drain()

    def refresh(self) -> None:
        """Take a valid change of the company's folder over, without a restart; a broken one changes nothing.

        Raises Refused when there was never a valid one.
        """
        import structlog

        from bot.engine.lookup import policy_in_force
        from bot.engine.setup import keep_rules
        from bot.runbooks import Mistakes, read_folder

        log = structlog.get_logger()
        try:
            texts = read_folder(self.settings.company)
            changed = () if texts == self._texts else keep_rules(self.db, texts, now())
        except Mistakes as error:
            said = tuple(str(mistake) for mistake in error.mistakes)
            if said != self._mistakes:  # looked at every few seconds, told once
                log.warning("rules not taken over, the last good ones stay in force", mistakes=said)
            self._mistakes, self._texts = said, {}
        else:
            self._mistakes, self._texts = (), texts
            if changed:
                log.info("rules in force", changed=changed)
        self._connect(policy_in_force(self.engine))

    def _connect(self, policy: Policy) -> None:
        from bot.cli.systems import Fetched

        fresh = [key for key, system in policy.systems.items() if system.connector and key not in self.systems]
        for key in fresh:
            system = policy.systems[key]
            self.systems.know(key, system.name, Fetched(system.connector, key, system.name, self.settings))
            self.dispatcher.add(key)
        if fresh and self.launched:
            self._ready_systems()

    def _who(self, _team: str, user: str) -> Speaker:
        from bot.chat.port import Speaker
        from bot.engine.lookup import person_of

        return Speaker(user, person_of(self.engine, SLACK, user))

    def _switched(self, native_id: str, off: bool) -> None:
        from bot.engine.deactivated import switched

        switched(self.engine, SLACK, native_id, now(), off=off)

    def _joined(self, channel: str, native_id: str) -> None:
        from bot.engine.came_in import came_in

        came_in(self.engine, SLACK, channel, native_id, now())

    def _gone(self, word: str) -> None:
        """Somebody took the app or its token away: operations hear of it, for the chat cannot tell them."""
        from bot.engine.notices import refused

        refused(self.engine, word, now(), self.desk.lane)

    def report_file(self, view: View) -> tuple[str, bytes]:
        """The name and content of the report that is attached to a thread."""
        from bot.chat.report import render

        page = render(view, made_for=view.name(view.request.requester), now=now())
        return f"{view.request.id}-report.html", page.encode()
