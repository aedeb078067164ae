"""A neutral form as a dialog of Teams, and what people filled in as neutral values again.

Teams keeps nothing of an open dialog: each answer to it is the whole next one. So a form travels with its own button,
packed, and comes back with what was filled in; it is drawn again from there with what is wrong beside each field. What
travels is only how the form looks: what counts in it is its context, which is signed, and every right is looked up.
"""

from __future__ import annotations

import base64
import binascii
import json
import zlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any

from bot.chat.cards.words import _
from bot.chat.plain_words import Json, cleaned, clipped, one_line, seen
from bot.chat.port import (
    Buttons,
    ChoiceField,
    DateField,
    Facts,
    Field,
    FileField,
    Filled,
    Form,
    Heading,
    Lines,
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
from bot.chat.teams_cards import TITLE, Drawing, Row, body, choices, fitted, rows, runs
from bot.domain.errors import Refused

SEND = "send"  # the verb of the button that sends a form
FIND = "find"  # of the one that looks for a person
ROOM = 24_000
UNPACKED = 2_000_000  # bytes
TYPED = "~typed"  # behind the name of a person field: what was typed to find somebody
_INPUTS = (TextField, PersonField, ChoiceField, SelectField, DateField, TimeField, FileField)
_PARTS = (*_INPUTS, Heading, Text, Lines, Facts, Small, Rule, Portrait)
_BY_NAME = {part.__name__: part for part in _PARTS}


@dataclass(frozen=True, slots=True)
class Drawn:
    """A form as somebody sees it: whom a search found, by field, and what is wrong, by field."""

    form: Form
    found: Mapping[str, tuple[Option, ...]] = field(default_factory=dict)
    wrong: Mapping[str, str] = field(default_factory=dict)


def dialog(drawn: Drawn, *, inline: bool = False) -> Json:
    """The card of a form. `inline`: it stands in the conversation, where its button is an Execute."""
    form = drawn.form
    drawing = Drawing()
    made: list[Row] = [Row(_wrong(words), kept=True) for words in _above(drawn)]
    for part in form.fields:
        if isinstance(part, _INPUTS):
            made += [Row(element, kept=True) for element in _asked(part, drawn)]
        elif not isinstance(part, Buttons):
            made += rows((part,), drawing)
    packed_form = packed(form, drawn.found)
    send = [_send(SEND, one_line(form.submit, _("Send")), packed_form, inline=inline, style="positive")]
    if any(isinstance(part, PersonField) for part in form.fields):
        send.append(_send(FIND, _("Find"), packed_form, inline=inline, style="default"))
    made.append(Row({"type": "ActionSet", "actions": send}, kept=True))
    return body(fitted(made, ROOM), form.title)


def title(form: Form) -> str:
    """What stands above the dialog."""
    return clipped(one_line(form.title, "Usher"), TITLE, escape=False)


def filled(drawn: Drawn, data: Mapping[str, Any]) -> Filled:
    """What a person entered, by field name; a field that is not there was left empty."""
    names = [part.name for part in drawn.form.fields if isinstance(part, _INPUTS) and not isinstance(part, FileField)]
    values = {name: data[name] if isinstance(data.get(name), str) else "" for name in names}
    return Filled(values, {}, drawn.form.context)


def kept(drawn: Drawn, values: Mapping[str, str], wrong: Mapping[str, str]) -> Drawn:
    """The same form with what was entered still in it, and what is wrong said."""
    return replace(
        drawn,
        form=replace(drawn.form, fields=tuple(_with(part, values, drawn) for part in drawn.form.fields)),
        wrong=wrong,
    )


def missing(drawn: Drawn, values: Mapping[str, str]) -> Mapping[str, str]:
    """What must be filled in and is not: no client checks it for us."""
    asked = (part for part in drawn.form.fields if isinstance(part, _INPUTS) and not isinstance(part, FileField))
    return {
        part.name: _("Please fill this in.") for part in asked if not part.optional and not values[part.name].strip()
    }


def changed(drawn: Drawn, values: Mapping[str, str]) -> bool:
    """Whether something was chosen on which the rest of the form depends."""
    live = (part for part in drawn.form.fields if isinstance(part, PersonField | ChoiceField) and part.live)
    return any(values[part.name] != _value(part) for part in live)


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
        made = json.loads(unzip.decompress(base64.b85decode(text), UNPACKED))
        parts = tuple(_part(name, facts) for name, facts in made.pop("fields"))
        found = {name: tuple(Option(**one) for one in some) for name, some in made.pop("found").items()}
        return Drawn(Form(fields=parts, **made), found)
    except (ValueError, TypeError, KeyError, AttributeError, zlib.error, binascii.Error, RecursionError) as error:
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


def _with(part: Field | Piece, values: Mapping[str, str], drawn: Drawn) -> Field | Piece:
    match part:
        case PersonField(name=name, value=before):
            known = (*drawn.found.get(name, ()), *([before] if before else []))
            return replace(part, value=next((one for one in known if one.value == values.get(name)), None))
        case TextField() | ChoiceField() | SelectField() | DateField() | TimeField():
            return replace(part, value=values.get(part.name, part.value))
    return part


def _value(part: PersonField | ChoiceField) -> str:
    if isinstance(part, PersonField):
        return part.value.value if part.value else ""
    return part.value


def _above(drawn: Drawn) -> list[str]:
    names = {part.name for part in drawn.form.fields if isinstance(part, _INPUTS)}
    return [words for name, words in drawn.wrong.items() if name not in names]


def _wrong(words: str) -> Json:
    text = clipped(one_line(words), 500, escape=False)
    return {
        "type": "RichTextBlock",
        "inlines": [{"type": "TextRun", "text": text, "color": "Attention", "weight": "Bolder"}],
    }


def _asked(part: Field, drawn: Drawn) -> list[Json]:
    made = _elements(part, drawn)
    if seen(cleaned(part.hint)):
        made.append(runs(one_line(part.hint), small=True, close=True))
    if words := drawn.wrong.get(part.name):
        made.append(_wrong(words) | {"spacing": "None"})
    return made


def _elements(part: Field, drawn: Drawn) -> list[Json]:
    label = one_line(part.label)
    label = _("{label} (not needed)", label=label) if part.optional else label
    match part:
        case TextField():
            return [_text(part.name, label, part.value, part.placeholder, long=part.long)]
        case PersonField():
            return _person(part, label, drawn.found.get(part.name, ()))
        case ChoiceField() if part.options:
            style = "expanded" if len(part.options) <= 10 else "compact"
            return [choices(part.name, label, part.options, style=style, value=part.value)]
        case SelectField() if part.options:
            return [choices(part.name, label, part.options, value=part.value)]
        case DateField():
            return [_input("Input.Date", part.name, label) | ({"value": part.value} if part.value else {})]
        case TimeField():
            return [_input("Input.Time", part.name, label) | ({"value": part.value} if part.value else {})]
        case FileField():
            words = _("Send files to me in this chat before you send the form. I take those of the last hour.")
            return [runs(words, lead=label)]
    return [runs(_("nothing to choose"), lead=label)]


def _person(part: PersonField, label: str, found: tuple[Option, ...]) -> list[Json]:
    known = tuple({one.value: one for one in (*([part.value] if part.value else []), *found)}.values())
    typed = _text(part.name + TYPED, label, "", _("Type a name, then press Find"))
    if not known:
        return [typed]
    typed["label"] = _("Somebody else")
    style = "expanded" if len(known) <= 5 else "compact"
    return [choices(part.name, label, known, style=style, value=part.value.value if part.value else ""), typed]


def _text(name: str, label: str, value: str, placeholder: str, *, long: bool = False) -> Json:
    made = _input("Input.Text", name, label) | {"isMultiline": long, "maxLength": 3000}
    if value:
        made["value"] = clipped(value, 3000, escape=False)
    return made | (
        {"placeholder": clipped(one_line(placeholder), 150, escape=False)} if seen(cleaned(placeholder)) else {}
    )


def _input(kind: str, name: str, label: str) -> Json:
    return {"type": kind, "id": name, "label": clipped(label, 500, escape=False)}


def _send(verb: str, words: str, form: str, *, inline: bool, style: str) -> Json:
    data = {"verb": verb, "form": form}
    looks = {"title": clipped(words, TITLE, escape=False), "style": style}
    submit: Json = {"type": "Action.Submit", "data": data} | looks
    return {"type": "Action.Execute", "verb": verb, "data": data, "fallback": submit} | looks if inline else submit
