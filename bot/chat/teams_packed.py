"""A form that travels with its own button: Teams keeps nothing of an open dialog, so each press brings it back.

What travels is only how the form looks. What counts in it is its context, which is signed; every right is looked up.
"""

from __future__ import annotations

import base64
import binascii
import json
import zlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from pydantic import TypeAdapter

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
_LONGEST = 100  # fields and pieces of one form
INPUTS = (TextField, PersonField, ChoiceField, SelectField, DateField, TimeField, FileField)
_PARTS = (*INPUTS, Heading, Text, Lines, Facts, Small, Rule, Portrait)
_KINDS: dict[str, TypeAdapter[Any]] = {part.__name__: TypeAdapter(part) for part in _PARTS}
_FOUND = TypeAdapter(dict[str, tuple[Option, ...]])
_WORDS = TypeAdapter(dict[str, str])


@dataclass(frozen=True, slots=True)
class Drawn:
    """A form as somebody sees it, by field: what a search found, what is wrong, and which files were ticked."""

    form: Form
    found: Mapping[str, tuple[Option, ...]] = field(default_factory=dict)
    wrong: Mapping[str, str] = field(default_factory=dict)
    ticked: Mapping[str, str] = field(default_factory=dict)


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
        asked = made.pop("fields")
        if len(asked) > _LONGEST:
            raise ValueError("longer than any form of ours")  # noqa: TRY301 - it is told as all the others
        parts = tuple(_part(name, facts) for name, facts in asked)
        found = _FOUND.validate_python(made.pop("found"))
        if any(not option.value.strip() for some in found.values() for option in some):
            raise ValueError("a choice has no name")  # noqa: TRY301 - it is told as all the others
        return Drawn(Form(fields=parts, **_WORDS.validate_python(made)), found)
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
    """One of them. Raises ValueError where its facts are of another kind than ours."""
    made: Field | Piece = _KINDS[name].validate_python(facts)
    if any(not option.value.strip() for option in getattr(made, "options", ())):
        raise ValueError("a choice has no name")
    return made
