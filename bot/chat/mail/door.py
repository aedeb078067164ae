"""What the pages behind a mail's link answer. Presses and forms go on through the very door of the chat.

Opening a link by GET changes nothing, for programs that look through mail open it first. One POST uses it up and begins
a short session, bound to its one card; what is pressed in it carries a proof, and every right is looked up again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from urllib.parse import parse_qsl, urlsplit

from bot.chat.apology import apology
from bot.chat.bundles import Bundle
from bot.chat.cards.words import _
from bot.chat.desk import Desk, say
from bot.chat.mail import page
from bot.chat.mail.fields import filled
from bot.chat.mail.page import Opened, Seal
from bot.chat.mail.proof import proven
from bot.chat.mail.queue import marks
from bot.chat.messages import card_of
from bot.chat.port import Answer, Card, Dialogue, Form, FormErrors, Later, Speaker, Where
from bot.chat.views import Views
from bot.domain.errors import Refused
from bot.engine import opening
from bot.engine.opening import Link, Sitting
from bot.store import DatabaseError

_MOST = 60  # fields of one form


@dataclass(frozen=True, slots=True)
class Asked:
    """What a browser asks: `key` is the link's or the card's, `site` what it says about where the request began."""

    post: bool
    key: str = field(repr=False)
    session: str = field(default="", repr=False)
    body: bytes = field(default=b"", repr=False)
    site: str = ""


@dataclass(frozen=True, slots=True)
class Told:
    """The page, or where to go next (`to`) with which session."""

    status: int
    page: str = ""
    to: str = ""
    session: str = field(default="", repr=False)


def kindly(serve: Callable[[Asked], Told], asked: Asked) -> Told:
    """The same, with a page in plain words when the database is away."""
    try:
        return serve(asked)
    except DatabaseError as error:
        return Told(503, page.words(_("Usher cannot answer just now."), apology(error)))


def link(desk: Desk, asked: Asked) -> Told:
    """The page of a link: look at it as often as you like; the POST of its button uses it up."""
    now = desk.clock()
    if not asked.post:
        return _of_link(desk, opening.look(desk.engine, asked.key, now), asked.key)
    if _foreign(asked):
        return _closed()
    state, key, session = opening.spend(desk.engine, asked.key, now)
    if state is not Link.GOOD:
        return _of_link(desk, state, asked.key)
    return Told(303, to=_path(desk, "card", key), session=session)


def once_more(desk: Desk, asked: Asked) -> Told:
    """Somebody wants a new link: it goes to the address in the roster, or nowhere, and the page never says which."""
    if not _foreign(asked):
        opening.renew(desk.engine, asked.key, desk.clock())
    text = _("If this link was yours, a new one is on its way to your address. It may take five minutes.")
    return Told(200, page.words(_("Please look into your mail"), text))


def card(desk: Desk, talk: Dialogue, asked: Asked) -> Told:
    """The card of a session, and what is pressed on it."""
    now = desk.clock()
    here = opening.sitting(desk.engine, asked.key, asked.session, now)
    if here is None or (asked.post and _foreign(asked)):
        return _closed()
    if not opening.may_see(desk.engine, here, now):
        return Told(403, page.words(_("This is not yours to see any more."), _("Somebody else is asked by now.")))
    at = _At(desk, talk, here, Seal(desk.secret, asked.session), _path(desk, "card", asked.key))
    return at.drawn() if not asked.post else at.heard(_sent(asked.body))


@dataclass(frozen=True)
class _At:
    """Somebody at their card."""

    desk: Desk
    talk: Dialogue
    here: Sitting
    seal: Seal
    to: str

    @property
    def who(self) -> Speaker:
        return Speaker("", self.here.who)

    def drawn(self, said: Card | None = None, status: int = 200) -> Told:
        """The card as it is now, below what came of the last press."""
        now = self.desk.clock()
        try:
            card = card_of(Views(self.desk), Bundle((self.here.notice,)), now)
        except (Refused, LookupError):
            card = say(_("There is nothing more to do here."))
        opening.knows(self.desk.engine, self.here, marks(card))
        return Told(status, page.card(card, self.seal, self.to, said=said))

    def heard(self, sent: Mapping[str, str]) -> Told:
        """What a form of this page sent."""
        action, value, chosen = sent.get("action", ""), sent.get("value", ""), sent.get("chosen", "")
        match sent.get("do"):
            case "press" if self._ours(sent, "press", action, value):
                return self._pressed(action, value, "")
            case "choose" if chosen:
                given, _dot, chosen = chosen.partition(".")
                if proven(self.seal.secret, given, self.seal.session, "choose", action, value, chosen):
                    return self._pressed(action, value, chosen)
            case "fill" if self._ours(sent, "fill", action, value, chosen, sent.get("once", "")):
                return self._filled(sent, action, value, chosen)
        return self.drawn(say(_("This page is out of date. Nothing was changed. This is how it is now:")), 400)

    def _ours(self, sent: Mapping[str, str], *parts: str) -> bool:
        return proven(self.seal.secret, sent.get("proof", ""), self.seal.session, *parts)

    def _pressed(self, action: str, value: str, chosen: str) -> Told:
        opening.pressed(self.desk.engine, self.here, action, self.desk.clock())
        answer = self._asked(action, value, chosen)
        if isinstance(answer, Form):
            return Told(200, page.form(Opened(answer, action, value, chosen), self.seal, self.to))
        return self.drawn(_card(answer))

    def _asked(self, action: str, value: str, chosen: str) -> Answer:
        try:
            answer = self.talk.press(self.who, action, value, chosen, Where())
            return answer.then() if isinstance(answer, Later) else answer
        except Refused as error:
            return say(error.words)
        except Exception as error:  # noqa: BLE001 - whoever waits for it hears of it, and the log does
            return say(apology(error))

    def _filled(self, sent: Mapping[str, str], action: str, value: str, chosen: str) -> Told:
        form = self._asked(action, value, chosen)  # opened once more: what it asks, and for what, is never believed
        if not isinstance(form, Form):
            return self.drawn(_card(form))
        begun = Opened(form, action, value, chosen, sent["once"])
        entered, opened = filled(begun, sent, lambda source, typed: self.talk.options(self.who, source, typed))
        if entered is None:
            return Told(200, page.form(opened, self.seal, self.to))
        opening.pressed(self.desk.engine, self.here, form.handler, self.desk.clock())
        try:
            answer = self.talk.submit(self.who, form.handler, entered, f"mail:{self.here.card.key}:{opened.once}")
        except Refused as error:
            answer = FormErrors({error.field: error.words})
        except Exception as error:  # noqa: BLE001 - the same
            answer = say(apology(error))
        if isinstance(answer, FormErrors):
            return Told(200, page.form(_marked(opened, answer), self.seal, self.to))
        return self.drawn(_card(answer))


def _marked(opened: Opened, wrong: FormErrors) -> Opened:
    names = {getattr(one, "name", "") for one in opened.form.fields}
    said = {name: words for name, words in wrong.by_field.items() if name in names}
    others = " ".join(words for name, words in wrong.by_field.items() if name not in names)
    return replace(opened, wrong={**said, **({"": others} if others else {})})


def _card(answer: Answer) -> Card:
    match answer:
        case Card():
            return answer
        case FormErrors(by_field):
            return say(" ".join(by_field.values()))
        case Form(title):
            return say(_("“{title}” goes on in the chat only.", title=title))
        case Later(card):
            return card
    return say(_("Done."))


def _path(desk: Desk, *parts: str) -> str:
    """The path of one of our pages, as browsers see it: a proxy may have put us below one of its own."""
    return "/".join((urlsplit(desk.base_url).path, *parts))


def _of_link(desk: Desk, state: Link, token: str) -> Told:
    if state is Link.GOOD:
        text = _("Something waits for you. The link in your mail works once: press the button to open it.")
        return Told(200, page.words(_("Open your message"), text, to=_path(desk, "mail", token), button=_("Continue")))
    if state is Link.NOTHING:
        text = _("It may be damaged, there may be a newer mail, or what it was about is not yours any more.")
        return Told(404, page.words(_("This link opens nothing."), text))
    title = _("This link has been used.") if state is Link.USED else _("This link has expired.")
    text = _("Each link works once, and not for ever. You can have a new one by mail.")
    return Told(410, page.words(title, text, to=_path(desk, "mail", token, "again"), button=_("Send me a new one")))


def _closed() -> Told:
    text = _("A page stays open for half an hour. Open the link in your mail again; it can send you a new one.")
    return Told(403, page.words(_("This page is closed."), text))


def _foreign(asked: Asked) -> bool:
    """Whether another site made the browser send this; old browsers do not say, and then the proof alone counts."""
    return asked.site not in {"", "same-origin", "none"}


def _sent(body: bytes) -> dict[str, str]:
    try:
        pairs = parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=_MOST)
    except ValueError:
        return {}
    return dict(pairs)
