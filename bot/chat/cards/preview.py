"""What would happen, and who would be asked: the plan as it would be shown, of a request that there is not."""

from __future__ import annotations

from bot.chat.cards.thread import plan_pieces, when
from bot.chat.cards.words import _, listed
from bot.chat.port import Card, Heading, Piece, Small, Text
from bot.engine.preview import Preview
from bot.engine.view import View


def title(view: View) -> str:
    """Preview: Alice Martin leaves."""
    return _("Preview: {name} leaves, {when}", name=view.subject.name, when=when(view))


def asked(seen: Preview) -> str:
    """Who would have to approve it."""
    view = seen.view
    if seen.auto:
        return _("Nobody would be asked: rules of the company cover all {n} items.", n=len(view.steps))
    names = listed(view.name(one) for one in view.request.approvers) or _("nobody is left who could")
    if view.request.quorum == 1:
        return _("One person would have to approve it. Asked: {names}.", names=names)
    return _("{n} people would have to approve it. Asked: {names}.", n=view.request.quorum, names=names)


def pieces(seen: Preview) -> tuple[Piece, ...]:
    """The plan, piece by piece."""
    return plan_pieces(seen.view)


def card(seen: Preview, odd: str = "") -> Card:
    """The answer to `/usher preview @alice`; `odd` is what the roster says that leaving now does not."""
    text = _("{title}. {n} items.", title=title(seen.view), n=len(seen.view.steps))
    nothing = _("This is a preview. I looked at every system and changed nothing; nobody was told or asked.")
    head: list[Piece] = [Heading(title(seen.view)), Text(nothing), *([Text(odd)] if odd else [])]
    return Card(text, (*head, Text(asked(seen)), *pieces(seen), Small(_begin())))


def _begin() -> str:
    return _("To begin, type /offboard. Everything is read again then.")


def looking(name: str) -> Card:
    """What is said at once, while the systems are read."""
    text = _("I am reading what {name} can reach. The preview comes here in a moment; nothing is changed.", name=name)
    return Card(text, (Text(text),))
