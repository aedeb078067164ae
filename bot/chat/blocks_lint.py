"""What Slack would refuse, found before it is sent: an allow-list of the Block Kit this product uses."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from bot.chat import blocks_limits as limits
from bot.chat.blocks_limits import Flag, Kinds, Ours, Phrase, Rule, Several, Shape, Whole, Words

Surface = Literal["message", "modal", "home"]
Json = Mapping[str, Any]


@dataclass(frozen=True)
class Problem:
    """One reason for which Slack would refuse a payload, and where in it."""

    message: str
    pointer: str

    def __str__(self) -> str:
        """The sentence as Slack writes it."""
        return f"{self.message} [json-pointer:{self.pointer}]"


Found = Iterator[Problem]


def problems(payload: object, surface: Surface) -> list[Problem]:
    """Everything Slack would refuse in the blocks of a message, or in a whole view; empty when all is well."""
    if surface == "message":
        rule = Several(limits.BLOCKS, limits.BLOCKS_PER[surface], low=0)
        return [*_several(payload, rule, "/blocks"), *_together(payload, surface, "/blocks")]
    if not isinstance(payload, Mapping):
        return [Problem("must provide an object", "/view")]
    if payload.get("type") != surface:
        return [Problem(f"unsupported type: {payload.get('type')}", "/view/type")]
    together = _together(payload.get("blocks"), surface, "/view/blocks")
    return [*_shape(payload, limits.VIEWS[surface], "/view"), *together, *_submit(payload, surface)]


def message_problems(payload: Json) -> list[Problem]:
    """What is wrong with the arguments of a post or an update: words for screen readers, length, blocks, metadata."""
    found = list(metadata_problems(payload.get("metadata")))
    text, blocks = payload.get("text"), payload.get("blocks")
    if not isinstance(text, str) or not text.strip():
        # Screen readers are given the top-level text and not the blocks.
        found.append(Problem("missing required field: text", ""))
    elif len(text) > limits.TEXT_ADVISED:
        found.append(Problem(f"must be less than {limits.TEXT_ADVISED + 1} characters", "/text"))
    return found + (problems(blocks, "message") if blocks is not None else [])


def against(value: object, rule: Rule, at: str = "") -> list[Problem]:
    """Everything in which a value breaks one rule."""
    return list(_check(value, rule, at))


def metadata_problems(metadata: object) -> list[Problem]:
    """What is wrong with the metadata of a message; none is no problem."""
    if metadata is None:
        return []
    if not isinstance(metadata, Mapping):
        return [Problem("must provide an object", "/metadata")]
    rule = Shape({"event_type": limits.IDENTIFIER, "event_payload": Shape({})}, frozenset({"event_type"}))
    found = [*_shape({k: v for k, v in metadata.items() if k != "event_payload"}, rule, "/metadata")]
    if not isinstance(metadata.get("event_payload"), Mapping):
        found.append(Problem("missing required field: event_payload", "/metadata"))
    return found


def reserved_command(name: str) -> bool:
    """Whether Slack keeps this slash command, with or without its slash, for itself."""
    return name.lower().lstrip("/") in limits.RESERVED_COMMANDS


def manifest_problems(manifest: Json) -> list[Problem]:
    """What Slack would refuse in the names an app's manifest claims: its own, its commands' and its shortcuts'."""
    features = manifest.get("features", {})
    commands, shortcuts = features.get("slash_commands", []), features.get("shortcuts", [])
    at = "/features/slash_commands"
    found = [*_text(manifest.get("display_information", {}).get("name"), Words(35, low=1), "/display_information/name")]
    found += _several(commands, Several(limits.COMMAND, 50, low=0), at)
    found += _several(shortcuts, Several(limits.SHORTCUT, 10, low=0), "/features/shortcuts")
    names = [str(command.get("command")) for command in commands]
    invalid = "the slash command has an invalid name"
    found += [Problem(invalid, f"{at}/{n}/command") for n, name in enumerate(names) if reserved_command(name)]
    return found + [Problem(f'"{name}" already exists', at) for name, times in Counter(names).items() if times > 1]


def _check(value: object, rule: Rule, at: str) -> Found:
    match rule:
        case Words():
            yield from _text(value, rule, at)
        case Phrase():
            yield from _phrase(value, rule, at)
        case Whole():
            yield from _whole(value, rule, at)
        case Flag() if not isinstance(value, bool):
            yield Problem("must provide a boolean", at)
        case Ours() if not isinstance(value, Mapping):
            yield Problem("must provide an object", at)
        case Several():
            yield from _several(value, rule, at)
        case Shape():
            yield from _shape(value, rule, at)
        case Kinds():
            yield from _kind(value, rule, at)
        case _:
            return


def _text(value: object, rule: Words, at: str) -> Found:
    if not isinstance(value, str):
        yield Problem("must provide a string", at)
    elif len(value) > rule.high:
        yield Problem(f"must be less than {rule.high + 1} characters", at)
    elif len(value.strip()) < rule.low:
        yield Problem(f"must be more than {rule.low - 1} characters", at)
    elif rule.among is not None and value not in rule.among:
        yield Problem("must be a valid enum value", at)
    elif rule.pattern is not None and not re.fullmatch(rule.pattern, value):
        yield Problem("failed to match format", at)


def _phrase(value: object, rule: Phrase, at: str) -> Found:
    if not isinstance(value, Mapping):
        yield Problem("must provide an object", at)
    elif not _named(value, rule.kinds):
        yield Problem(f"unsupported type: {value.get('type')}", f"{at}/type")
    else:
        only = {"emoji": Flag()} if value["type"] == "plain_text" else {"verbatim": Flag()}
        inner: dict[str, Rule] = {"type": Words(16), "text": Words(rule.high, low=1), **only}
        yield from _shape(value, Shape(inner, frozenset({"text"})), at)


