"""`app.py demo`: practice company, practice workspace and the real bot on this machine, with one URL to open."""

from __future__ import annotations

import atexit
import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from bot.cli.practice import ROOT, Kind, Practice, SlackPractice, open_practice, wait_for_the_end
from bot.cli.serve import now

if TYPE_CHECKING:
    from bot.store import Database

_POWERS = {
    "admin": ("P-002", "P-007"),
    "hr": ("P-002", "P-012"),
    "it": ("P-005", "P-006"),
    "security": ("P-007",),
    "auditor": ("P-013",),
}


_CONTRACT = timedelta(days=9)  # so long runs the one contract that ends soon: Usher asks about it at once


@dataclass(slots=True)
class Demo:
    """Everything that runs in a demo: practice here, the bot as a process of its own, as it would be served."""

    practice: Practice
    bot: subprocess.Popen[bytes]
    linking: threading.Thread
    database: str
    folder: Path
    environment: Mapping[str, str] = field(repr=False)

    def stop(self) -> None:
        """The bot first, then what it worked on."""
        self.bot.terminate()
        try:
            self.bot.wait(10)
        except subprocess.TimeoutExpired:
            self.bot.kill()
        self.practice.stop()


def demo(
    play: Annotated[
        str, typer.Option(help="Act a play without a browser; several, with commas between, in one company.")
    ] = "",
    plays: Annotated[bool, typer.Option("--plays", help="List the plays there are.")] = False,
    keep: Annotated[Path | None, typer.Option(help="Leave the database in this file.")] = None,
    port: Annotated[int, typer.Option(help="Port of the page, in Teams of the bot; 0 takes a free one.")] = 8080,
    chat: Annotated[Kind, typer.Option(help="In which chat the people of the company are.")] = Kind.SLACK,
) -> None:
    """Try Usher with a company of practice: no token, no server, nothing leaves this machine."""
    from bot.cli.logs import quiet_logs

    quiet_logs()
    if plays or play:
        raise SystemExit(_play(play, keep, chat))
    _browse(keep, port, chat)


def _play(play: str, keep: Path | None, chat: Kind) -> int:
    from bot.cli.plays import listed, run

    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))  # told to end: leave nothing behind
    if play:
        return run(play, keep, chat)
    print("\n".join(listed()))
    return 0


def _browse(keep: Path | None, port: int, chat: Kind) -> None:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))  # told to end while it starts: leave nothing behind
    with tempfile.TemporaryDirectory(prefix="usher-demo-") as folder:  # its own: two demos may run side by side
        _show(Path(folder), keep, port, chat)


def _show(folder: Path, keep: Path | None, port: int, chat: Kind) -> None:
    console = Console(highlight=False, soft_wrap=True)
    with console.status("Starting the practice company …"):
        try:
            running = begin(folder, keep, port, mail=chat is Kind.SLACK, chat=chat)
        except OSError:
            console.print(f"Port {port} is taken. Try: app.py demo --port 0")
            raise SystemExit(1) from None
    for line in running.practice.invitation(running.environment["USHER_BASE_URL"]):
        console.print(line)
    wait_for_the_end()
    running.stop()


def begin(
    folder: Path,
    keep: Path | None = None,
    port: int = 0,
    *,
    generous: bool = False,
    mail: bool = False,
    policy: str = "",
    chat: Kind = Kind.SLACK,
) -> Demo:
    """Start everything afresh and return at once; systems and bot come up behind. Raises OSError for a taken port.

    `generous`: a play is acted, so nothing is limited, and a program sits where people would. With `mail` one more
    person works there who has no chat account, and the page shows the mail she gets. `policy` is what the company
    adds to its policy.yaml.
    """
    from bot.practice.company.people import end_a_contract, write_files

    shutil.rmtree(folder, ignore_errors=True)
    company = write_files(folder / "company-files")
    with (company / "policy.yaml").open("a", encoding="utf-8") as rules:
        rules.write(policy)
    roster = company / "roster.csv"
    text = roster.read_text(encoding="utf-8")
    roster.write_text(end_a_contract(text, now().date() + _CONTRACT), encoding="utf-8")
    path = (keep or folder / "usher.sqlite3").absolute()
    path.unlink(missing_ok=True)
    practice = _open(folder / "company", port, chat, company, generous=generous, mail=mail)
    from bot.store import Database  # only now: the page need not wait for it

    url = f"sqlite:///{path}"
    db = Database(url)
    db.migrate()
    furnish(db, company, chat)
    linking = threading.Thread(target=link_as_they_come, args=(db, practice), name="linking", daemon=True)
    linking.start()
    environment = _environment(practice, url, company, port if chat is Kind.TEAMS else 0)
    return Demo(practice, serve_as(environment, folder), linking, url, folder, environment)


