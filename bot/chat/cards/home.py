"""The home view, help, and roles: what this person may do, as buttons."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date

from bot.chat.cards import halts
from bot.chat.cards.forms import may, role_name
from bot.chat.cards.words import STATES, _, day_and_time
from bot.chat.port import Button, Buttons, Card, Heading, Lines, Piece, Rule, Small, Text, Tone
from bot.domain.model import PersonId, Power, Trigger
from bot.domain.policy import Crew
from bot.engine.halt import POWERS
from bot.engine.lookup import Around, Mine
from bot.engine.view import READERS
from bot.engine.who_has import ASKERS
from bot.store.people import Nomination

Seal = Callable[..., str]
_NAMED = 3  # admins that a stranger reads of


UNKNOWN = "I do not know you yet."


def whom_to_ask(crew: Crew, today: date) -> str:
    """What somebody does whose chat account is linked to nobody: which people they ask, and for what."""
    able = sorted(crew.people[one].name for one in crew.holding(Power.ADMIN) if crew.working(one, today))
    names = _("an admin of Usher ({names})", names=", ".join(able[:_NAMED])) if able else _("whoever runs Usher")
    return _("Ask {names} to link your chat account to your entry in the roster.", names=names)


def stranger(crew: Crew, today: date) -> Card:
    """For somebody whose chat account is linked to nobody."""
    text = f"{_(UNKNOWN)} {whom_to_ask(crew, today)}"
    return Card(text, (Heading(_("Usher")), Text(text)))


def may_offboard(around: Around, person: PersonId) -> bool:
    """Whether policy lets this person start an offboarding."""
    return around.crew.may(person, *around.policy.askers(Trigger.LEAVER))


def may_ask(around: Around, person: PersonId) -> bool:
    """Whether this person may hear who has what, in some system at least."""
    owned = any(person in {one.owner, one.deputy} for one in around.policy.systems.values())
    return owned or around.crew.may(person, *ASKERS)


def home(
    around: Around, person: PersonId, mine: Mine, waits: Sequence[Piece], board: Sequence[Piece], seal: Seal
) -> Card:
    """What waits for you, what you may start, what you asked for; for HR, who leaves this month."""
    name = around.crew.people[person].name.split()[0]
    pieces: list[Piece] = [Heading(_("Hello {name}", name=name))]
    if mine.halt is not None:
        by = around.crew.people.get(mine.halt.by)
        pieces.append(Text(halts.sentence(mine.halt, by.name if by else mine.halt.by, around.policy.zone)))
    start = _start_buttons(around, person)
    if start:
        pieces.append(Buttons(start))
    pieces += _lent(around, mine, seal)
    pieces += [Rule(), Heading(_("Waits for you"))]
    pieces += waits or [Text(_("Nothing. Enjoy the quiet."))]
    pieces += board
    if mine.asked:
        lines = tuple(f"{r.id}: {around.crew.people[r.subject].name}, {_(STATES[r.state])}" for r in mine.asked)
        pieces += [Rule(), Lines(lines, _("What you asked for"))]
    pieces.append(Small(_("This is how it stood when you opened it. What you ask to see comes as a message.")))
    pieces.append(Small(_("Type /usher help at any time.")))
    return Card(_("Your home in Usher"), tuple(pieces))


def _lent(around: Around, mine: Mine, seal: Seal) -> Iterable[Piece]:
    """What one has for a while, the next end first."""
    if mine.lent:
        yield Rule()
        yield Heading(_("Yours for a while"))
    for request in sorted(mine.lent, key=lambda one: str(one.until)):
        offer = around.policy.access.offers.get(request.offer)
        zone = around.crew.people[request.subject].zone
        at = day_and_time(request.until, zone) if request.until else ""
        yield Text(_("{id}: {words}, until {at}.", id=request.id, words=offer.words if offer else request.offer, at=at))
        back = Button(_("Give back now"), "give_back", seal("give_back", request.id))
        yield Buttons((Button(_("Extend"), "extend", seal("extend", request.id)), back))


def _start_buttons(around: Around, person: PersonId) -> tuple[Button, ...]:
    buttons = []
    if may_offboard(around, person):
        buttons.append(Button(_("Offboard a person"), "offboard", "start", Tone.GOOD))
        buttons.append(Button(_("Offboard several people"), "batch", "start"))
    if around.crew.may(person, *around.policy.askers(Trigger.PAUSE)):
        buttons.append(Button(_("Leave of absence"), "leave", "start"))
    if around.policy.access.offers:
        buttons.append(Button(_("Ask for access"), "access", "start"))
    if around.crew.may(person, *READERS):
        buttons.append(Button(_("All requests"), "requests", "start"))
    if around.crew.may(person, Power.ADMIN):
        buttons.append(Button(_("Give a role"), "role", "start"))
    if around.crew.may(person, *POWERS):
        buttons.append(Button(_("Pause Usher"), "halt", "start"))
    return tuple(buttons)


def help_card(around: Around, person: PersonId, not_understood: str) -> Card:
    """What you may do, as buttons; a typing error is answered the same way."""
    pieces: list[Piece] = []
    if not_understood:
        pieces.append(Text(_("I did not understand “{words}”. This is what you may do:", words=not_understood[:80])))
    else:
        pieces.append(
            Text(_("Hello {name}. This is what you may do:", name=around.crew.people[person].name.split()[0]))
        )
    lines = []
    if may_offboard(around, person):
        lines.append(_("/offboard @name — take away the access of somebody who leaves; nothing happens before a yes"))
        lines.append(_("/usher preview @name — see what that would take away; nothing is changed and nobody is told"))
        lines.append(_("/usher batch — several people at once"))
        lines.append(_("/pause-access @name until 2027-02-01 — lock somebody who is away, and unlock them on the day"))
        lines.append(_("/usher undo OFF-142 — give back what an offboarding took"))
        lines.append(_("/usher wrong-person OFF-142 — stop it at once, and unlock whoever was meant by mistake"))
    if around.policy.access.offers:
        lines.append(_("/access — ask for access that ends by itself"))
    if may_ask(around, person):
        lines.append(_("/who-has github — see who has a system or a right"))
        lines.append(_("/usher person @name — see what somebody has, what waits and what was taken"))
    if around.crew.may(person, *READERS):
        lines.append(_("/usher requests — every request, open and recent: who is waited for, and what is late"))
    lines.append(_("/usher OFF-142 — see how a request stands: what is done, what waits, and for whom"))
    if around.crew.may(person, Power.ADMIN):
        lines.append(_("/usher role — give somebody a role in Usher; /usher take-role @name hr takes one away"))
    if around.crew.may(person, *POWERS):
        lines.append(_("/usher pause — let Usher change nothing but lock accounts, until two people agree to go on"))
    lines.append(_("/usher away until 2027-02-01 — have others asked while you are not here; /usher back ends it"))
    lines.append(_("My Home tab shows what waits for you, what you asked for, and these buttons"))
    lines.append(_("When I need you, I write to you here, with buttons."))
    pieces.append(Lines(tuple(lines)))
    start = _start_buttons(around, person)
    if start:
        pieces.append(Buttons(start))
    return Card(_("What you may do with Usher"), tuple(pieces))


def power(crew: Crew, nominee: Nomination | None, seal: Seal) -> Card:
    """The second approval for a role."""
    if nominee is None:
        text = _("This question about a role was decided. Thank you.")
        return Card(text, (Text(text),))
    who = crew.people[nominee.person].name
    by = crew.people[nominee.proposed_by].name
    text = _(
        "{by} wants to give {who} the role “{power}” in Usher. Do you agree?",
        by=by,
        who=who,
        power=role_name(nominee.power),
    )
    buttons = (
        Button(_("Agree"), "power_yes", seal("power_yes", str(nominee.id)), Tone.GOOD),
        Button(_("Do not agree"), "power_no", seal("power_no", str(nominee.id)), Tone.DANGER),
    )
    means = Small(_("{may}.", may=may(nominee.power)))
    return Card(text, (Heading(_("A role in Usher")), Text(text), means, Buttons(buttons)))
