"""A post office that keeps what it is given, and a browser in which somebody opens the link of a mail."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from email.message import EmailMessage
from functools import partial
from html import unescape
from html.parser import HTMLParser

import httpx
from starlette.testclient import TestClient

from bot.chat.desk import Desk
from bot.chat.mail import door
from bot.chat.mail.page import HEADERS
from bot.chat.mail.sending import post
from bot.chat.mail.smtp import MailError
from bot.chat.port import Dialogue
from bot.domain.mail import Mail
from bot.domain.model import Link, Person, PersonId, SystemKey
from bot.store import people
from bot.web import mail_routes, make_app
from tests.fakes.town import ALICE, Town
from tests.stories.acts import asked
from tests.stories.heard import trusting

PETRA = PersonId("P-014")
BLOCK = "mail:\n  host: smtp.lumen.example\n  sender: usher@lumen.example\n  user: usher\n"


@dataclass
class Letters:
    """Takes mail, unless it is ordered to fail; `after` is called once a mail has arrived."""

    taken: list[EmailMessage] = field(default_factory=list)
    faults: list[MailError] = field(default_factory=list)
    after: Callable[[], None] | None = None

    def take(self, server: Mail, message: EmailMessage) -> None:
        """Keep a mail, as it goes over the wire."""
        if self.faults:
            raise self.faults.pop(0)
        assert message.as_bytes()
        self.taken.append(message)
        if self.after:
            self.after()

    def text(self, number: int = -1) -> str:
        """The plain part of a mail."""
        body = self.taken[number].get_body(("plain",))
        assert body
        return str(body.get_content())

    def link(self, number: int = -1) -> str:
        """The path of the link in a mail."""
        found = re.search(r"https?://[^/]+(/mail/\S+)", self.text(number))
        assert found
        return found[1]

    def to(self) -> list[str]:
        """Who got mail, in order."""
        return [str(message["To"]) for message in self.taken]


@dataclass
class Form:
    """A form of a page: where it posts to, its hidden values, and what can be filled in or chosen."""

    action: str
    values: dict[str, str] = field(default_factory=dict)
    options: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    words: str = ""


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.forms: list[Form] = []
        self.inside: Form | None = None
        self.select = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attrs}
        if tag == "form":
            assert said["method"] == "post"
            self.inside = Form(said["action"])
            self.forms.append(self.inside)
        elif self.inside is None:
            return
        elif tag in {"input", "textarea"}:
            self.inside.values[said["name"]] = said.get("value", "")
        elif tag == "select":
            self.select = said["name"]
            self.inside.options[self.select] = []
        elif tag == "option":
            self.inside.options[self.select].append((said["value"], ""))

    def handle_data(self, data: str) -> None:
        if self.inside is not None:
            self.inside.words += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.inside = None


def forms(page: str) -> list[Form]:
    """Every form of a page."""
    reader = _Reader()
    reader.feed(page)
    return reader.forms


class Browser:
    """Somebody's browser, with its cookies, on the pages of an Usher."""

    def __init__(self, desk: Desk, talk: Dialogue, address: str = "http://usher.test") -> None:
        serve: dict[str, Callable[[door.Asked], door.Told]] = {
            "link": partial(door.link, desk),
            "again": partial(door.once_more, desk),
            "card": partial(door.card, desk, talk),
        }
        kind = {which: partial(door.kindly, answer) for which, answer in serve.items()}
        app = make_app(None, mail_routes(kind, HEADERS, secure=address.startswith("https")))
        self.client = TestClient(app, base_url=address, follow_redirects=False)
        self.page = ""
        self.at = ""

    def get(self, path: str) -> httpx.Response:
        """Open a page."""
        return self._kept(self.client.get(path))

    def post(self, path: str, values: dict[str, str] | None = None, **headers: str) -> httpx.Response:
        """Send a form."""
        return self._kept(self.client.post(path, data=values or {}, headers=headers))

    def _kept(self, answer: httpx.Response) -> httpx.Response:
        self.page = unescape(answer.text)
        return answer

    def open(self, link: str) -> httpx.Response:
        """Open a link, press Continue, and see the card."""
        assert self.get(link).status_code == 200
        moved = self.post(link)
        assert moved.status_code == 303, self.page
        self.at = moved.headers["location"]
        return self.get(self.at)

    def form(self, action: str) -> Form:
        """The form of the page that does this."""
        raw = self.client.get(self.at).text
        return next(one for one in forms(raw) if one.values.get("action") == action)

    def press(self, action: str, **headers: str) -> httpx.Response:
        """Press the button of this name on the card."""
        return self.post(self.at, self.form(action).values, **headers)

    def fill(self, opened: httpx.Response, **values: str) -> httpx.Response:
        """Fill in the form that a press opened, and send it."""
        (found,) = (one for one in forms(opened.text) if one.values.get("do") == "fill")
        typed = {f"f.{name.replace('__', '.')}": value for name, value in values.items()}
        return self.post(self.at, {**found.values, **typed})


def posting(town: Town, block: str = BLOCK) -> Letters:
    """The company of the story sends mail, and Petra, who has no chat account, is Alice's manager."""
    trusting(town, block)
    with town.engine.db.begin() as tx:
        known = people.every(tx)
        petra = Person(PETRA, "Petra Lang", "petra.lang@lumen.example", "Head of Payments", zone="Europe/Paris")
        people.put(tx, [petra, replace(known[ALICE], manager=PETRA)])
    return Letters()


def mail(town: Town, letters: Letters) -> int:
    """The mail goes out."""
    return post(town.desk, letters, town.now)


def browser(town: Town, address: str = "http://usher.test") -> Browser:
    """A new browser."""
    return Browser(town.desk, town.talk, address)


def mailed(town: Town) -> tuple[Letters, Browser]:
    """Petra was asked by mail whether Alice's access may end, and sits at her browser."""
    letters = posting(town)
    asked(town)
    mail(town, letters)
    return letters, browser(town)


def link_up(town: Town) -> None:
    """Petra's chat account is linked."""
    with town.engine.db.begin() as tx:
        people.link(tx, Link(PETRA, SystemKey("slack"), "U014", "Petra", "set-up", "set-up"), town.now)


def roster(town: Town, **facts: object) -> None:
    """HR changes what the roster says about Petra."""
    with town.engine.db.begin() as tx:
        people.put(tx, [replace(people.every(tx)[PETRA], **facts)])  # type: ignore[arg-type]
