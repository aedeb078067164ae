"""Several people at once: the form with the list, the one question about all plans, how far it is."""

from __future__ import annotations

from bot.chat.cards import forms
from bot.chat.cards import proposals as seconds
from bot.chat.cards.steps import what
from bot.chat.cards.words import STATES, _, counted, day_and_time, people
from bot.chat.port import (
    Button,
    Buttons,
    Card,
    ChoiceField,
    DateField,
    Facts,
    Form,
    Heading,
    Lines,
    Option,
    Piece,
    Small,
    Text,
    TextField,
    TimeField,
    Tone,
)
from bot.domain.lifecycle import OPEN_REQUESTS, RequestState
from bot.domain.model import PersonId
from bot.engine.proposals import Asked
from bot.engine.together import Together
from bot.engine.view import View

_LINES = 8  # of one plan of the sample
_NOT_MOVED = frozenset({RequestState.DENIED, RequestState.WITHDRAWN, RequestState.EXPIRED})


def form(zone: str, values: dict[str, str] | None = None) -> Form:
    """Who leaves, when, and how many they are."""
    kept = values or {}
    return Form(
        _("Offboard several people"),
        "batch",
        _("Look and ask"),
        (
            Small(_("Sending this changes nothing yet. I look first, show the plans together, and ask two people.")),
            TextField(
                "list",
                _("Who leaves?"),
                hint=_("One person a line: the id in the roster, or the work e-mail. A column of a table works too."),
                value=kept.get("list", ""),
                long=True,
            ),
            TextField("typed", _("How many people are these?"), hint=_("Count them: the number must fit the list.")),
            ChoiceField(
                "when",
                _("When does the access end?"),
                (
                    Option(forms.LATER, _("At a date and time")),
                    Option(forms.NOW, _("Now, as soon as it is approved: leave day and time empty")),
                ),
                value=kept.get("when", forms.LATER),
            ),
            DateField("day", _("Day"), hint=_("Their last day."), optional=True),
            TimeField("time", _("Time"), value="17:00", hint=_("In {zone}.", zone=zone), optional=True),
            forms.exit_field(forms.VOLUNTARY),
            TextField(
                "reason", _("Reason"), hint=_("Seen by HR only, not by the approvers."), long=True, optional=True
            ),
            TextField(
                "note",
                _("Note for the people who help"),
                hint=_("Read by everybody who decides, or has something to do."),
                optional=True,
            ),
        ),
    )


def question(found: Together, asked: Asked, person: PersonId, values: dict[str, str]) -> Card:
    """All plans in one question. Approving opens a form in which their number is typed."""
    batch, total = found.batch, found.sum
    by = _name(found, batch.requester)
    text = _("{id}: {name} wants to offboard {people}.", id=batch.id, name=by, people=people(total.people))
    pieces: list[Piece] = [
        Heading(_("Several people at once")),
        Text(text),
        Facts(
            (
                (_("When"), when(found)),
                (_("Changes"), _("{n} by Usher, {m} by people", n=total.changes, m=total.tasks)),
            ),
        ),
        Lines(
            tuple(_("{system}: {n}", system=_system(found, key), n=count) for key, count in total.by_system),
            _("Items by system"),
        ),
    ]
    pieces += [_plan(view) for view in found.sample]
    if found.left_out:
        pieces.append(_left_out(found))
    proposal = asked.proposal
    pieces += [Text(said) for said in seconds.given(asked)]
    if proposal.decided_at is None and all(one.person != person for one in asked.given):
        yes = Button(_("Approve all …"), "batch_yes", values["batch_yes"], Tone.GOOD)
        no = Button(_("Deny all"), "second_no", values["second_no"], Tone.DANGER, confirm=_("Deny all of them?"))
        pieces.append(Buttons((yes, no)))
    else:
        pieces.append(Text(seconds.outcome(asked)))
    return Card(text, tuple(pieces))


def sure(found: Together, context: str) -> Form:
    """The last look before the yes: the number is typed."""
    text = _(
        "You approve the plans of {people}: {items} in all. Each person is one request with a thread of its own.",
        people=people(found.sum.people),
        items=counted(found.sum.changes + found.sum.tasks, "1 item", "{n} items"),
    )
    label = _("Type how many people leave: {n}", n=found.sum.people)
    return Form(
        _("Approve {id}", id=found.batch.id),
        "batch_yes",
        _("Approve all"),
        (Text(text), TextField("typed", label, placeholder=str(found.sum.people))),
        context,
    )


def status(found: Together) -> Card:
    """How far a batch is, in words."""
    states = {RequestState(state): count for state, count in found.states.items()}
    closed, every = states.get(RequestState.CLOSED, 0), len(found.members)
    going = sum(count for state, count in states.items() if state in OPEN_REQUESTS)
    stays = sum(count for state, count in states.items() if state in _NOT_MOVED)
    text = _("{id}: {done} of {people} finished.", id=found.batch.id, done=closed, people=people(every))
    lines = [f"{people(count)}: {_(STATES[state])}" for state, count in sorted(states.items())]
    pieces: list[Piece] = [Heading(_("Several people at once")), Text(text), Facts(((_("When"), when(found)),))]
    if lines:
        pieces.append(Lines(tuple(lines)))
    if found.left_out:
        pieces.append(_left_out(found))
    if not going and stays and not closed:
        pieces.append(Text(_("Nothing was changed.")))
    return Card(text, tuple(pieces))


def told(found: Together, what: str) -> Card:
    """What whoever asked hears: asked, over, or that there is nobody to ask about."""
    words = {
        "asked": _("{id}: the plan for {people} is ready. I asked those who decide."),
        "denied": _("{id} was denied. Nothing was changed."),
        "none": _("{id}: nobody on the list could be begun. Nothing was changed."),
    }
    whole = status(found)
    text = words[what].format(id=found.batch.id, people=people(found.sum.people)) if what in words else whole.text
    return Card(text, (Text(text), *whole.pieces[2:]))


def when(found: Together) -> str:
    """When the access of all of them ends."""
    if found.batch.immediate:
        return _("now, as soon as it is approved")
    return day_and_time(found.batch.starts_at, found.policy.zone)


def _plan(view: View) -> Lines:
    title = _("For example {name} ({id})", name=view.subject.name, id=view.request.id)
    return _few([f"{view.system(step.system)}: {what(step, view)}" for step in view.steps], title)


def _few(lines: list[str], title: str) -> Lines:
    more = len(lines) - _LINES
    return Lines(tuple(lines[:_LINES] + ([_("and {n} more", n=more)] if more > 0 else [])), title)


def _left_out(found: Together) -> Lines:
    lines = [_("{name}: {why}", name=_name(found, one.person), why=one.refused) for one in found.left_out]
    return _few(lines, _("Left out"))


def _name(found: Together, person: PersonId) -> str:
    known = found.crew.people.get(person)
    return known.name if known else person


def _system(found: Together, key: str) -> str:
    known = {str(one): system for one, system in found.policy.systems.items()}.get(key)
    return known.name if known else key
