"""The offboarding form: what is filled in so far, redrawn as it changes, and handed to the engine."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from bot.chat.cards import disagree, forms, news
from bot.chat.cards.names import look_twice, runs_usher
from bot.chat.cards.words import _, day_and_time
from bot.chat.desk import Desk, known, say
from bot.chat.port import Answer, Card, Filled, Form, Speaker
from bot.domain.disagree import odd
from bot.domain.errors import Refused
from bot.domain.model import Person, PersonId
from bot.domain.policy import leaving_time
from bot.engine import lookup
from bot.engine.submit import YOURSELF, Asked, raise_if_not_allowed, submit


def open_form(desk: Desk, who: Speaker, typed: str) -> Answer:
    """The form, with the person already chosen when the words after the command named one for certain."""
    asking = _allowed(desk, who)
    person, trouble = named(desk, typed)
    return _form(desk, asking, forms.Offboard(person=person, trouble=trouble, pictures=desk.pictures))


def form_for(desk: Desk, who: Speaker, person: Person, day: str, at: str, *, past: bool) -> Answer:
    """The form about this person, with a day filled in that somebody named; `past`: only now is left."""
    asking = _allowed(desk, who)
    when = forms.NOW if past else forms.LATER
    state = forms.Offboard(person=person, when=when, day=day, time=at, pictures=desk.pictures)
    return _form(desk, asking, state)


def redraw(desk: Desk, who: Speaker, filled: Filled) -> Form:
    """The form again, for what was chosen just now. Raises Refused when the right ended since it was opened."""
    asking = _allowed(desk, who)
    values = filled.values
    person = lookup.around(desk.engine).crew.people.get(PersonId(values.get("person", "")))
    state = forms.Offboard(
        person=person,
        when=values.get("when") or forms.LATER,
        day=values.get("day", ""),
        time=values.get("time") or "17:00",
        exit=values.get("exit") or forms.VOLUNTARY,
        note=values.get("note", ""),
        sure=values.get("sure", ""),
        pictures=desk.pictures,
    )
    return _form(desk, asking, state)


def _allowed(desk: Desk, who: Speaker) -> PersonId:
    around = lookup.around(desk.engine)
    raise_if_not_allowed(around.policy, around.crew, known(who), desk.clock().date())
    return known(who)


def _form(desk: Desk, asking: PersonId, state: forms.Offboard) -> Form:
    person = state.person
    if person is None:
        return forms.offboard(state)
    if person.id == asking:  # the form tells of a request that runs, and nobody hears of one about themselves
        return forms.offboard(forms.Offboard(trouble=_(YOURSELF), pictures=desk.pictures))
    around = lookup.around(desk.engine)
    manager = around.crew.people.get(person.manager) if person.manager else None
    at = leaving_time(around.policy, person, person.ends or _today(desk, person)).astimezone(ZoneInfo(person.zone))
    running = lookup.running_for(desk.engine, person.id)
    today = desk.clock().date()
    words, key = _odd(desk, person, state.when, state.day or f"{at:%Y-%m-%d}")
    trouble = state.trouble
    if running is not None:
        trouble = _(
            "{name} is already being offboarded: {id}. Type /offboard {id} to see it.", name=person.name, id=running.id
        )
    return forms.offboard(
        forms.Offboard(
            person=person,
            manager=manager.name if manager else "",
            when=state.when,
            day=state.day or f"{at:%Y-%m-%d}",
            time=state.time if state.day else f"{at:%H:%M}",
            exit=state.exit,
            accounts=lookup.accounts(desk.engine, person.id),
            trouble=trouble,
            note=state.note,
            pictures=desk.pictures,
            doubt=" ".join(filter(None, (look_twice(person, around.crew, today), runs_usher(person, around.policy)))),
            told=news.who(around.policy, around.crew, person),
            odd=words,
            odd_key=key,
            sure=state.sure,
        ),
    )


def _odd(desk: Desk, person: Person, when: str, day: str) -> tuple[str, str]:
    """What the roster says that the form does not, in words, and what somebody confirms by going on."""
    today = _today(desk, person)
    try:
        on = today if when == forms.NOW else date.fromisoformat(day)
    except ValueError:
        return "", ""  # a day that is none is told at its field
    found = odd(person, on, today, named=lookup.is_named(desk.engine, person.id))
    return disagree.said(person, on, found), disagree.key(person, on, found) if found else ""


def send(desk: Desk, who: Speaker, filled: Filled, delivery: str) -> Answer:
    """Hand the form to the engine. Raises Refused with the field that is wrong."""
    values = filled.values
    requester = known(who)
    around = lookup.around(desk.engine)
    person = around.crew.people.get(PersonId(values.get("person", "")))
    if person is None:
        raise Refused(_("I do not know this person."), hint=_("Choose somebody from the list."), field="person")
    immediate = values.get("when") == forms.NOW
    asked = Asked(
        requester=requester,
        subject=person.id,
        starts_at=desk.clock() if immediate else instant(values.get("day", ""), values.get("time", ""), person.zone),
        immediate=immediate,
        voluntary=values.get("exit") != forms.INVOLUNTARY,
        reason=values.get("reason", "").strip(),
        note=values.get("note", "").strip(),
        typed_name=values.get("typed", ""),
    )
    if _odd(desk, person, values.get("when", ""), values.get("day", ""))[1] not in {"", values.get("sure", "")}:
        return redraw(desk, who, filled)  # what the roster says is shown beside the form, and somebody must mean it
    request = submit(desk.engine, asked, desk.clock(), delivery=delivery)
    channel = around.policy.channels(desk.system).channel or around.policy.channel
    return _thanks(channel, person, request.id, asked)


def _thanks(channel: str, person: Person, request: str, asked: Asked) -> Card:
    at = _("as soon as it is approved") if asked.immediate else day_and_time(asked.starts_at, person.zone)
    text = _(
        "{id}: I am reading what {name} can reach. The plan comes into the channel {channel}, then I ask those "
        "who decide. Nothing changes before enough of them approve. The access ends {at}.",
        id=request,
        name=person.name,
        channel=channel,
        at=at,
    )
    return say(text)


def instant(day: str, at: str, zone: str) -> datetime:
    """A day and a time where the person works, as an instant. Raises Refused with the field that is wrong."""
    try:
        on = date.fromisoformat(day)
    except ValueError as error:
        raise Refused(_("Choose the day."), field="day") from error
    try:
        clock = time.fromisoformat(at)
    except ValueError as error:
        raise Refused(_("Choose the time."), field="time") from error
    local = datetime.combine(on, clock, ZoneInfo(zone))
    moment = local.astimezone(UTC)
    if moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None) != local.replace(tzinfo=None):
        raise Refused(_("The clocks are put forward then: that time does not exist."), field="time")
    return moment


def named(desk: Desk, typed: str) -> tuple[Person | None, str]:
    """Whom the words after the command mean; when that is not certain, nobody, and why."""
    words = typed.strip()
    if not words:
        return None, ""
    if words.startswith("<@") and words.endswith(">") and words.count("<@") == 1:
        key = lookup.person_of(desk.engine, desk.system, words[2:-1].split("|")[0])
        person = lookup.around(desk.engine).crew.people.get(key) if key else None
        return person, "" if person else _("That chat account is a bot, or is linked to nobody in the roster.")
    if "<@" in words:  # a mention and more words: perhaps two people, and a wrong guess would be dear
        return None, _("I could not tell whom you mean. Choose the person below.")
    found = lookup.search(desk.engine, words.lstrip("@"))
    if len(found) == 1:
        return found[0][0], ""
    if not found:
        return None, _("I found nobody called “{words}”. Type another name below.", words=words[:80])
    return None, _("{n} people match “{words}”. Choose the right one.", n=len(found), words=words[:80])


def _today(desk: Desk, person: Person) -> date:
    return desk.clock().astimezone(ZoneInfo(person.zone)).date()
