"""A card, a form or a few words as a page: no script, nothing from elsewhere, every word escaped."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from bot.chat.cards.words import _
from bot.chat.mail.proof import proof
from bot.chat.port import Button, Card, Form, Menu, Option, PersonField
from bot.chat.report.render import clean

_HERE = Path(__file__).parent / "templates"
STYLE = (_HERE / "page.css").read_text(encoding="utf-8")
_HASH = base64.b64encode(sha256(STYLE.encode()).digest()).decode()
HEADERS = {
    "Content-Security-Policy": (
        f"default-src 'none'; style-src 'sha256-{_HASH}'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    ),
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "X-Robots-Tag": "noindex",
}


@dataclass(frozen=True, slots=True)
class Seal:
    """What proves that a form of this page is ours: our secret, and the session it was drawn for."""

    secret: str = field(repr=False)
    session: str = field(repr=False)

    def button(self, button: Button) -> str:
        """The proof of a button."""
        return proof(self.secret, self.session, "press", button.action, button.value)

    def choice(self, menu: Menu, option: Option) -> str:
        """An option of a menu, with its proof before it."""
        return f"{proof(self.secret, self.session, 'choose', menu.action, menu.value, option.value)}.{option.value}"


@dataclass(frozen=True, slots=True)
class Opened:
    """A form that a press opened: how it was opened, what was typed so far, and what is wrong with it."""

    form: Form
    action: str
    value: str
    chosen: str
    once: str = field(default_factory=lambda: secrets.token_urlsafe(9))
    typed: Mapping[str, str] = field(default_factory=dict)
    wrong: Mapping[str, str] = field(default_factory=dict)
    people: Mapping[str, tuple[Option, ...]] = field(default_factory=dict)

    def proof(self, seal: Seal) -> str:
        """The proof that this very form was opened in this session."""
        return proof(seal.secret, seal.session, "fill", self.action, self.value, self.chosen, self.once)

    def now(self, name: str, value: str) -> str:
        """What stands in a field."""
        return self.typed.get(name, value)

    def some(self, person: PersonField) -> tuple[Option, ...]:
        """The people to choose from, as far as they are known."""
        first = (person.value,) if person.value else ()
        return self.people.get(person.name, first)


def words(title: str, text: str = "", *, to: str = "", button: str = "") -> str:
    """A page of words, with at most one button, which posts to `to`."""
    return _page("words.html", title=title, text=text, to=to, button=button)


def card(card: Card, seal: Seal, to: str, *, said: Card | None = None) -> str:
    """A card with everything that can be pressed on it; `said` is the answer to what was pressed before."""
    return _page("card.html", title=card.text, card=card, said=said, seal=seal, to=to)


def form(opened: Opened, seal: Seal, to: str) -> str:
    """A form to fill in."""
    return _page("form.html", title=opened.form.title, opened=opened, seal=seal, to=to)


def _page(name: str, **values: object) -> str:
    return _PAGES.get_template(name).render(**values)


_PAGES = Environment(
    loader=FileSystemLoader(_HERE),
    autoescape=True,
    undefined=StrictUndefined,
    finalize=clean,
    trim_blocks=True,
    lstrip_blocks=True,
)
_kind: Callable[[object], str] = lambda piece: type(piece).__name__  # noqa: E731
_PAGES.globals.update({"_": _, "kind": _kind, "style": Markup(STYLE)})  # noqa: S704 - our own file
