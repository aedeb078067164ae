"""The one message in which a person answers for everything of a request that may still be in use."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.chat.cards import work
from bot.chat.cards.kept import is_held, silence, state
from bot.chat.cards.rules import reason
from bot.chat.cards.steps import facts, last_active, state_words, what
from bot.chat.cards.thread import title
from bot.chat.cards.words import _, ago, counted, day_and_time
from bot.chat.port import (
    Button,
    Buttons,
    Card,
    DateField,
    Field,
    Form,
    Heading,
    Lines,
    Piece,
    Rule,
    Small,
    Text,
    TimeField,
    Tone,
)
from bot.domain.hold import CHECKPOINT, USE, Silence
from bot.domain.model import Asset, HandOver, PersonId, Revoke
from bot.domain.reading import Work
from bot.domain.request import Step
from bot.engine.hold import team_of
from bot.engine.view import View

Seal = Callable[..., str]

_MOST = 8  # items of one message: more than a platform shows, or anybody reads; the others follow
_RECENT = timedelta(days=30)
_SYSTEM_FACTS = 3


def card(view: View, person: PersonId, mine: Iterable[Step], seal: Seal) -> Card:
    """What this person is asked, with the facts, the default and its time; `mine` are the steps that show here."""
    steps = [step for step in mine if is_held(step)]
    asked = [step for step in steps if step.held in {USE, CHECKPOINT}]
    kept = [step for step in steps if step not in asked]
    zone = view.crew.people[person].zone if person in view.crew.people else view.policy.zone
    pieces: list[Piece] = [Heading(_("Before it is removed: {title}", title=title(view)))]
    if not steps:
        pieces.append(Text(_("Nothing waits for you here any more. Thank you.")))
        pieces += _answered(view, person)
        return Card(_("{title}: nothing waits for you any more.", title=title(view)), tuple(pieces))
    if asked:
        pieces.append(Text(_intro(view, asked)))
    for step in [*asked, *kept][:_MOST]:
        pieces += _item(view, step, zone, seal)
    if len(steps) > _MOST:
        rest = len(steps) - _MOST
        more = ("1 more follows here when these are answered.", "{n} more follow here when these are answered.")
        pieces.append(Small(counted(rest, *more)))
    shown = [step for step in [*asked, *kept][:_MOST] if step.held == USE and step.assignee == person]
    if len(shown) > 1:
        sure = _("The {n} items that you are asked about here are removed now. Are you sure?", n=len(shown))
        value = seal("hold_all", view.request.id, ",".join(str(step.number) for step in shown))
        pieces += [Rule(), Buttons((Button(_("Remove all {n} now", n=len(shown)), "hold_all", value, confirm=sure),))]
    text = _("{title}: {n} questions for you.", title=title(view), n=len(asked))
    if len(asked) == 1:
        text = _("{title}: one question for you.", title=title(view))
    if not asked:
        text = _("{title}: what you keep for a while.", title=title(view))
    return Card(text, tuple(pieces))


def _intro(view: View, asked: list[Step]) -> str:
    name = view.subject.name
    if all(step.held == CHECKPOINT for step in asked):
        return _("The access of {name} ends. These items wait for your team.", name=name)
    return _(
        "The access of {name} ends. These items may still be in use. Please say for each one whether it may go now.",
        name=name,
    )


def _item(view: View, step: Step, zone: str, seal: Seal) -> Iterable[Piece]:
    yield Rule()
    yield Text(what(step, view), lead=view.system(step.system))
    told = about(step, view)
    if told:
        yield Lines(told)
    yield Small(_default(step, view, zone))
    yield Buttons(tuple(_buttons(step, view, seal)))


def brief(view: View, step: Step, person: PersonId, seal: Seal) -> Card:
    """One of these questions in a line, with its buttons: for a list of all that waits for somebody."""
    zone = view.crew.people[person].zone if person in view.crew.people else view.policy.zone
    about_it = _("{system}: {what}", system=view.system(step.system), what=what(step, view))
    text = _("{title}. {about} — {default}", title=title(view), about=about_it, default=_default(step, view, zone))
    return Card(text, (Buttons(tuple(_buttons(step, view, seal))),) if is_held(step) else ())


def _default(step: Step, view: View, zone: str) -> str:
    at = day_and_time(step.due, zone) if step.due else ""
    if step.held == USE:
        return _("Removed {at} unless you answer.", at=at)
    if step.held == CHECKPOINT and team_of(view.policy, step).silence is Silence.GO:
        return _("Removed {at} unless somebody of your team answers.", at=at)
    if step.held == CHECKPOINT:
        return _("Asked of your team until {at}; {silence}.", at=at, silence=silence(step, view))
    return _("{state}.", state=state(step, view, zone))


def _buttons(step: Step, view: View, seal: Seal) -> Iterable[Button]:
    hint = what(step, view)
    if step.held == CHECKPOINT:
        yield Button(_("Release"), "hold_remove", seal("hold_remove", step.id), Tone.GOOD, hint=hint)
        yield Button(_("Wait until a date"), "hold_keep", seal("hold_keep", step.id), hint=hint)
        return
    yield Button(_("Remove now"), "hold_remove", seal("hold_remove", step.id), Tone.GOOD, hint=hint)
    if step.held != USE:
        yield Button(_("Keep until another date"), "hold_keep", seal("hold_keep", step.id), hint=hint)
        return
    yield Button(_("Keep until a date"), "hold_keep", seal("hold_keep", step.id), hint=hint)
    yield Button(_("Hand over first"), "hold_first", seal("hold_first", step.id), hint=hint)
    yield Button(_("Ask somebody"), "hold_pass", seal("hold_pass", step.id), hint=hint)


def _answered(view: View, person: PersonId) -> list[Piece]:
    """What became of everything that this person was asked."""
    trail = (one for one in view.journal if one.kind.startswith("hold.") and person in one.facts.values())
    was = {one.facts.get("step") for one in trail}
    lines = tuple(
        _("{system}: {what} — {state}", system=view.system(s.system), what=what(s, view), state=state_words(s, view))
        for s in view.steps
        if s.id in was
    )
    return [Lines(lines)] if lines else []


# ---- the facts: what the system said, and what it does not say ----


def about(step: Step, view: View) -> tuple[str, ...]:
    """Everything known that tells whether this is still in use; what no system tells is said to be not known."""
    said = [reason(step, view)] if step.why else []
    said += facts(step, view)
    reading = view.readings.get(step.system)
    if reading is None or not isinstance(step.action, Revoke | HandOver):
        return tuple(said)
    account = step.action.grant.account if isinstance(step.action, Revoke) else step.action.asset.account
    seen = next((one for one in reading.account.items if one.native_id == account.native_id), account)
    said.append(_("{account}: {when}", account=seen.label, when=last_active(seen, view)))
    works = _goes_on(step, view)
    said += [work.told(one, view, step.system) for one in works[:_SYSTEM_FACTS]]
    known = {one.native_id for one in works}
    quiet = [asset for asset in _hangs_on(step, view) if asset.native_id not in known]
    said += [_asset(asset, view) for asset in quiet[:_SYSTEM_FACTS]]
    said += _keys(step, view)
    said += _schedules(step, view)
    if works or any("repositor" in one.kind for one in quiet) or work.untold(view, step.system):
        said.append(work.unknown(works[:_SYSTEM_FACTS]))
    return tuple(dict.fromkeys(filter(None, said)))


def _goes_on(step: Step, view: View) -> list[Work]:
    """What goes on where this right leads, and in what is lost with it."""
    if isinstance(step.action, HandOver):
        return work.there(view, step.system, things=(step.action.asset.native_id,))
    right = step.action.grant.entitlement if isinstance(step.action, Revoke) else None
    return work.there(view, step.system, rights=(right.native_id,), things=right.carries) if right else []


def _hangs_on(step: Step, view: View) -> list[Asset]:
    """The things that are lost with this right."""
    carries = step.action.grant.entitlement.carries if isinstance(step.action, Revoke) else ()
    return [asset for asset in view.readings[step.system].assets.items if asset.native_id in carries]


def _asset(asset: Asset, view: View) -> str:
    when = _("last change not known")
    if asset.last_activity:
        by = _(" by {who}", who=asset.last_actor) if asset.last_actor else ""
        when = _("last change {when}{by}", when=ago(asset.last_activity, view.now), by=by)
    alone = _("; nobody else administers it") if asset.sole_admin else ""
    return _("{kind} {label}: {when}{alone}", kind=_(asset.kind), label=asset.label, when=when, alone=alone)


def _keys(step: Step, view: View) -> Iterable[str]:
    """Keys there that were used lately: something may run with them."""
    reading = view.readings[step.system]
    every = (*reading.credentials.items, *reading.made.items)
    used = [(one.last_used, one) for one in every if one.last_used and view.now - one.last_used < _RECENT]
    for at, one in sorted(used, key=lambda pair: pair[0], reverse=True)[:_SYSTEM_FACTS]:
        yield _("{kind} {label} was used {when}", kind=_(one.kind), label=one.label, when=ago(at, view.now))


def _schedules(step: Step, view: View) -> Iterable[str]:
    """What runs by itself in this person's name."""
    for asset in view.readings[step.system].assets.items:
        if "schedule" in asset.kind.casefold():
            yield _("{kind} {label} runs as {name}", kind=_(asset.kind), label=asset.label, name=view.subject.name)


