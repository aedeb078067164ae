"""What a person entered: read from the page, checked against the stored blocks, in Slack's form."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bot.practice import posts
from bot.practice.space import Json, Workspace
from bot.practice.wire import SlackError

ONE = {"static_select", "external_select", "radio_buttons", "overflow"}
MANY = {"multi_static_select", "checkboxes"}
SIMPLE = {
    "plain_text_input": ("value", "initial_value"),
    "users_select": ("selected_user", "initial_user"),
    "datepicker": ("selected_date", "initial_date"),
    "timepicker": ("selected_time", "initial_time"),
    "file_input": ("files", ""),
}
REQUIRED = "Please complete this required field."
Suggested = dict[str, list[Json]]


def mapped(value: Any) -> Json:
    """The object, or an empty one in place of anything else."""
    return value if isinstance(value, dict) else {}


def listed(value: Any) -> list[Any]:
    """The list, or an empty one in place of anything else."""
    return value if isinstance(value, list) else []


def key(block_id: str, action_id: str) -> str:
    """The name under which options suggested for an element are remembered."""
    return f"{block_id}\n{action_id}"


def offered(element: Json, suggested: list[Json] | None = None) -> list[Json]:
    """Every option a person could choose in this element."""
    groups = [element, *element.get("option_groups", [])]
    first = [element[name] for name in ("initial_option",) if name in element]
    return [option for group in groups for option in group.get("options", [])] + first + (suggested or [])


def chosen(element: Json, given: Any, suggested: list[Json] | None = None) -> Json | None:
    """The stored option the page means; the page's own words are not trusted. Raises SlackError invalid_option."""
    if given in (None, ""):
        return None
    value = given.get("value") if isinstance(given, dict) else given
    for option in offered(element, suggested):
        if option["value"] == value:
            return option
    raise SlackError("invalid_option")


def entered(space: Workspace, element: Json, given: Json, suggested: list[Json] | None = None) -> Json:
    """The value of one element as payloads carry it, from what the page sent."""
    kind = element["type"]
    if kind in ONE:
        return {"type": kind, "selected_option": chosen(element, given.get("selected_option"), suggested)}
    if kind in MANY:
        picked = [chosen(element, each) for each in listed(given.get("selected_options"))]
        return {"type": kind, "selected_options": [option for option in picked if option]}
    name, _ = SIMPLE[kind]
    value = given.get(name)
    if kind == "file_input":
        value = [_file(space, each) for each in listed(value)]
    if not isinstance(value, str | None) and kind != "file_input":
        raise SlackError("invalid_value")
    if kind == "users_select" and value and space.person(value) is None:
        raise SlackError("user_not_found")
    return {"type": kind, name: value if value != "" else None}


def _file(space: Workspace, given: Any) -> Json:
    file = space.files.get(str(mapped(given).get("id", given)))
    if file is None:
        raise SlackError("file_not_found")
    file.shown_to_app = True
    return posts.file_json(space, file)


def initial(element: Json) -> Json:
    """What an element holds before anybody touched it, in the page's form."""
    kind = element["type"]
    if kind in ONE:
        return {"selected_option": element.get("initial_option")}
    if kind in MANY:
        return {"selected_options": element.get("initial_options", [])}
    name, first = SIMPLE[kind]
    return {name: element.get(first)}


def inputs(blocks: list[Json]) -> Iterator[tuple[Json, Json]]:
    """Every element that keeps a value, with its block."""
    for block in blocks:
        for element in posts.elements(block):
            if element["type"] in {*ONE, *MANY, *SIMPLE} - {"overflow"}:
                yield block, element


def state(space: Workspace, blocks: list[Json], given: Json, suggested: Suggested, before: Json | None = None) -> Json:
    """state.values of a form: what the page sent, else what was there before, else the initial values."""
    values: Json = {}
    for block, element in inputs(blocks):
        block_id, action_id = block["block_id"], element["action_id"]
        sent = mapped(given.get(block_id)).get(action_id)
        if sent is None:
            sent = mapped((before or {}).get(block_id)).get(action_id, initial(element))
        options = suggested.get(key(block_id, action_id))
        values.setdefault(block_id, {})[action_id] = entered(space, element, mapped(sent), options)
    return values


def missing(blocks: list[Json], values: Json) -> dict[str, str]:
    """What Slack's own client would say before it sends a form, by block id."""
    errors: dict[str, str] = {}
    for block, element in inputs(blocks):
        if block["type"] != "input":
            continue
        value = next(v for name, v in values[block["block_id"]][element["action_id"]].items() if name != "type")
        problem = _complaint(element, value, optional=bool(block.get("optional")))
        if problem:
            errors[block["block_id"]] = problem
    return errors


def _complaint(element: Json, value: Any, *, optional: bool) -> str:
    if value in (None, [], "") or (isinstance(value, str) and not value.strip()):
        return "" if optional else REQUIRED
    if element["type"] == "plain_text_input":
        if len(value) < element.get("min_length", 0):
            return f"Please enter at least {element['min_length']} characters."
        if len(value) > element.get("max_length", 3000):
            return f"Please enter at most {element.get('max_length', 3000)} characters."
    return ""