def _open(folder: Path, port: int, chat: Kind, company: Path, *, generous: bool, mail: bool) -> Practice:
    if chat is Kind.TEAMS:
        from bot.cli.playground import open_playground
        from bot.cli.practice_teams import open_teams

        return open_teams(folder) if generous else open_playground(folder)
    practice = open_practice(folder, port, generous=generous, mail=mail)
    if mail:
        _hire_petra(company, practice)
    return practice


_PETRA = "P-014,Petra Lang,petra.lang@lumen.example,Head of Finance,Finance,P-001,Europe/Berlin,employee,2018-04-03,,\n"
_MAIL = "\nmail:\n  host: localhost\n  port: {port}\n  security: none\n  sender: usher@lumen.example\n"


def _hire_petra(company: Path, practice: SlackPractice) -> None:
    """She is the manager of Alice Marten in finance, and not in the chat: what she is asked goes to her by mail."""
    from bot.practice.mailbox import open_mailbox

    port = practice.served.call(open_mailbox, practice.served.space)
    roster, policy = company / "roster.csv", company / "policy.yaml"
    rows = roster.read_text(encoding="utf-8").replace("Finance analyst,Finance,P-001", "Finance analyst,Finance,P-014")
    roster.write_text(rows + _PETRA, encoding="utf-8")
    policy.write_text(policy.read_text(encoding="utf-8") + _MAIL.format(port=port), encoding="utf-8")


def furnish(db: Database, company: Path, chat: Kind = Kind.SLACK) -> None:
    """The people, their chat users, their powers and the rules, as a company would bring them in."""
    from bot.domain.model import Link, PersonId, Power, SystemKey
    from bot.engine.setup import first_powers, keep_links, keep_people, keep_rules
    from bot.practice.company.people import humans
    from bot.runbooks import parse_roster, read_folder

    texts = read_folder(company)
    roster, _bad = parse_roster(texts["roster.csv"])
    keep_people(db, roster, now())
    ids = [(h, h.directory_id if chat is Kind.TEAMS else h.chat_id) for h in humans()]
    links = [Link(PersonId(h.id), SystemKey(chat.value), one, h.handle, "set-up", "set-up") for h, one in ids]
    keep_links(db, links, now())
    given = [(PersonId(holder), Power(power)) for power, holders in _POWERS.items() for holder in holders]
    first_powers(db, given, now())
    keep_rules(db, texts, now())


def link_as_they_come(db: Database, practice: Practice) -> None:
    """Accounts of the practice systems are known once their system is up."""
    from bot.domain.model import Link, PersonId, SystemKey
    from bot.engine.setup import keep_links

    known = 0
    while True:
        settled = all(status.state != "starting" for status in practice.company.status())
        found = practice.company.links()
        if len(found) > known:
            known = len(found)
            links = [(PersonId(x.person_id), SystemKey(x.system), x.native_id, x.label) for x in found]
            keep_links(db, [Link(*link, "set-up", "set-up") for link in links], now())
        if settled:
            return
        time.sleep(0.2)


def _environment(practice: Practice, url: str, company: Path, port: int) -> dict[str, str]:
    from bot.practice.company.hosting import free_port

    port = port or free_port()
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith(("USHER_", "SLACK_", "TEAMS_"))},
        **practice.environment(),
        "USHER_DATABASE_URL": url,
        "USHER_COMPANY": str(company),
        "USHER_SECRET": secrets.token_hex(32),
        "USHER_PORT": str(port),
        "USHER_BASE_URL": f"http://127.0.0.1:{port}",
    }


def serve_as(environment: Mapping[str, str], folder: Path) -> subprocess.Popen[bytes]:
    """The bot as a process of its own, as it would be served; what it says is added to usher.log of the folder."""
    command = [sys.executable, str(ROOT / "app.py"), "serve"]
    with (folder / "usher.log").open("ab") as log:
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log, cwd=ROOT)  # noqa: S603 - our own
    atexit.register(process.terminate)  # whoever ends us while we still start leaves nothing behind either
    return process


def wait_until_connected(demo: Demo, seconds: float = 30.0) -> None:
    """Until the bot is ready and people reach it. Raises TimeoutError with the end of its log."""
    import httpx

    until, bot = time.monotonic() + seconds, demo.environment["USHER_BASE_URL"]
    while time.monotonic() < until:
        with suppress(httpx.HTTPError):  # it does not listen yet
            if httpx.get(f"{bot}/readyz", timeout=5).is_success:
                demo.practice.welcome(bot)
                return
        if demo.bot.poll() is not None:
            break
        time.sleep(0.1)
    said = (demo.folder / "usher.log").read_text(errors="replace")[-2000:]
    raise TimeoutError(f"the bot did not come up: {said}")