def reminder(view: View, person: PersonId, mine: Iterable[Step]) -> Card:
    """A word before a time is over; the buttons stand in the message above."""
    steps = [step for step in mine if is_held(step) and step.due]
    zone = view.crew.people[person].zone if person in view.crew.people else view.policy.zone
    if not steps:
        return Card(_("{title}: nothing waits for you any more.", title=title(view)))
    lines = tuple(
        _(
            "{system}: {what}. {default}",
            system=view.system(s.system),
            what=what(s, view),
            default=_default(s, view, zone),
        )
        for s in steps[:_MOST]
    )
    text = _("A reminder about {title}. Answer in my message above.", title=title(view))
    return Card(text, (Text(text), Lines(lines)))


# ---- the two forms ----


def keep_form(what_is_kept: str, zone: str, at: datetime, last: datetime, context: str) -> Form:
    """Until when something stays, and how late that may be."""
    local = at.astimezone(ZoneInfo(zone))
    return Form(
        _("Keep until a date"),
        "hold_keep",
        _("Keep"),
        (
            Text(what_is_kept),
            Small(_("It is kept until then, and you look after it. I ask once more before it is removed.")),
            DateField("day", _("Day"), value=f"{local:%Y-%m-%d}"),
            TimeField("time", _("Time"), value=f"{local:%H:%M}", hint=_("In {zone}.", zone=zone)),
            Small(_("At most until {last}.", last=day_and_time(last, zone))),
        ),
        context,
    )


def pass_form(asked_about: str, until: str, who_knows: Iterable[Field | Piece], context: str) -> Form:
    """Who knows better."""
    return Form(
        _("Ask somebody"),
        "hold_pass",
        _("Ask"),
        (
            Text(asked_about),
            Small(_("They are asked instead of you. The time stays the same: {until}.", until=until)),
            *who_knows,
        ),
        context,
    )
