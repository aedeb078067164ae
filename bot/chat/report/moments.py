"""The six moments of a request, how long it took from one to the next, and whether the runbook's promise was kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.chat.cards.steps import what
from bot.chat.cards.words import _, day_and_time, listed, within
from bot.domain.lifecycle import RequestState, StepState
from bot.domain.model import EndSessions, SystemKey, Trigger
from bot.domain.reading import Completeness
from bot.domain.request import Step
from bot.engine.view import View

PROVEN = frozenset({StepState.CONFIRMED, StepState.ATTESTED, StepState.LAPSED})


@dataclass(frozen=True, slots=True)
class Moment:
    """One of T0 to T5: `at` is None when it has not come or nobody could see it, and `why` says so."""

    code: str
    short: str
    means: str
    at: datetime | None
    why: str = ""
    since: str = ""


@dataclass(frozen=True, slots=True)
class Promise:
    """What the runbook promises, whether it was kept (None: not known yet), and in words why."""

    words: str
    kept: bool | None
    result: str
    reasons: tuple[str, ...] = ()


class Times:
    """How moments are written in one zone."""

    def __init__(self, zone: str) -> None:
        self.zone = zone
        self._info = ZoneInfo(zone)

    def day(self, moment: datetime) -> str:
        """27 Nov 2026."""
        return f"{moment.astimezone(self._info):%d %b %Y}".lstrip("0")

    def short_day(self, moment: datetime) -> str:
        """27 Nov. Called by the template of the picture."""
        return f"{moment.astimezone(self._info):%d %b}".lstrip("0")

    def clock(self, moment: datetime) -> str:
        """17:00:03."""
        return f"{moment.astimezone(self._info):%H:%M:%S}"

    def offset(self, moment: datetime) -> str:
        """+01:00, so that the hour that comes twice in autumn is still one moment."""
        return f"{moment.astimezone(self._info):%z}"[:3] + ":" + f"{moment.astimezone(self._info):%z}"[3:5]


def moments(view: View) -> tuple[Moment, ...]:
    """T0 to T5, each with the time since the clock of the promise began."""
    request = view.request
    closed = request.closed_at if request.state is RequestState.CLOSED else None
    over, why = sessions_over(view)
    yes = (_("approved"), _("Enough people approved"))
    decision = (_("denied"), _("The request was denied")) if request.state is RequestState.DENIED else yes
    found = (
        Moment("T0", _("asked"), _("The request was submitted"), request.created_at),
        Moment("T1", *decision, request.decided_at),
        Moment("T2", _("contained"), _("Everything that ends at once has ended"), request.contained_at),
        Moment("T3", _("accepted"), _("Every system accepted its changes"), request.applied_at),
        Moment("T4", _("all seen"), _("Everything is seen gone or attested by a named person"), closed),
        Moment("T5", _("sessions"), _("No session was seen open any more"), over, why),
    )
    return tuple(_measured(one, begins(view), view) for one in found)


def begins(view: View) -> tuple[datetime, str] | None:
    """When the clock of the promise begins, and what began it: the approval, or the chosen moment."""
    request = view.request
    if request.contains_at_once:
        return (request.decided_at, _("after the approval")) if request.decided_at else None
    return request.starts_at, _("after the chosen moment")


def _measured(one: Moment, start: tuple[datetime, str] | None, view: View) -> Moment:
    if one.at is None:
        return Moment(one.code, one.short, one.means, None, one.why or _not_yet(view))
    since = ""
    if start is not None and one.code > "T1":
        passed = one.at - start[0]
        late = passed >= timedelta(0)
        since = f"{span(abs(passed))} {start[1]}" if late else _("{n} before the chosen moment", n=span(-passed))
    elif one.code == "T1":
        since = _("{n} after it was asked", n=span(one.at - view.request.created_at))
    return Moment(one.code, one.short, one.means, one.at, one.why, since)


def _not_yet(view: View) -> str:
    over = {RequestState.DENIED, RequestState.WITHDRAWN, RequestState.EXPIRED, RequestState.CLOSED}
    return _("did not happen") if view.request.state in over else _("not yet")


def span(passed: timedelta) -> str:
    """How long exactly: the two largest units that say something. "2 hours 4 minutes"."""
    seconds = round(abs(passed).total_seconds())
    parts = (
        (seconds // 86400, _("1 day"), _("{n} days", n=seconds // 86400)),
        (seconds // 3600 % 24, _("1 hour"), _("{n} hours", n=seconds // 3600 % 24)),
        (seconds // 60 % 60, _("1 minute"), _("{n} minutes", n=seconds // 60 % 60)),
        (seconds % 60, _("1 second"), _("{n} seconds", n=seconds % 60)),
    )
    first = next((at for at, part in enumerate(parts) if part[0]), 3)
    said = [one if number == 1 else many for number, one, many in parts[first : first + 2] if number]
    return " ".join(said) or _("less than a second")


def sessions_over(view: View) -> tuple[datetime | None, str]:
    """When no session was seen open any more; where a system does not show sessions, honestly not observed."""
    contained = view.request.contained_at
    if contained is None:
        return None, ""  # before that, a new session could open at any moment
    dark = [view.system(key) for key in _met(view) if not _shows_sessions(view, key)]
    if dark:
        return None, _("not observed: {systems} showed no list of open sessions", systems=listed(dark))
    open_in = [view.system(key) for key, reading in view.readings.items() if reading.sessions.items]
    ends = [session.until for reading in view.readings.values() for session in reading.sessions.items]
    last = max((end for end in ends if end is not None), default=None)
    if last is not None and None not in ends:
        at, systems = day_and_time(last, view.policy.zone), listed(open_in)
        if last > view.now:
            return None, _("the last session in {systems} is over by {at}", systems=systems, at=at)
        return max(last, contained), _("sessions in {systems} ended by themselves", systems=systems)
    if open_in:
        return None, _("sessions were still open in {systems}", systems=listed(open_in))
    ended = [step.ended_at for step in view.steps if isinstance(step.action, EndSessions) and step.ended_at]
    return max([contained, *ended]), _("as far as systems list their sessions")


def _met(view: View) -> dict[SystemKey, None]:
    return dict.fromkeys(step.system for step in (*view.reads, *view.steps))


def _shows_sessions(view: View, key: SystemKey) -> bool:
    reading = view.readings.get(key)
    if reading is None:
        known = view.policy.systems.get(key)
        return known is not None and not known.connector  # what only people reach is attested, not listed
    return reading.sessions.seen in {Completeness.COMPLETE, Completeness.NOT_APPLICABLE}


def promise(view: View) -> Promise:
    """Whether nobody could sign in any more within the hours the runbook promises."""
    if view.request.deletes:
        return Promise(_("No hours are promised for deleting accounts"), None, _("There is no limit to judge by"))
    if view.request.trigger is Trigger.RESTORE:
        return Promise(_("No hours are promised for giving back"), None, _("There is no limit to judge by"))
    length = view.runbook.promise
    words = _("Nobody can sign in any more within {hours}", hours=within(length))
    start = begins(view)
    if start is None or view.request.started_at is None:
        return Promise(words, None, _("Nothing was started"))
    due = start[0] + length
    reached = view.request.contained_at
    if reached is not None:
        left = _left_open(view)
        took = _took(reached - start[0], start[1])
        if reached <= due and not left:
            return Promise(words, True, _("Kept: {took}", took=took))
        if reached <= due:
            return Promise(words, False, _("Not kept in full: {took}", took=took), left)
        return Promise(words, False, _("Late: {took}", took=took), (*left, *_why_late(view, due)))
    if view.now <= due:
        return Promise(words, None, _("Still open, {n} left", n=span(due - view.now)))
    return Promise(words, False, _("Late, and still open"), _why_late(view, due))


def _took(passed: timedelta, what_began: str) -> str:
    if passed < timedelta(0):
        return _("{n} before the chosen moment", n=span(-passed))
    return f"{span(passed)} {what_began}"


def _left_open(view: View) -> tuple[str, ...]:
    left = [step for step in view.contain if step.ended and step.state not in PROVEN]
    return tuple(_("{item} was left open by decision.", item=_item(view, step)) for step in left)


def _item(view: View, step: Step) -> str:
    return _("{system}: {what}", system=view.system(step.system), what=what(step, view))


def _why_late(view: View, due: datetime) -> tuple[str, ...]:
    """What kept it: a late yes, a Stop, the steps that ended after their time."""
    request = view.request
    said = [_("It was stopped for {n}.", n=span(stop)) for stop in _stops(view)]
    if request.decided_at and request.decided_at > request.starts_at and not request.contains_at_once:
        waited = span(request.decided_at - request.starts_at)
        said.insert(0, _("The approval came {n} after the chosen moment.", n=waited))
    slow = [step for step in view.contain if step.ended_at is None or step.ended_at > due]
    return (*said, *(_slow(view, step) for step in slow))


def _slow(view: View, step: Step) -> str:
    open_yet = _("{item} is still open. {why}", item=_item(view, step), why=_trouble(view, step))
    late = _("{item} took too long. {why}", item=_item(view, step), why=_trouble(view, step))
    return (late if step.ended else open_yet).strip()


def _trouble(view: View, step: Step) -> str:
    """What a step said last when it did not work."""
    told = [
        entry.facts["said"] for entry in view.journal if entry.facts.get("step") == step.id and "said" in entry.facts
    ]
    return step.error or str(told[-1] if told else "")


def _stops(view: View) -> list[timedelta]:
    found: list[timedelta] = []
    since: datetime | None = None
    for entry in view.journal:
        if entry.kind == "request.stopped":
            since = entry.at
        elif entry.kind == "request.resumed" and since is not None:
            found.append(entry.at - since)
            since = None
    return found if since is None else [*found, view.now - since]
