"""The kinds of field a company fills in, and what is said when one is filled in wrongly."""

from __future__ import annotations

import difflib
import re
from collections import Counter
from datetime import date, time, timedelta
from functools import cache
from typing import Annotated, Any
from zoneinfo import available_timezones

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, StringConstraints
from pydantic_core import ErrorDetails

from bot.runbooks.letters import quoted
from bot.runbooks.reading import Bare

_WHOLE = re.compile(r"0|[1-9][0-9]{0,8}", re.ASCII)
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_CLOCK = re.compile(r"[0-9]{2}:[0-9]{2}", re.ASCII)
_LENGTH = re.compile(r"([1-9][0-9]{0,4}) (second|minute|hour|day)s?", re.ASCII)
LONGEST_LENGTH = timedelta(days=366)


class Fields(BaseModel):
    """Named fields, and no others."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


@cache
def zones() -> frozenset[str]:
    """Every time zone this machine knows, by its name in the IANA database."""
    return frozenset(available_timezones())


def day(text: str) -> date:
    """The date written as 2027-02-01. Raises ValueError in plain words."""
    if _DAY.fullmatch(text):
        try:
            return date.fromisoformat(text)
        except ValueError:
            pass
    raise ValueError(f"must be a date like 2027-02-01, and not {shown(text)}")


def _zone(text: str) -> str:
    if text in zones():
        return text
    raise ValueError(f"{shown(text)} is no time zone{nearest(text, zones()) or '; write one like Europe/Paris'}")


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError("must be one text, not a list or fields")  # noqa: TRY004 - pydantic collects ValueError
    if not value.strip():
        raise ValueError("is empty; write a text or remove the line")
    if isinstance(value, Bare):
        raise ValueError(f"{shown(value)} is more than text to YAML; put it in quotes")  # noqa: TRY004 - the same
    return "\n".join(" ".join(line.split()) for line in value.strip().split("\n"))


def _line(value: Any) -> str:
    return " ".join(_text(value).split())


def _address(text: str) -> str:
    if re.fullmatch(r"https?://[^\s<>|\"]+", text):
        return text
    raise ValueError(f"must be an address that begins with https://, and not {shown(text)}")


def _number(value: Any) -> int:
    if isinstance(value, str) and _WHOLE.fullmatch(value):
        return int(value)
    raise ValueError(f"must be a whole number, and not {shown(value)}")


def _day(value: Any) -> date:
    if isinstance(value, str):
        return day(value)
    raise ValueError(f"must be a date like 2027-02-01, and not {shown(value)}")


def _clock(value: Any) -> time:
    try:
        if isinstance(value, str) and _CLOCK.fullmatch(value):
            return time.fromisoformat(value)
    except ValueError:
        pass
    raise ValueError(f"must be a time of day like 17:00, and not {shown(value)}")


def _length(value: Any) -> timedelta:
    found = _LENGTH.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise ValueError(f"must be a time like 90 minutes, 8 hours or 5 days, and not {shown(value)}")
    length = timedelta(**{f"{found[2]}s": int(found[1])})
    if length > LONGEST_LENGTH:
        raise ValueError(f"must be {LONGEST_LENGTH.days} days or less")
    return length


def _yes(value: Any) -> bool:
    if value in {"yes", "no"}:
        return bool(value == "yes")
    raise ValueError(f"must be yes or no, and not {shown(value)}")


def _once(values: tuple[Any, ...]) -> tuple[Any, ...]:
    if not values:
        raise ValueError("the list is empty")
    twice = [value for value, times in Counter(values).items() if times > 1]
    if twice:
        raise ValueError(f"{', '.join(map(str, twice))} stands in the list more than once")
    return values


Text = Annotated[str, StringConstraints(max_length=2000), BeforeValidator(_text)]
Title = Annotated[str, StringConstraints(max_length=120), BeforeValidator(_line)]
Id = Annotated[str, StringConstraints(max_length=64, pattern=r"^\S+$"), BeforeValidator(_text)]
Key = Annotated[str, StringConstraints(max_length=40, pattern=r"^[a-z][a-z0-9_]*$"), BeforeValidator(_text)]
Address = Annotated[str, StringConstraints(max_length=400), AfterValidator(_address), BeforeValidator(_line)]
Zone = Annotated[str, AfterValidator(_zone), BeforeValidator(_text)]
Number = Annotated[int, BeforeValidator(_number)]
Day = Annotated[date, BeforeValidator(_day)]
Clock = Annotated[time, BeforeValidator(_clock)]
Length = Annotated[timedelta, BeforeValidator(_length)]
Yes = Annotated[bool, BeforeValidator(_yes)]
Once = AfterValidator(_once)


def shown(value: Any) -> str:
    """What somebody wrote, in quotes and short enough for a sentence."""
    if not isinstance(value, str):
        return "a list" if isinstance(value, list) else "fields"
    return quoted(value)


def nearest(word: str, known: frozenset[str] | set[str] | list[str]) -> str:
    """`; did you mean …?`, or nothing when no known word is close."""
    close = difflib.get_close_matches(word[:80], sorted(known), n=1)
    return f"; did you mean {close[0]}?" if close else ""


def said(error: ErrorDetails, known: frozenset[str]) -> str:
    """One error of the schema in plain words; `known` are the fields that may stand where it happened."""
    name, context = str(error["loc"][-1]) if error["loc"] else "", error.get("ctx", {})
    match error["type"]:
        case "missing":
            return f"the field {name} is missing"
        case "extra_forbidden":
            return f"there is no field {shown(name)} here{nearest(name, known)}"
        case "value_error":
            return str(context["error"])
        case "enum" | "literal_error":
            return f"{shown(error['input'])} is none of {context['expected'].replace(chr(39), '')}"
        case "greater_than_equal" | "less_than_equal":
            least, most = context.get("ge"), context.get("le")
            return f"must be {least} or more" if most is None else f"must be {most} or less"
        case "string_too_long":
            return f"is too long; {context['max_length']} characters are allowed"
        case "string_pattern_mismatch":
            letters = "no spaces" if r"\S" in context["pattern"] else "small letters, digits and _, a letter first"
            return f"{shown(error['input'])} is not possible here: {letters}"
        case "tuple_type":
            return "must be a list, in [brackets]"
        case "dict_type" | "model_type":
            return "must hold fields of its own, each as `name: value` on the lines below"
    return error["msg"]
