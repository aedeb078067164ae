"""A line of the rule table as frozen data: what must hold of an item and of the leaver, and what happens then."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from enum import StrEnum
from fnmatch import fnmatchcase

from bot.domain.model import PersonId, SystemKey


class Effect(StrEnum):
    """What happens to an item for which the conditions of a rule hold."""

    ASK = "ask"  # its owner says whether it is still in use
    SECURITY = "security"  # somebody in security says so
    CHECKPOINT = "checkpoint"  # a named team releases it
    AUTO = "auto"  # nobody need say yes


class Days(StrEnum):
    """Monday to Sunday, in the order of `datetime.weekday`."""

    MONDAY = "monday"
    TUESDAY = "tuesday"
    WEDNESDAY = "wednesday"
    THURSDAY = "thursday"
    FRIDAY = "friday"
    SATURDAY = "saturday"
    SUNDAY = "sunday"


class Span(StrEnum):
    """How a last use lies in time. What is not known is a case of its own: it is neither recent nor long ago."""

    WITHIN = "within"
    OVER = "over"
    NEVER = "never"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Since:
    """One case of a last use; `length` counts back from now, and only for within and over."""

    span: Span
    length: timedelta = timedelta(0)

    def __str__(self) -> str:
        """As it is written: within 7 days, over 90 days, never, unknown."""
        days = f"{self.length.days} day{'' if self.length.days == 1 else 's'}"
        return f"{self.span.value} {days}" if self.span in {Span.WITHIN, Span.OVER} else self.span.value

    def within(self, other: Since) -> bool:
        """Whether all that this case means is meant by the other one too."""
        if self.span is not other.span:
            return False
        return self.length <= other.length if self.span is Span.WITHIN else self.length >= other.length


@dataclass(frozen=True, slots=True)
class Hours:
    """A time of day, from the first minute to before the last; 18:00-08:00 goes over midnight."""

    first: time
    last: time

    def __str__(self) -> str:
        """As it is written: 18:00-08:00."""
        return f"{self.first:%H:%M}-{self.last:%H:%M}"

    def holds(self, at: time) -> bool:
        """Whether this moment lies in it."""
        if self.first < self.last:
            return self.first <= at < self.last
        return at >= self.first or at < self.last

    def within(self, other: Hours) -> bool:
        """Whether every minute of this is one of the other."""
        minutes = [time(n // 60, n % 60) for n in range(24 * 60)]
        return all(other.holds(one) for one in minutes if self.holds(one))


@dataclass(frozen=True, slots=True)
class Mark:
    """One thing, or many, that carry a tag: a whole system, or what is called so in it."""

    system: SystemKey
    name: str = "*"

    def holds(self, system: SystemKey, names: frozenset[str]) -> bool:
        """Whether something of this system that goes by these names is meant."""
        return system == self.system and any(alike(name, self.name) for name in names)


@dataclass(frozen=True, slots=True)
class Tag:
    """A word of the company for some of its things; `owner` looks after them, where it is not the system's owner."""

    key: str
    marks: tuple[Mark, ...]
    sensitive: bool = False
    owner: PersonId | None = None


@dataclass(frozen=True, slots=True)
class When:
    """The conditions of a rule. One that is empty holds for everything; all others must hold together."""

    systems: tuple[SystemKey, ...] = ()
    kinds: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    sensitive: bool | None = None
    privileged: bool | None = None
    last_used: tuple[Since, ...] = ()
    account_used: tuple[Since, ...] = ()
    open_pull_requests: bool | None = None
    running_pipelines: bool | None = None
    contracts: tuple[str, ...] = ()
    voluntary: bool | None = None
    titles: tuple[str, ...] = ()
    departments: tuple[str, ...] = ()
    days: tuple[Days, ...] = ()
    hours: Hours | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """One line of the table. `team` is the checkpoint that releases the item, for that effect alone."""

    name: str
    then: Effect
    when: When = field(default_factory=When)
    team: str = ""

    @property
    def holds(self) -> bool:
        """Whether an item waits for a person by this rule."""
        return self.then is not Effect.AUTO

    @property
    def confidential(self) -> bool:
        """Whether its very name may give away how somebody leaves, which only HR and security know."""
        return self.when.voluntary is not None

    @property
    def effective(self) -> When:
        """The conditions with what goes without saying: nothing powerful is approved by itself unless that is said."""
        if self.then is not Effect.AUTO or self.when.privileged is not None:
            return self.when
        return When(
            **{name: getattr(self.when, name) for name in When.__slots__ if name != "privileged"},
            privileged=False,
        )


def alike(name: str, pattern: str) -> bool:
    """Whether a name fits a pattern in which * stands for anything; capitals do not matter."""
    return fnmatchcase(name.casefold(), pattern.casefold())


@dataclass(frozen=True, slots=True)
class Use:
    """What is known of the last use of one thing. Neither `at` nor `never` means that nobody can say."""

    label: str
    at: datetime | None = None
    never: bool = False
    changed: bool = False  # a change of the thing itself, by whomever, and not its use by the leaver

    @property
    def known(self) -> bool:
        """Whether anybody can say."""
        return self.never or self.at is not None


def used(uses: tuple[Use, ...], since: Since, now: datetime) -> bool:
    """Whether this case holds for things that are in use together: the busiest counts, and all must be idle."""
    match since.span:
        case Span.WITHIN:
            return any(use.at is not None and use.at >= now - since.length for use in uses)
        case Span.OVER:
            old = [use.never or (use.at is not None and use.at < now - since.length) for use in uses]
            return bool(old) and all(old) and any(use.at is not None for use in uses)
        case Span.NEVER:
            return bool(uses) and all(use.never for use in uses)
        case Span.UNKNOWN:  # pragma: no branch (the last case there is)
            return not uses or any(not use.known for use in uses)
