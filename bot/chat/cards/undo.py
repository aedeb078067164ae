"""The form of a restore: what cannot come back stands first."""

from __future__ import annotations

from collections.abc import Iterable

from bot.chat.cards import gifts
from bot.chat.cards.names import came_back
from bot.chat.cards.words import _
from bot.chat.port import Field, Form, Piece, Rule, Small, Text, TextField
from bot.domain.by_hand import order
from bot.domain.policy import Crew
from bot.domain.restore import LEFT
from bot.domain.seats import USHER, role_back
from bot.engine.reseat import Back
from bot.engine.undo import Undo
from bot.engine.view import View


def form(view: View, systems: Iterable[Undo], crew: Crew, context: str, here: Back) -> Form:
    """What is known now; the systems are read once more before anybody decides. `here` is what is Usher's own."""
    every = tuple(systems)
    rows = [(one.name, lost.how, lost.what, lost.why) for one in every for lost in one.preview.lost]
    tasks = [f"{one.name}: {order(give)}" for one in every for give in one.preview.gives if one.by_hand(give)]
    given = [f"{one.name}: {order(give)}" for one in every for give in one.preview.gives if not one.by_hand(give)]
    rows += [(USHER, LEFT, what, why) for what, why in here.left]
    given += [f"{USHER}: {role_back(power).title}" for power in here.roles]
    doubt = came_back(view.subject, crew, view.now.date())
    fields: list[Field | Piece] = [
        Text(_("{name}, {id}", name=view.subject.name, id=view.request.id)),
        *([Text(doubt)] if doubt else []),
        *gifts.lost(rows),
        *gifts.by_people(rows, tasks),
        Rule(),
        *gifts.few(given, _("What I would give back")),
        *gifts.left(rows),
        *gifts.unseen(rows),
        Small(_("Sending this gives nothing yet. I look first, show the plan, and ask the people who decide.")),
        TextField("reason", _("Why?"), hint=_("Seen by HR only, not by the approvers."), long=True, optional=True),
    ]
    return Form(_("Give it back"), "undo", _("Look and ask"), tuple(fields), context)
