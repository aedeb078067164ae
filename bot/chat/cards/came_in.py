"""The person it is about reads along by now: what that means, and what to do, for HR and IT."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.chat.cards.thread import title
from bot.chat.cards.words import _
from bot.chat.port import Card, Text
from bot.engine.view import View


def card(view: View, body: Mapping[str, Any]) -> Card:
    """Who came in, what they can read, where it goes on, and who must be taken out."""
    name, request = view.subject.name, view.request.id
    came = _("! {title}: {name} just came into the channel in which this is told.", title=title(view), name=name)
    if body.get("own"):
        rest = _(
            "It is the private channel of {id} itself. Take {name} out of it now: until then everything that is told "
            "there can be read along, from its beginning.",
            id=request,
            name=name,
        )
    else:
        rest = _(
            "What was told there so far can be read by {name} now. Take {name} out of the channel, and delete there "
            "what must not be read. From now on {id} is told where {name} cannot read it.",
            id=request,
            name=name,
        )
    return Card(came, (Text(came), Text(rest)))
