"""What suggests that somebody leaves, what it may ask of HR, and how many at once are too many."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from enum import StrEnum

from bot.domain.lifecycle import NOT_STARTED, OPEN_REQUESTS, RequestState
from bot.domain.model import Person, PersonId, RequestId
from bot.domain.request import Request

RECENT = timedelta(days=90)  # an offboarding that ended so long ago is what a rescinded exit may be about


class Source(StrEnum):
    """Who says so. `hr` is the HR system, by a hook; `scim` is whoever pushes accounts to us."""

    ROSTER = "roster"
    HR = "hr"
    SCIM = "scim"
    SLACK = "slack"


class Sign(StrEnum):
    """What was said: a last day, that there is none, that an account was switched off, or something unclear."""

    LEAVES = "leaves"
    STAYS = "stays"
    GONE = "gone"
    DOUBT = "doubt"


class SignalState(StrEnum):
    """Where a signal stands. `held`: too many came at once, and nobody is asked about it before somebody looked."""

    OPEN = "open"
    CONFIRMED = "confirmed"
    DISMISSED = "dismissed"
    SUPERSEDED = "superseded"
    HELD = "held"


@dataclass(frozen=True, slots=True)
class Heard:
    """What a source said. `key` is the name of the event there; the same key twice is one event.

    Without `person` nobody could be recognised for certain, and `said` tells whom the source named.
    """

    source: Source
    key: str
    sign: Sign
    person: PersonId | None = None
    ends: date | None = None
    said: str = ""
    place: str = ""  # which of several hooks, by its name in policy


@dataclass(frozen=True, slots=True)
class Signal:
    """Something heard, stored. Those of one `question` are answered together; 0: nobody has looked at it yet."""

    id: int
    source: Source
    key: str
    sign: Sign
    person: PersonId | None
    ends: date | None
    said: str
    place: str
    at: datetime
    state: SignalState = SignalState.OPEN
    question: int = 0
    turn: int = 0
    asked: PersonId | None = None
    due: datetime | None = None
    request: RequestId | None = None
    decided_by: PersonId | None = None
    decided_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Trust:
    """How one source is believed: `trusted` opens a request by itself, which people approve as ever."""

    trusted: bool = False
    updates: tuple[str, ...] = ()  # SCIM: what of a person it may change in the roster


@dataclass(frozen=True, slots=True)
class Hook:
    """Where an HR system tells us something: which words of its message mean what."""

    fields: Mapping[str, str]
    leaves: tuple[str, ...] = ()
    stays: tuple[str, ...] = ()
    trusted: bool = False


@dataclass(frozen=True, slots=True)
class Brake:
    """How many may leave in an hour before somebody looks twice: so many people, or so many in a hundred."""

    people: int = 5
    percent: int = 2

    def most(self, working: int) -> int:
        """The bound for a company in which so many people work."""
        return max(self.people, working * self.percent // 100)


@dataclass(frozen=True, slots=True)
class Signals:
    """What policy says about signals. `ask` is whoever in HR is asked first."""

    ask: PersonId | None = None
    days_ahead: int = 14
    idle_days: int = 90
    scan_on: int | None = 0  # the weekday, Monday is 0; None: never
    sources: Mapping[Source, Trust] = field(default_factory=dict)
    hooks: Mapping[str, Hook] = field(default_factory=dict)

    def trusts(self, signal: Signal) -> bool:
        """Whether a request opens by itself for what this source said."""
        if signal.source is Source.HR:
            return signal.place in self.hooks and self.hooks[signal.place].trusted
        return self.sources.get(signal.source, Trust()).trusted


class Ask(StrEnum):
    """What the open signals about one person ask for, as things stand now."""

    START = "start"
    MOVE = "move"
    CANCEL = "cancel"
    BEGUN = "begun"
    LATE = "late"
    DOUBT = "doubt"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Question:
    """What HR is asked, about which day and which request. `shown` ties a press to what was on the card."""

    ask: Ask
    ends: date | None = None
    request: Request | None = None
    source: Source | None = None

    @property
    def shown(self) -> str:
        """What the card says, in short."""
        at = f"{self.request.starts_at:%Y%m%d%H%M}" if self.request and self.ask is not Ask.BEGUN else ""
        return f"{self.ask} {self.ends or ''} {self.request.id if self.request else ''} {at}"


def question(signals: Iterable[Signal], about: Iterable[Request], last_day: Mapping[RequestId, date]) -> Question:
    """What the open signals about one person mean, beside every leaver request there is about that person.

    The newest signal of each source counts, and the newest of those decides. `last_day` is the day on which a request
    ends the access, where that person works.
    """
    living = sorted((one for one in signals if one.state is SignalState.OPEN), key=lambda one: one.id)
    if not living:
        return Question(Ask.NOTHING)
    newest = living[-1]
    if newest.sign is Sign.STAYS:
        newest = next((one for one in reversed(living) if one.sign is not Sign.STAYS), newest)  # what others still say
    known = sorted(about, key=lambda one: one.created_at)
    return replace(_meant(living, newest, known, last_day), source=newest.source)


def _meant(living: list[Signal], newest: Signal, known: list[Request], last_day: Mapping[RequestId, date]) -> Question:
    planned = next((one for one in reversed(known) if one.state in OPEN_REQUESTS), None)
    match newest.sign:
        case Sign.DOUBT:
            return Question(Ask.DOUBT)
        case Sign.STAYS:
            return _stays(planned, known, newest)
        case Sign.GONE if planned is not None:  # what we switched off ourselves comes back to us as a signal
            return Question(Ask.LATE if planned.state in NOT_STARTED else Ask.NOTHING, request=planned)
    begun = next((one for one in reversed(known) if one.started_at is not None), None)
    if planned is None and begun is not None:
        return _after(begun, newest, last_day)
    if planned is None:
        return Question(Ask.START, _day(living))
    if newest.ends is None or newest.ends == last_day.get(planned.id):
        return Question(Ask.NOTHING, request=planned)
    return Question(Ask.MOVE if planned.state in NOT_STARTED else Ask.BEGUN, newest.ends, planned)


def _after(begun: Request, newest: Signal, last_day: Mapping[RequestId, date]) -> Question:
    """What an offboarding that is over means: the same again asks nothing, a later day contradicts what was done."""
    later = newest.ends is not None and newest.ends > last_day[begun.id]
    if later and begun.closed_at is not None and newest.at - begun.closed_at < RECENT:
        return Question(Ask.BEGUN, newest.ends, begun)
    return Question(Ask.NOTHING, request=begun)


def _stays(planned: Request | None, known: list[Request], newest: Signal) -> Question:
    if planned is not None:
        return Question(Ask.CANCEL if planned.state in NOT_STARTED else Ask.BEGUN, request=planned)
    done = [one for one in known if one.state is RequestState.CLOSED]
    over = done[-1].closed_at if done else None
    recent = over is not None and newest.at - over < RECENT and newest.source is not Source.SLACK
    return Question(Ask.BEGUN, request=done[-1]) if recent else Question(Ask.NOTHING)


def _day(living: list[Signal]) -> date | None:
    """The last day that was said last; an account that was switched off names none."""
    return next((one.ends for one in reversed(living) if one.ends is not None), None)


# ---- who is meant ----


def who(people: Iterable[Person], key: str, email: str) -> tuple[PersonId | None, str]:
    """The person whom an id of the roster names, else the only one with this e-mail; or nobody, and why in words."""
    known = {person.id: person for person in people}
    same = [one for one in known.values() if email and one.email.casefold() == email.casefold()]
    if key:
        found = known.get(PersonId(key))
        if found is None:
            return None, f"the roster knows nobody with the id {key[:64]}"
        if email and same and found not in same:
            return None, f"the id {key[:64]} is one person in the roster, and the e-mail address is another's"
        return found.id, ""
    if len(same) == 1:
        return same[0].id, ""
    if not email:
        return None, "it names nobody"
    return None, f"{len(same) or 'no'} people in the roster have that e-mail address"


def contradiction(person: Person, ends: date | None) -> str:
    """Why this last day cannot be, or nothing."""
    if ends is not None and person.starts is not None and ends < person.starts:
        return f"the last day {ends} is before the first day {person.starts}"
    return ""


# ---- the roster, before and after ----


@dataclass(frozen=True, slots=True)
class Asking:
    """The person a question is about, the signals behind it, and what it is."""

    signals: tuple[Signal, ...]
    question: Question
    person: Person | None = None

    @property
    def key(self) -> int:
        """The number of the question."""
        return self.signals[0].question

    @property
    def state(self) -> SignalState:
        """Whether it is open, held, or how it was answered: the newest signal tells."""
        some = [one.state for one in self.signals]
        for living in (SignalState.OPEN, SignalState.HELD):
            if living in some:
                return living
        return self.signals[-1].state


@dataclass(frozen=True, slots=True)
class Weight:
    """What an import would do: who gets a last day that is here or near, and who is not named any more."""

    ended: tuple[PersonId, ...]
    missing: tuple[PersonId, ...]
    working: int
    most: int

    @property
    def count(self) -> int:
        """How many people it is about."""
        return len(self.ended) + len(self.missing)

    @property
    def heavy(self) -> bool:
        """Whether somebody must look twice."""
        return self.count > self.most


def weigh(before: Mapping[PersonId, Person], after: Iterable[Person], today: date, ahead: int, brake: Brake) -> Weight:
    """Hold a new roster against the one before. Whoever left long ago, or begins later, is not missed."""
    fresh = {person.id: person for person in after}
    near = today + timedelta(days=ahead)
    here = [one for one in before.values() if one.ends is None or one.ends >= today]
    ended = [one.id for one in here if one.id in fresh and _by(fresh[one.id].ends, near) and not _by(one.ends, near)]
    missing = [one.id for one in here if one.id not in fresh]
    return Weight(tuple(ended), tuple(missing), len(here), brake.most(len(here)))


def _by(ends: date | None, near: date) -> bool:
    return ends is not None and ends <= near


def changed_days(before: Mapping[PersonId, Person], after: Iterable[Person]) -> tuple[Person, ...]:
    """Those whose last day is another than before, as they are now. Whoever is new has no day before."""
    return tuple(one for one in after if one.id in before and before[one.id].ends != one.ends)
