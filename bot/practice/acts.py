"""What people do in the workspace: type, command, press, fill in, close. Each act becomes a payload for the bot."""

from __future__ import annotations

import html
import re
from typing import Any

from bot.chat.blocks_lint import problems
from bot.practice import delivery, fields, modals, payloads, posts, rooms, slack_api
from bot.practice.delivery import NoAnswer, ask
from bot.practice.fields import listed, mapped
from bot.practice.space import Channel, Json, Message, ReplyAddress, View, Workspace, settings, subscribed, tell
from bot.practice.wire import SlackError

HANDLE = re.compile(r"(?<![\w<@.])@([a-z0-9][a-z0-9._-]*)", re.IGNORECASE)
HASH = re.compile(r"(?<![\w<#&])#([a-z0-9][a-z0-9_-]*)", re.IGNORECASE)
MENTION = re.compile(r"&lt;(@[UW][A-Z0-9]+(?:\|[^&]*)?|#[CG][A-Z0-9]+(?:\|[^&]*)?|https?://[^&\s]+)&gt;")
TROUBLE = "We had some trouble connecting. Try again?"
MIN_QUERY = 3  # https://docs.slack.dev/reference/block-kit: min_query_length when it is not given


def room_of(space: Workspace, user: str, channel: object) -> Channel:
    """The channel, if this person may see it. Raises SlackError channel_not_found."""
    room = space.rooms.get(str(channel))
    if room is None or not rooms.visible(room, user):
        raise SlackError("channel_not_found")
    return room


def escaped(space: Workspace, text: str, *, labels: bool) -> str:
    """Text as Slack sends it: &, < and > escaped, known @handles and #channels as ids."""

    def person(match: re.Match[str]) -> str:
        name = match[1].lower().rstrip(".-_")
        found = next((each for each in space.people if each.name.lower() == name), None)
        label = f"|{found.name}" if found and labels else ""
        return f"<@{found.id}{label}>{match[1][len(name) :]}" if found else match[0]

    def channel(match: re.Match[str]) -> str:
        public = (room for room in space.rooms.values() if not room.is_private)
        found = next((room for room in public if room.name == match[1].lower()), None)
        return f"<#{found.id}|{found.name}>" if found else match[0]

    plain = MENTION.sub(r"<\1>", html.escape(text, quote=False))
    return HASH.sub(channel, HANDLE.sub(person, plain))


def say(space: Workspace, user: str, given: Json) -> Json:
    """Post a message as this person; the bot hears of it where it listens."""
    room = room_of(space, user, given.get("channel", ""))
    asked = [space.files.get(str(file)) for file in listed(given.get("file_ids"))]
    files = [file.id for file in asked if file and file.owner == user]
    text = escaped(space, str(given.get("text") or ""), labels=False)
    if user not in room.members:
        raise SlackError("not_in_channel")
    if not text.strip() and not files:
        raise SlackError("no_text")
    thread = str(given.get("thread_ts") or "")
    if thread and thread not in space.messages.get(room.id, {}):
        raise SlackError("message_not_found")
    message = posts.post(space, room, user, text, thread_ts=thread, files=files)
    event = {"im": "message.im", "private_channel": "message.groups", "public_channel": "message.channels"}
    if space.bot_user_id in room.members and subscribed(space, event[rooms.kind(room)]):
        delivery.send_event(space, payloads.said(space, room, message))
    return {"ok": True, "ts": message.ts}


async def command(space: Workspace, user: str, given: Json) -> Json:
    """Run a slash command and show what the app answers within 3 s."""
    room = room_of(space, user, given.get("channel", ""))
    word, _, rest = str(given.get("text", "")).strip().partition(" ")
    if word.lower() == "/invite":
        return _invite(space, user, room, rest)
    known = space.manifest.get("features", {}).get("slash_commands", [])
    entry = next((each for each in known if each["command"] == word.lower()), None)
    if entry is None:
        return {"ok": False, "error": f"{word} is not a valid command"}
    if given.get("thread_ts"):
        return {"ok": False, "error": f"{word} is not supported in threads. Sorry!"}
    text = escaped(space, rest.strip(), labels=True) if entry.get("should_escape") else rest.strip()
    payload = payloads.slash(space, user, room, word.lower(), text)
    try:
        answer = await ask(space, "slash_commands", payload)
        _show(space, user, room, answer)
    except NoAnswer as failure:
        return {"ok": False, "error": delivery.sentence(space, word, failure)}
    return {"ok": True}