def _whole(value: object, rule: Whole, at: str) -> Found:
    if not isinstance(value, int) or isinstance(value, bool):
        yield Problem("must provide an integer", at)
    elif value < rule.low:
        yield Problem(f"must be greater than {rule.low - 1}", at)
    elif value > rule.high:
        yield Problem(f"must be less than {rule.high + 1}", at)


def _several(value: object, rule: Several, at: str) -> Found:
    if not isinstance(value, Sequence) or isinstance(value, str | bytes):
        yield Problem("must provide an array", at)
        return
    if len(value) > rule.high:
        yield Problem(f"no more than {rule.high} items allowed", at)
    if len(value) < rule.low:
        yield Problem(f"must provide at least {rule.low} items", at)
    for index, item in enumerate(value):
        yield from _check(item, rule.of, f"{at}/{index}")


def _shape(value: object, rule: Shape, at: str) -> Found:
    if not isinstance(value, Mapping):
        yield Problem("must provide an object", at)
        return
    yield from (Problem(f"missing required field: {name}", at) for name in sorted(rule.required - value.keys()))
    for name, inner in value.items():
        if name in rule.properties:
            yield from _check(inner, rule.properties[name], f"{at}/{name}")
        else:
            yield Problem(f"invalid additional property: {name}", at)


def _kind(value: object, rule: Kinds, at: str) -> Found:
    if not isinstance(value, Mapping):
        yield Problem("must provide an object", at)
    elif not _named(value, rule.shapes):
        yield Problem(f"unsupported type: {value.get('type')}", f"{at}/type")
    else:
        yield from _shape(value, rule.shapes[value["type"]], at)
        yield from _inside(value, at)


def _named(value: Json, kinds: Container[str]) -> bool:
    return isinstance(value.get("type"), str) and value["type"] in kinds


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _inside(part: Json, at: str) -> Found:
    """The rules that tie two properties of one block or element together."""
    match part["type"]:
        case "section" if not part.get("text") and not part.get("fields"):
            yield Problem("must define either `text` or `fields`", f"{at}/type")
        case "image" if ("image_url" in part) == ("slack_file" in part):
            yield Problem("must define either `image_url` or `slack_file`", at)
        case "static_select" | "multi_static_select":
            if ("options" in part) == ("option_groups" in part):
                yield Problem("must define either `options` or `option_groups`", at)
            yield from _chosen(part, at)
        case "radio_buttons" | "checkboxes":
            yield from _chosen(part, at)
        case "plain_text_input" if _number(part, "min_length", 0) > _number(part, "max_length", 3000):
            yield Problem("`min_length` must not exceed `max_length`", at)
        case _:
            return


def _number(part: Json, name: str, otherwise: int) -> int:
    value = part.get(name, otherwise)
    return value if isinstance(value, int) else otherwise


def _chosen(part: Json, at: str) -> Found:
    """What is selected at first is one of the options, word for word."""
    groups = [part, *_list(part.get("option_groups"))]
    offered = [option for group in groups if isinstance(group, Mapping) for option in _list(group.get("options"))]
    for name in ("initial_option", "initial_options"):
        first = part.get(name)
        for option in first if isinstance(first, list) else [first]:
            if option is not None and option not in offered:
                yield Problem(f"`{name}` must match one of the options", f"{at}/{name}")


def _together(blocks: object, surface: Surface, at: str) -> Found:
    """The rules between blocks: unique ids, one focus, and what this surface cannot show."""
    seen: set[str] = set()
    focused = 0
    for index, block in enumerate(_list(blocks)):
        if not isinstance(block, Mapping):
            continue
        block_id = block.get("block_id")
        if isinstance(block_id, str) and block_id in seen:
            yield Problem(f'`block_id` "{block_id}" already exists', f"{at}/{index}/block_id")
        seen.add(str(block_id))
        elements = _elements(block)
        yield from _unique_actions(elements, f"{at}/{index}")
        for where, element in elements:
            if element.get("type") == "file_input" and surface != "modal":
                yield Problem("unsupported type: file_input", f"{at}/{index}/{where}/type")
            focused += element.get("focus_on_load") is True
            if focused > 1 and element.get("focus_on_load") is True:
                yield Problem("only one element can have `focus_on_load`", f"{at}/{index}/{where}/focus_on_load")


def _elements(block: Json) -> list[tuple[str, Json]]:
    found = [(f"elements/{n}", each) for n, each in enumerate(_list(block.get("elements")))]
    found += [(name, block[name]) for name in ("accessory", "element") if name in block]
    return [(where, element) for where, element in found if isinstance(element, Mapping)]


def _unique_actions(elements: list[tuple[str, Json]], at: str) -> Found:
    seen: set[str] = set()
    for where, element in elements:
        action_id = element.get("action_id")
        if isinstance(action_id, str) and action_id in seen:
            yield Problem(f'`action_id` "{action_id}" already exists', f"{at}/{where}/action_id")
        seen.add(str(action_id))


def _submit(view: Json, surface: Surface) -> Found:
    if surface != "modal" or view.get("submit"):
        return
    for index, block in enumerate(_list(view.get("blocks"))):
        if isinstance(block, Mapping) and block.get("type") == "input":
            message = "must define `submit` to use an `input` block in modals"
            yield Problem(message, f"/view/blocks/{index}/input")
