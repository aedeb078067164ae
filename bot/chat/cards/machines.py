"""What becomes of a key or webhook that somebody made for programs: what uses it, and the three ways to decide."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from bot.chat.cards.steps import facts, label_of
from bot.chat.cards.succession import refusals
from bot.chat.cards.words import _, day_and_time
from bot.chat.port import (
    Button,
    Buttons,
    Card,
    Facts,
    Field,
    FileField,
    Form,
    Heading,
    Lines,
    Piece,
    Small,
    Text,
    TextField,
    Tone,
)
from bot.domain.lifecycle import StepState
from bot.domain.model import Credential, Disable
from bot.domain.planning import MACHINE
from bot.domain.request import Step
from bot.domain.successors import ACCEPT, RENEW
from bot.engine.view import View

LINES = {
    "ended": "· {system}: {name} decided to switch {thing} off.",
    "renewing": "· {system}: {name} puts something new in the place of {thing}; it works until then.",
    "renewed": "· {system}: {name} says that the new one is in place. {thing} is switched off now.",
    "given": "· {system}: {name} asked {to} to look after {thing} from now on.",
}


def is_open(step: Step) -> bool:
    """Whether somebody still has to decide what becomes of it, or to finish what was decided."""
    waits = step.state is StepState.HELD and step.held in {MACHINE, RENEW, ACCEPT}
    return waits and isinstance(step.action, Disable)


def card(view: View, step: Step, reader: str | None, buttons: Mapping[str, str]) -> Card:
    """For whoever is asked to look after it: Accept; for whoever decides: what uses it, and the three ways."""
    assert isinstance(step.action, Disable)  # noqa: S101 - is_open said so
    one = step.action.credential
    if step.held == ACCEPT and reader == step.assignee:
        return _accept(view, step, one, buttons)
    if step.held == RENEW:
        return _renew(view, step, one, buttons)
    return _decide(view, step, one, buttons)


def _decide(view: View, step: Step, one: Credential, buttons: Mapping[str, str]) -> Card:
    label = label_of(one)
    heading = _("What becomes of {label}?", label=label)
    words = _(
        "{name} made it for a program, which may still need it. It still works. You decide what happens to it.",
        name=view.subject.name,
    )
    pieces: list[Piece] = [Heading(heading), Text(words), *_known(view, step, one), *refusals(view, step)]
    if step.held == ACCEPT:
        pieces.append(Text(_("{name} was asked and has not answered yet.", name=view.name(step.assignee))))
    sure = _("Whatever uses {label} stops working at once. Switch it off?", label=label)
    row = (
        Button(_("Renew it"), "machine_renew", buttons["machine_renew"], Tone.GOOD),
        Button(_("Somebody looks after it"), "machine_give", buttons["machine_give"]),
        Button(_("Switch it off"), "machine_end", buttons["machine_end"], Tone.DANGER, confirm=sure),
    )
    ways = (
        _("Renew it: you make a new one and put it in its place. Then I switch the old one off, and check that it is."),
        _("Somebody looks after it: it stays as it is, once the person you name accepts."),
        _("Switch it off: nothing uses it any more. I do it now, and check that it is off."),
    )
    text = _("{heading} ({system}, {id})", heading=heading, system=view.system(step.system), id=view.request.id)
    return Card(text, (*pieces, Lines(ways), Buttons(row)))


def _known(view: View, step: Step, one: Credential) -> list[Piece]:
    pairs = [
        (_("What"), _(one.kind).capitalize()),
        (_("Where"), _("{label}, in {system}", label=one.label, system=view.system(step.system))),
        (_("In use"), "; ".join(facts(step, view)) or _("last use not known")),
    ]
    if step.deadline:
        pairs.append((_("Please answer until"), day_and_time(step.deadline, view.policy.zone)))
    late = _("Nothing happens to it by itself: without an answer I ask the next person who looks after the system.")
    return [Facts(tuple(pairs)), Small(late)]


def _renew(view: View, step: Step, one: Credential, buttons: Mapping[str, str]) -> Card:
    label = label_of(one)
    steps = (
        _("1. Make a new one that belongs to the team, not to a person."),
        _("2. Put it wherever the old one is used, and see that it works."),
        _("3. Press the button and say how one can see it. Then I switch the old one off."),
    )
    row = (
        Button(_("The new one is in place"), "machine_renewed", buttons["machine_renewed"], Tone.GOOD),
        Button(_("Somebody looks after it"), "machine_give", buttons["machine_give"]),
    )
    text = _("Please put something new in the place of {label} ({id})", label=label, id=view.request.id)
    heading = Heading(_("Renew {label}", label=label))
    return Card(text, (heading, Lines(steps), *_known(view, step, one)[:1], Buttons(row)))


def _accept(view: View, step: Step, one: Credential, buttons: Mapping[str, str]) -> Card:
    label = label_of(one)
    heading = _("Will you look after {label}?", label=label)
    words = _(
        "{name}, who made it, is leaving. It works on as it is. If you accept, you are asked whenever something is "
        "to be done about it.",
        name=view.subject.name,
    )
    row = (
        Button(_("Accept"), "accept", buttons["accept"], Tone.GOOD),
        Button(_("Decline"), "decline", buttons["decline"]),
    )
    text = _("{heading} ({id})", heading=heading, id=view.request.id)
    return Card(text, (Heading(heading), Text(words), *_known(view, step, one)[:1], Buttons(row)))


def give(label: str, somebody: Iterable[Field | Piece], context: str) -> Form:
    """Who looks after it from now on."""
    return Form(
        _("A new owner"),
        "machine_give",
        _("Ask this person"),
        (
            Text(_("{label} works on. Who looks after it from now on? They are asked and must accept.", label=label)),
            *somebody,
        ),
        context,
    )


def renewed(label: str, context: str) -> Form:
    """How one can see that the new one is in place."""
    return Form(
        _("The new one works"),
        "machine_renewed",
        _("Switch the old one off"),
        (
            Text(_("{label} is switched off as soon as you send this.", label=label)),
            Small(_("A sentence or a file is enough; one of the two is needed.")),
            TextField("evidence", _("What did you do, and how can one see it?"), long=True, optional=True),
            FileField("files", _("A file, if there is one")),
        ),
        context,
    )