def _invite(space: Workspace, user: str, room: Channel, text: str) -> Json:
    """Slack's own command, with which people bring others into a channel. Raises SlackError."""
    if user not in room.members:
        raise SlackError("not_in_channel")
    named = {match[1].lower() for match in HANDLE.finditer(text)}
    found = [one.id for one in space.people if one.name.lower() in named]
    if not found:
        raise SlackError("user_not_found")
    rooms.invite(space, room, found, user)
    return {"ok": True}


def _show(space: Workspace, user: str, room: Channel, answer: Any) -> None:
    """Show the body of an acknowledged command: only to this person, unless it says otherwise. Raises NoAnswer."""
    body = {"text": answer} if isinstance(answer, str) else mapped(answer)
    if not (body.get("text") or body.get("blocks")):
        return
    try:
        slack_api.answer_at(space, ReplyAddress(room.id, user, 0, 0), body)
    except SlackError:
        raise NoAnswer("invalid_command_response") from None


def _where(space: Workspace, user: str, given: Json) -> Message | View:
    """The message or view a press happened in, if this person can see it. Raises SlackError."""
    if given.get("view_id"):
        return modals.of_person(space, str(given["view_id"]), user)
    room = room_of(space, user, given.get("channel", ""))
    message = space.messages.get(room.id, {}).get(str(given.get("ts", "")))
    if message is None or message.only_for not in ("", user):
        raise SlackError("message_not_found")
    return message


def _blocks(where: Message | View) -> list[Json]:
    found: list[Json] = where.payload["blocks"] if isinstance(where, View) else where.blocks
    return found


def _interactive(space: Workspace) -> None:
    if not settings(space).get("interactivity", {}).get("is_enabled"):
        raise SlackError("interactivity_is_off_in_the_manifest")


async def action(space: Workspace, user: str, given: Json) -> Json:
    """Press or choose something in a message or a view; values come from what was stored, not from the page."""
    _interactive(space)
    where = _where(space, user, given)
    ids = (str(given.get("block_id")), str(given.get("action_id")))
    found = posts.find_element(_blocks(where), *ids)
    if found is None or found[1]["type"] in {"image", "file_input"}:
        raise SlackError("action_not_found")
    block, element = found
    if block["type"] == "input" and not block.get("dispatch_action"):
        raise SlackError("action_not_found")
    suggested = where.suggested if isinstance(where, View) else {}
    made: Json = {"action_id": ids[1], "block_id": ids[0], "type": element["type"]}
    if element["type"] == "button":
        made |= {name: element[name] for name in ("text", "value", "style") if name in element}
    else:
        made |= fields.entered(space, element, given, suggested.get(fields.key(*ids)))
    values = _values(space, where, given)
    payload = payloads.pressed(space, user, made, where)
    if not isinstance(where, View):
        payload["state"] = {"values": values}
    return await _sent(space, "The action", payload)


def _values(space: Workspace, where: Message | View, given: Json) -> Json:
    """What the form holds now; a view remembers it."""
    sent = mapped(mapped(given.get("state")).get("values"))
    if not isinstance(where, View):
        return fields.state(space, where.blocks, sent, {})
    where.values = fields.state(space, where.payload["blocks"], sent, where.suggested, where.values)
    return where.values


async def _sent(space: Workspace, what: str, payload: Json) -> Json:
    try:
        await ask(space, "interactive", payload)
    except NoAnswer as failure:
        return {"ok": False, "error": delivery.sentence(space, what, failure)}
    return {"ok": True}


async def submit(space: Workspace, user: str, given: Json) -> Json:
    """Send a modal; the app may answer with errors, another view, or nothing, which closes it."""
    _interactive(space)
    view = modals.of_person(space, str(given.get("view_id")), user)
    values = _values(space, view, given)
    errors = fields.missing(view.payload["blocks"], values)
    if errors:
        return {"ok": True, "errors": errors}
    try:
        answer = await ask(space, "interactive", payloads.submitted(space, view))
    except NoAnswer as failure:
        return {"ok": False, "error": f"{TROUBLE} ({failure.reason})"}
    try:
        return _after(space, view, mapped(answer))
    except SlackError as error:
        said = error.body.get("response_metadata", {}).get("messages", [])
        tell(space, {"type": "error", "text": "; ".join([str(error), *said])}, to=[user])
        return {"ok": False, "error": f"{TROUBLE} ({error})"}


