"""A form that travels with its own button: Teams keeps nothing of an open dialog, so each press brings it back.

What travels is only how the form looks. What counts in it is its context, which is signed; every right is looked up.
"""

from __future__ import annotations

import base64
import binascii
import json
import zlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from bot.chat.cards.words import _
from bot.chat.port import (
    ChoiceField,
    DateField,
    Facts,
    Field,
    FileField,
    Filled,
    Form,
    Heading,
    Lines,
    Menu,
    Option,
    PersonField,
    Piece,
    Portrait,
    Rule,
    SelectField,
    Small,
    Text,
    TextField,
    TimeField,
)
from bot.domain.errors import Refused

CHOOSE = "~choose"  # the handler of the form that stands for a menu too long for a card
_CHOSEN = "chosen"
_UNPACKED = 2_000_000  # bytes
INPUTS = (TextField, PersonField, ChoiceField, SelectField, DateField, TimeField, FileField)
_PARTS = (*INPUTS, Heading, Text, Lines, Facts, Small, Rule, Portrait)
_BY_NAME = {part.__name__: part for part in _PARTS}


@dataclass(frozen=True, slots=True)
class Drawn:
    """A form as somebody sees it: what a search found, by field, and what is wrong, by field."""

    form: Form
    found: Mapping[str, tuple[Option, ...]] = field(default_factory=dict)
    wrong: Mapping[str, str] = field(default_factory=dict)


def packed(form: Form, found: Mapping[str, tuple[Option, ...]]) -> str:
    """The form as one short text."""
    parts = [[type(part).__name__, asdict(part)] for part in form.fields if isinstance(part, _PARTS)]
    whole = {"title": form.title, "handler": form.handler, "submit": form.submit, "context": form.context}
    everything = json.dumps(
        whole | {"fields": parts, "found": {name: [asdict(one) for one in some] for name, some in found.items()}}
    )
    return base64.b85encode(zlib.compress(everything.encode())).decode()


def unpacked(text: str) -> Drawn:
    """The form that was packed. Raises Refused for anything else."""
    try:
        unzip = zlib.decompressobj()
        made = json.loads(unzip.decompress(base64.b85decode(text), _UNPACKED))
        parts = tuple(_part(name, facts) for name, facts in made.pop("fields"))
        found = {name: tuple(Option(**one) for one in some) for name, some in made.pop("found").items()}
        return Drawn(Form(fields=parts, **made), found)
    except (ValueError, TypeError, KeyError, AttributeError, zlib.error, binascii.Error, RecursionError) as error:
        raise Refused(_("This form is damaged."), hint=_("Open it again.")) from error


def chooser(menu: Menu) -> Form:
    """The form that stands for a menu; what comes of it is a press, see `choice`."""
    asked = SelectField(_CHOSEN, menu.label, menu.options)
    return Form(menu.label, CHOOSE, menu.label, (asked,), json.dumps([menu.action, menu.value]))


def choice(filled: Filled) -> tuple[str, str, str]:
    """The menu's action, its signed value, and what was chosen. Raises Refused for what no `chooser` made."""
    try:
        action, value = map(str, json.loads(filled.context))
        return action, value, filled.values[_CHOSEN]
    except (ValueError, KeyError, TypeError) as error:
        raise Refused(_("This form is damaged."), hint=_("Open it again.")) from error


def _part(name: str, facts: dict[str, Any]) -> Field | Piece:
    kind: Any = _BY_NAME[name]
    known = {one.name for one in fields(kind)}
    values = {key: _tuples(key, value) for key, value in facts.items() if key in known}
    made: Field | Piece = kind(**values)
    return made


def _tuples(key: str, value: Any) -> Any:
    if key == "options":
        return tuple(Option(**one) for one in value)
    if key == "value" and isinstance(value, dict):
        return Option(**value)
    if key == "pairs":
        return tuple((str(name), str(words)) for name, words in value)
    return tuple(value) if isinstance(value, list) else value
