"""A neutral form as a dialog of Teams, and what people filled in as neutral values again.

Each answer to an open dialog is the whole next one: the form comes back, packed, with what was filled in, and is drawn
again from there, with what is wrong beside each field. A list too long to be shown is searched, as people are.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from bot.chat.cards.words import _
from bot.chat.plain_words import Json, cleaned, clipped, one_line, seen
from bot.chat.port import (
    Buttons,
    ChoiceField,
    DateField,
    Field,
    FileField,
    Filled,
    Form,
    Menu,
    Option,
    PersonField,
    Piece,
    SelectField,
    TextField,
    TimeField,
)
from bot.chat.teams_cards import TITLE, Drawing, Row, body, choices, fitted, many, rows, runs
from bot.chat.teams_packed import INPUTS, Drawn, packed
from bot.chat.teams_words import said_here

SEND = "send"  # the verb of the button that sends a form
FIND = "find"  # of the one that looks for a person
ROOM = 24_000
TYPED = "~typed"  # behind the name of a field: what was typed to find somebody or something
ENTERED = 3000  # letters of one field; a client takes no more
SHOWN = 20  # of what a search found
_DAY = re.compile(r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])")
_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d")


def dialog(drawn: Drawn, *, inline: bool = False) -> Json:
    """The card of a form. `inline`: it stands in the conversation, where its button is an Execute."""
    form = drawn.form
    drawing = Drawing()
    made: list[Row] = [Row(_wrong(words), kept=True) for words in _above(drawn)]
    for part in form.fields:
        if isinstance(part, INPUTS):
            made += [Row(element, kept=True) for element in _asked(part, drawn)]
        elif not isinstance(part, Buttons | Menu):  # a dialog has its own buttons, and no others
            made += rows((part,), drawing)
    packed_form = packed(form, drawn.found)
    send = [_send(SEND, one_line(form.submit, _("Send")), packed_form, inline=inline, style="positive")]
    if any(_searching(part) for part in form.fields):
        send.append(_send(FIND, _("Find"), packed_form, inline=inline, style="default"))
    made.append(Row({"type": "ActionSet", "actions": send}, kept=True))
    return body(fitted(made, ROOM), form.title)


def title(form: Form) -> str:
    """What stands above the dialog."""
    return clipped(one_line(form.title, "Usher"), TITLE, escape=False)


def filled(drawn: Drawn, data: Mapping[str, Any]) -> Filled:
    """What a person entered, by field name; a field that is not there was left empty."""
    names = [part.name for part in drawn.form.fields if isinstance(part, INPUTS)]
    values = {name: data[name][:ENTERED] if isinstance(data.get(name), str) else "" for name in names}
    return Filled(values, {}, drawn.form.context)


def kept(drawn: Drawn, values: Mapping[str, str], wrong: Mapping[str, str]) -> Drawn:
    """The same form with what was entered still in it, and what is wrong said."""
    return replace(
        drawn,
        form=replace(drawn.form, fields=tuple(_with(part, values, drawn) for part in drawn.form.fields)),
        wrong=wrong,
        ticked={part.name: values.get(part.name, "") for part in drawn.form.fields if isinstance(part, FileField)},
    )


def missing(drawn: Drawn, values: Mapping[str, str]) -> Mapping[str, str]:
    """What must be filled in and is not: no client checks it for us."""
    asked = (part for part in drawn.form.fields if isinstance(part, INPUTS))
    return {
        part.name: _("Please fill this in.") for part in asked if not part.optional and not values[part.name].strip()
    }


def searched(drawn: Drawn, data: Mapping[str, Any], people: Callable[[str, str], Sequence[Option]]) -> Drawn:
    """The same form with what was looked for to choose from; `people` answers for a source and some letters."""
    found, wrong = dict(drawn.found), {}
    for part in drawn.form.fields:
        if isinstance(part, PersonField | ChoiceField | SelectField) and (words := _looked_for(part, data)):
            some = people(part.source, words) if isinstance(part, PersonField) else _matching(part.options, words)
            found[part.name] = tuple(some[:SHOWN])
            if not some:
                wrong[part.name] = _("I found nothing for what you typed. Try another part of the name.")
            elif len(some) > SHOWN:
                wrong[part.name] = _("I found more than {n}. Type more of the name.", n=SHOWN)
    return replace(kept(drawn, filled(drawn, data).values, wrong), found=found)


def looking(drawn: Drawn, data: Mapping[str, Any]) -> bool:
    """Whether somebody typed a name that was not looked for yet: sent like this, it would count for nobody."""
    return any(_looked_for(part, data) for part in drawn.form.fields if _searching(part))


def changed(drawn: Drawn, values: Mapping[str, str]) -> bool:
    """Whether something was chosen on which the rest of the form depends."""
    live = (part for part in drawn.form.fields if isinstance(part, PersonField | ChoiceField) and part.live)
    return any(values[part.name] != _value(part) for part in live)


def _searching(part: Field | Piece) -> bool:
    return isinstance(part, PersonField) or (isinstance(part, ChoiceField | SelectField) and many(part.options))


def _looked_for(part: Any, data: Mapping[str, Any]) -> str:
    words = data.get(part.name + TYPED)
    return words[:ENTERED].strip() if isinstance(words, str) else ""


def _matching(options: Sequence[Option], words: str) -> list[Option]:
    """The choices in which every word occurs."""
    asked = words.casefold().split()
    return [one for one in options if all(word in f"{one.label} {one.detail}".casefold() for word in asked)]


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
    names = {part.name for part in drawn.form.fields if isinstance(part, INPUTS)}
    return [words for name, words in drawn.wrong.items() if name not in names]


def _wrong(words: str) -> Json:
    text = clipped(one_line(said_here(words)), 500, escape=False)
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
    label = _("{label} (optional)", label=label) if part.optional else label
    match part:
        case TextField():
            return [_text(part.name, label, part.value, part.placeholder, long=part.long)]
        case PersonField():
            before = [part.value] if part.value else []
            return _search(part.name, label, [*before, *drawn.found.get(part.name, ())], _value(part))
        case ChoiceField() | SelectField() if many(part.options):
            chosen = [option for option in part.options if option.value == part.value][:1]
            return _search(part.name, label, [*chosen, *drawn.found.get(part.name, ())], part.value)
        case ChoiceField() if part.options:
            style = "expanded" if len(part.options) <= 10 else "compact"
            return [choices(part.name, label, part.options, style=style, value=part.value)]
        case SelectField() if part.options:
            return [choices(part.name, label, part.options, value=part.value)]
        case DateField():
            known = {"value": part.value} if _DAY.fullmatch(part.value) else {}
            return [_input("Input.Date", part.name, label) | known]
        case TimeField():
            known = {"value": part.value} if _TIME.fullmatch(part.value) else {}
            return [_input("Input.Time", part.name, label) | known]
        case FileField():
            return [_files(part.name, label, drawn)]
    return [runs(_("nothing to choose"), lead=label)]


def _files(name: str, label: str, drawn: Drawn) -> Json:
    found = drawn.found.get(name, ())[:SHOWN]
    if not found:
        return runs(_("Send the file to me in this chat first, then open this form again."), lead=label)
    before = set(drawn.ticked.get(name, "").split(","))
    again = ",".join(one.value for one in found if one.value in before)
    made = choices(name, _("{label} – tick what belongs here", label=label), found, style="expanded")
    return made | {"isMultiSelect": True} | ({"value": again} if again else {})


def _search(name: str, label: str, found: Sequence[Option], value: str) -> list[Json]:
    known = tuple({one.value: one for one in found}.values())[:SHOWN]
    typed = _text(name + TYPED, label, "", _("Type a part of the name, then press Find"))
    if not known:
        return [typed]
    typed["label"] = _("None of these? Look for another")
    style = "expanded" if len(known) <= 5 else "compact"
    return [choices(name, label, known, style=style, value=value), typed]


def _text(name: str, label: str, value: str, placeholder: str, *, long: bool = False) -> Json:
    made = _input("Input.Text", name, label) | {"isMultiline": long, "maxLength": ENTERED}
    if value:
        made["value"] = clipped(cleaned(value), ENTERED, escape=False)
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