def _after(space: Workspace, view: View, answer: Json) -> Json:
    """Do what the app answered to a submitted view. Raises SlackError for an answer Slack would refuse."""
    match answer.get("response_action"):
        case "errors":
            return {"ok": True, "errors": _field_errors(view, answer.get("errors"))}
        case "update":
            shown = modals.update(space, view, modals.lint(answer.get("view"), "modal"))
        case "push":
            shown = modals.push(space, view, modals.lint(answer.get("view"), "modal"))
        case "clear" | None as what:
            modals.close(space, view, everything=what == "clear" or bool(view.payload.get("clear_on_close")))
            return {"ok": True, "view": None}
        case _:
            raise SlackError("invalid_response_action")
    return {"ok": True, "view": modals.slack_json(space, shown)}


def _field_errors(view: View, errors: Any) -> dict[str, str]:
    fields_of_view = {block["block_id"] for block in view.payload["blocks"] if block["type"] == "input"}
    if not isinstance(errors, dict) or not errors or not set(errors) <= fields_of_view:
        raise SlackError("errors_must_name_input_blocks")
    return {str(name): str(text) for name, text in errors.items()}


async def close(space: Workspace, user: str, given: Json) -> Json:
    """Close a modal without sending it; an app that asked for it is told."""
    view = modals.of_person(space, str(given.get("view_id")), user)
    payload = payloads.closed(space, view)
    modals.close(space, view, everything=bool(view.payload.get("clear_on_close")))
    return await _sent(space, "Closing", payload) if view.payload.get("notify_on_close") else {"ok": True}


async def suggest(space: Workspace, user: str, given: Json) -> Json:
    """Ask the app for options while a person types."""
    where = _where(space, user, given)
    ids, typed = (str(given.get("block_id")), str(given.get("action_id"))), str(given.get("value", ""))
    found = posts.find_element(_blocks(where), *ids)
    if found is None or found[1]["type"] != "external_select":
        raise SlackError("action_not_found")
    if len(typed) < found[1].get("min_query_length", MIN_QUERY):
        return {"ok": True, "options": []}
    try:
        answer = await ask(space, "interactive", payloads.suggestion(space, user, ids, typed, where))
    except NoAnswer as failure:
        return {"ok": False, "error": delivery.sentence(space, "Search", failure)}
    made = {name: value for name, value in mapped(answer).items() if name in {"options", "option_groups"}}
    wrong = _wrong_options(made)
    if wrong:
        return {"ok": False, "error": wrong}
    if isinstance(where, View):
        where.suggested[fields.key(*ids)] = fields.offered(made)
    return {"ok": True, "options": [], **made}


def _wrong_options(made: Json) -> str:
    """Why Slack would not show these options; nothing if it would."""
    if made in ({"options": []}, {"option_groups": []}):
        return ""
    found = problems([{"type": "actions", "elements": [{"type": "static_select", **made}]}], "message")
    return "; ".join(str(problem).replace("/blocks/0/elements/0", "") for problem in found)


async def shortcut(space: Workspace, user: str, given: Json) -> Json:
    """Run one of the app's global shortcuts."""
    _interactive(space)
    known = space.manifest.get("features", {}).get("shortcuts", [])
    entry = next((each for each in known if each["callback_id"] == given.get("callback_id")), None)
    if entry is None or entry["type"] != "global":
        raise SlackError("shortcut_not_found")
    return await _sent(space, str(entry["name"]), payloads.shortcut(space, user, entry["callback_id"]))


def home(space: Workspace, user: str) -> Json:
    """Open the app's home tab: what was published last, and word to the app that it was opened."""
    if subscribed(space, "app_home_opened"):
        delivery.send_event(space, payloads.home_opened(space, user))
    view = space.homes.get(user)
    return {"ok": True, "view": modals.slack_json(space, view) if view else None}
