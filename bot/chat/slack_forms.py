"""A neutral form as Slack's modal, and what people filled in as neutral values again.

A field's name is the id of its block. Slack keeps what was entered as long as a block keeps its id, whatever the new
form says (https://docs.slack.dev/reference/methods/views.update); so a field that gets another value gets another id,
its name with a number behind a `~`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from bot.chat.cards.words import _
from bot.chat.plain_words import Json, cleaned, clipped, one_line, seen
from bot.chat.port import (
    ChoiceField,
    DateField,
    Field,
    File,
    FileField,
    Filled,
    Form,
    FormErrors,
    Option,
    PersonField,
    SelectField,
    Text,
    TextField,
    TimeField,
)
from bot.chat.slack_blocks import (
    VIEW_BLOCKS,
    Row,
    carried,
    identifier,
    listed,
    named,
    option,
    piece_rows,
    rows,
    said,
    view_blocks,
)
from bot.chat.slack_words import plain

_FIELDS = (TextField, PersonField, ChoiceField, SelectField, DateField, TimeField, FileField)
_DAY = re.compile(r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])")
_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
_NOTICE = "notice"
_SENT_BACK = ("type", "title", "submit", "close", "callback_id", "private_metadata", "blocks")


def modal(form: Form, before: Json | None = None) -> Json:
    """The view of a form; `before` is the view it replaces. Raises ValueError for what Slack could not carry."""
    found: list[Row] = []
    for number, part in enumerate(form.fields):
        found += [_asked(part, before)] if isinstance(part, _FIELDS) else rows(part, number)
    view: Json = {"type": "modal", "callback_id": identifier(form.handler, 255), "title": plain(form.title, 24)}
    if form.context:
        view["private_metadata"] = carried(form.context, 3000)
    view |= {"submit": plain(form.submit, 24, "Send"), "close": plain("Cancel", 24)}
    return view | {"blocks": view_blocks(found or said(form.title))}


def filled(view: Json) -> Filled:
    """What a person entered in a view, by field name."""
    values: dict[str, str] = {}
    files: dict[str, tuple[File, ...]] = {}
    for name, block_id in blocks_by_name(view).items():
        for entered in view.get("state", {}).get("values", {}).get(block_id, {}).values():
            if entered.get("type") == "file_input":
                files[name] = tuple(File(str(f["id"]), str(f.get("name", ""))) for f in entered.get("files") or ())
            else:
                values[name] = _entered(entered)
    return Filled(values, files, str(view.get("private_metadata") or ""))


def blocks_by_name(view: Json) -> dict[str, str]:
    """The block id of every field of a view, by the field's name."""
    asked = (str(block["block_id"]) for block in view.get("blocks", ()) if block.get("type") == "input")
    return {block_id.partition("~")[0]: block_id for block_id in asked}


def refusal(view: Json, wrong: FormErrors) -> Json:
    """The answer that shows what is wrong: at the fields, or above them where no field is meant."""
    known = blocks_by_name(view)
    at_fields = {known[name]: words for name, words in wrong.by_field.items() if name in known}
    others = " ".join(words for name, words in wrong.by_field.items() if name not in known)
    if others and known:
        first = next(iter(known.values()))
        at_fields[first] = f"{at_fields.get(first, '')} {others}".strip()
    if at_fields:
        errors = {block: clipped(one_line(words), 2000, escape=False) for block, words in at_fields.items()}
        return {"response_action": "errors", "errors": errors}
    return {"response_action": "update", "view": noticed(view, others)}


def noticed(view: Json, words: str) -> Json:
    """The same view with a sentence at its top; a second sentence takes the place of the first."""
    again = {name: view[name] for name in _SENT_BACK if view.get(name)}
    notice = [{**row.block, "block_id": f"{_NOTICE}~{n}"} for n, row in enumerate(said(words)[:1])]
    others = [block for block in view["blocks"] if not str(block.get("block_id", "")).startswith(f"{_NOTICE}~")]
    return again | {"blocks": [*notice, *others][:VIEW_BLOCKS]}


def suggestions(found: Sequence[Option]) -> Json:
    """The answer to a person who types in a list."""
    return listed(found) if found else {"options": []}


def source_of(action_id: str) -> str:
    """Which handler offers the options of a person field."""
    return action_id.partition("~")[2]


def _asked(field: Field, before: Json | None) -> Row:
    name = named(field.name)
    element = _element(field)
    if element is None:
        return piece_rows([Text(_("nothing to choose"), lead=field.label)])[0]
    block: Json = {"type": "input", "block_id": _block_id(field, before), "label": plain(field.label, 2000)}
    block |= {"element": {"action_id": name} | element, "optional": field.optional}
    if seen(cleaned(field.hint)):
        block["hint"] = plain(field.hint, 2000)
    if isinstance(field, PersonField | ChoiceField):
        block["dispatch_action"] = field.live
    return Row(block, kept=True)


def _block_id(field: Field, before: Json | None) -> str:
    block_id = blocks_by_name(before).get(field.name, field.name) if before else field.name
    value = _value(field)
    if before is None or not value or filled(before).values.get(field.name, "") == value:
        return block_id
    return f"{field.name}~{int(block_id.partition('~')[2] or 0) + 1}"


def _value(field: Field) -> str:
    match field:
        case FileField():
            return ""
        case PersonField(value=value):
            return value.value if value else ""
        case _:
            return field.value


def _element(field: Field) -> Json | None:
    """What is asked with; None where there is nothing to choose from."""
    match field:
        case TextField():
            return _text(field)
        case PersonField():
            made: Json = {"type": "external_select", "action_id": f"{field.name}~{carried(field.source, 100)}"}
            made |= {"min_query_length": 1, "placeholder": plain("Type a name", 150)}
            return made | ({"initial_option": option(field.value)} if field.value else {})
        case ChoiceField() if 0 < len(field.options) <= 10:
            return {"type": "radio_buttons"} | listed(field.options) | _first(field.options, field.value)
        case ChoiceField() | SelectField():
            return _select(field.options, field.value) if field.options else None
        case DateField():
            return {"type": "datepicker"} | ({"initial_date": field.value} if _DAY.fullmatch(field.value) else {})
        case TimeField():
            return {"type": "timepicker"} | ({"initial_time": field.value} if _TIME.fullmatch(field.value) else {})
        case FileField():
            return {"type": "file_input", "max_files": 5}


def _text(field: TextField) -> Json:
    made: Json = {"type": "plain_text_input", "multiline": field.long, "max_length": 3000}
    if field.value:
        made["initial_value"] = clipped(field.value, 3000, escape=False)
    if seen(cleaned(field.placeholder)):
        made["placeholder"] = plain(field.placeholder, 150)
    return made


def _select(options: Sequence[Option], value: str) -> Json:
    return {"type": "static_select", "placeholder": plain("Choose", 150)} | listed(options) | _first(options, value)


def _first(options: Sequence[Option], value: str) -> Json:
    chosen = next((each for each in options if each.value == value), None)
    return {"initial_option": option(chosen)} if chosen else {}


def _entered(state: Mapping[str, object]) -> str:
    match state:
        case {"selected_option": {"value": str(value)}}:
            return value
        case {"value": str(value)} | {"selected_date": str(value)} | {"selected_time": str(value)}:
            return value
    return ""
