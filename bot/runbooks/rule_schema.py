"""The fields of the rule table: tags, conditions, effects; as strict as the rest of the policy."""

from __future__ import annotations

import re
from datetime import time, timedelta
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, model_validator

from bot.domain.model import PersonId, SystemKey
from bot.domain.rule import Days, Effect, Hours, Mark, Rule, Since, Span, Tag, When
from bot.runbooks.fields import Fields, Id, Key, Once, Title, Yes, shown

_SINCE = re.compile(r"(within|over) ([1-9][0-9]{0,3}) days?", re.ASCII)
_HOURS = re.compile(r"([0-9]{2}:[0-9]{2})-([0-9]{2}:[0-9]{2})", re.ASCII)
_LONGEST = 3660  # days
_LONGEST_NAME = 50  # it stands in the row of an approval


def _since(value: Any) -> Since:
    found = _SINCE.fullmatch(value) if isinstance(value, str) else None
    if found and int(found[2]) <= _LONGEST:
        return Since(Span(found[1]), timedelta(days=int(found[2])))
    if value in {"never", "unknown"}:
        return Since(Span(value))
    raise ValueError(f"must be within 7 days, over 90 days, never or unknown, and not {shown(value)}")


def _hours(value: Any) -> Hours:
    found = _HOURS.fullmatch(value) if isinstance(value, str) else None
    try:
        hours = Hours(time.fromisoformat(found[1]), time.fromisoformat(found[2])) if found else None
    except ValueError:
        hours = None
    if hours is None:
        raise ValueError(f"must be hours like 18:00-08:00, and not {shown(value)}")
    if hours.first == hours.last:
        raise ValueError("no moment lies between two times that are the same")
    return hours


def _pattern(text: str) -> str:
    if set(text) & set("[]?"):
        raise ValueError(f"only * stands for other letters, and not {shown(text)}")
    return text


def _mark(value: Any) -> Mark:
    system, _, name = value.partition("/") if isinstance(value, str) else ("", "", "")
    if re.fullmatch(r"[a-z][a-z0-9_]{0,39}", system) and len(name) <= 200:
        return Mark(SystemKey(system), _pattern(name.strip()) or "*")
    raise ValueError(f"must be a system, or like github/payments-*, and not {shown(value)}")


def _short(text: str) -> str:
    if len(text) > _LONGEST_NAME:
        raise ValueError(f"is too long; {_LONGEST_NAME} characters are allowed")
    return text


Name = Annotated[Title, AfterValidator(_short)]
Pattern = Annotated[Title, AfterValidator(_pattern)]
SinceField = Annotated[Since, BeforeValidator(_since)]
HoursField = Annotated[Hours, BeforeValidator(_hours)]
MarkField = Annotated[Mark, BeforeValidator(_mark)]


class TagFields(Fields):
    """A word of the company for some of its things."""

    marks: Annotated[tuple[MarkField, ...], Once]
    sensitive: Yes = False
    owner: Id | None = None


class WhenFields(Fields):
    """The conditions of one rule."""

    systems: Annotated[tuple[Key, ...], Once] = ()
    kinds: Annotated[tuple[Pattern, ...], Once] = ()
    tags: Annotated[tuple[Key, ...], Once] = ()
    sensitive: Yes | None = None
    privileged: Yes | None = None
    last_used: Annotated[tuple[SinceField, ...], Once] = ()
    account_used: Annotated[tuple[SinceField, ...], Once] = ()
    open_pull_requests: Yes | None = None
    running_pipelines: Yes | None = None
    contracts: Annotated[tuple[Literal["employee", "contractor"], ...], Once] = ()
    voluntary: Yes | None = None
    titles: Annotated[tuple[Pattern, ...], Once] = ()
    departments: Annotated[tuple[Pattern, ...], Once] = ()
    days: Annotated[tuple[Days, ...], Once] = ()
    hours: HoursField | None = None


class RuleFields(Fields):
    """One line of the table."""

    rule: Name
    when: WhenFields = WhenFields()
    then: Effect
    team: Key = ""

    @model_validator(mode="after")
    def _whole(self) -> RuleFields:
        if (self.then is Effect.CHECKPOINT) != bool(self.team):
            raise ValueError("a checkpoint names its team, and nothing else does")
        if self.then is Effect.AUTO and self.when == WhenFields():
            raise ValueError("what is approved by itself needs a condition: write when")
        return self


def _own_names(found: tuple[RuleFields, ...]) -> tuple[RuleFields, ...]:
    """Each rule has a name of its own: it is what people read. Raises ValueError."""
    names = [one.rule.casefold() for one in found]
    twice = sorted({one.rule for one in found if names.count(one.rule.casefold()) > 1})
    if twice:
        raise ValueError(f"more than one rule is called {', '.join(twice)}")
    return found


Table = Annotated[tuple[RuleFields, ...], Once, AfterValidator(_own_names)]


KNOWN: dict[Any, type[Fields]] = {"tags": TagFields, "rules": RuleFields, "when": WhenFields}


def tags(found: dict[str, TagFields]) -> tuple[Tag, ...]:
    """The tags of the company, in the order in which they are written."""
    return tuple(
        Tag(key, one.marks, one.sensitive, PersonId(one.owner) if one.owner else None) for key, one in found.items()
    )


def rules(found: tuple[RuleFields, ...]) -> tuple[Rule, ...]:
    """The table, in its order."""
    return tuple(Rule(one.rule, one.then, _when(one.when), one.team) for one in found)


def _when(found: WhenFields) -> When:
    return When(**{**dict(found), "systems": tuple(map(SystemKey, found.systems))})
