"""What the handlers of commands, buttons and forms share: the engine, the clock, the seal."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from bot.chat.cards import succession
from bot.chat.cards.names import look_twice
from bot.chat.cards.words import _
from bot.chat.links import seal, unseal
from bot.chat.port import Card, Speaker, Text
from bot.domain.chats import SLACK
from bot.domain.errors import Refused
from bot.domain.model import Person, PersonId
from bot.domain.request import Step
from bot.engine import lookup
from bot.engine.context import Engine
from bot.engine.view import View


@dataclass(frozen=True, slots=True)
class Desk:
    """Where people are served. `system` is the chat platform's key in links, `base_url` where our pages live.

    `chats`: all of them, the usual one first, in a company that has two. `pictures` is where the chat platform can
    fetch portraits from; empty where it cannot reach us.
    """

    engine: Engine
    clock: Callable[[], datetime]
    secret: str = field(repr=False)
    base_url: str
    system: str = SLACK
    pictures: str = ""
    chats: tuple[str, ...] = ()

    @property
    def everywhere(self) -> tuple[str, ...]:
        """Every chat in which somebody may have an account."""
        return self.chats or (self.system,)

    @property
    def others(self) -> tuple[str, ...]:
        """The other chats of the company."""
        return tuple(one for one in self.chats if one != self.system)

    @property
    def lane(self) -> str:
        """This chat, where there is another one; what is to be said in the only chat needs no name for it."""
        return self.system if len(self.chats) > 1 else ""

    def sealed(self, *parts: str) -> str:
        """A button's value: ids and the digest that was shown, nothing that could be believed."""
        return seal(self.secret, *parts)

    def opened(self, value: str, length: int, *actions: str) -> tuple[str, ...]:
        """The parts of a button's value. Raises Refused when it was not made by us, or for another button."""
        parts = unseal(self.secret, value)
        if len(parts) != length or parts[0] not in actions:
            raise Refused(_("This button is damaged."), hint=_("Open the newest message about it."))
        return parts


def known(who: Speaker) -> PersonId:
    """The person who speaks. Raises Refused for strangers: identity is a confirmed link, never a name."""
    if who.person is None:
        raise Refused(
            _("I do not know you yet."),
            hint=_("Ask an admin of Usher to link your chat account to your entry in the roster."),
        )
    return who.person


def meant(desk: Desk, chosen: str) -> tuple[Person | None, str]:
    """Who was chosen in a form, if anybody, and what makes one look twice at that."""
    crew = lookup.around(desk.engine).crew
    person = crew.people.get(PersonId(chosen))
    return person, look_twice(person, crew, desk.clock().date()) if person else ""


def say(text: str) -> Card:
    """A short private answer."""
    return Card(text, (Text(text),))


def request_buttons(desk: Desk, view: View) -> Mapping[str, str]:
    """The sealed values of every button that belongs to a whole request."""
    request = view.request
    plain = ("stop", "go_on", "cancel", "reschedule", "report", "show", "take_back", "extend", "give_back", "look_now")
    backs = ("undo", "wrong_person", "leave_end", "leave_move")
    values = {action: desk.sealed(action, request.id) for action in (*plain, *backs)}
    return {
        **values,
        "approve": desk.sealed("approve", request.id, request.digest),
        "deny": desk.sealed("deny", request.id, request.digest),
    }


MACHINES = ("machine_end", "machine_renew", "machine_give", "machine_renewed")

DESK = ("put_off", "escalate")


def step_buttons(desk: Desk, view: View, step: Step) -> Mapping[str, str]:
    """The sealed values of every button that belongs to one step."""
    plain = ("done", "successor", "look_again", "try_again", "waive", "accept", "decline", *MACHINES, *DESK)
    values = {action: desk.sealed(action, step.id) for action in plain}
    first = succession.suggested(view, step)
    if first is not None:
        values["suggested"] = desk.sealed("suggested", step.id, first.account.native_id)
    shown = view.request.digest
    return {
        **values,
        "item_yes": desk.sealed("item_yes", step.id, shown),
        "item_no": desk.sealed("item_no", step.id, shown),
    }
