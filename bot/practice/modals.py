"""Modals and home tabs: opened, stacked, replaced, closed, and what people entered in them."""

from __future__ import annotations

import hashlib
import json
from typing import Any, Literal

from bot.chat.blocks_lint import Problem, problems
from bot.practice import posts
from bot.practice.space import Json, View, Workspace, tell
from bot.practice.wire import SlackError, refused

STACK = 3


def lint(payload: Any, surface: Literal["modal", "home"]) -> Json:
    """The view if Slack would accept it. Raises SlackError invalid_arguments in Slack's words."""
    found = problems(payload, surface)
    if found:
        raise refused([Problem("failed to match all allowed schemas", "/view"), *found])
    view: Json = {**payload, "blocks": posts.with_ids(payload["blocks"])}
    return view


def use_trigger(space: Workspace, trigger_id: str) -> tuple[str, str]:
    """The person behind a trigger, and the view it came from; a trigger lives 3 s and opens one view."""
    trigger = space.triggers.get(trigger_id)
    if trigger is None:
        raise SlackError("invalid_trigger_id")
    if trigger.used:
        raise SlackError("exchanged_trigger_id")
    if space.clock() > trigger.expires:
        raise SlackError("expired_trigger_id")
    trigger.used = True
    return trigger.user, trigger.view


def fresh(space: Workspace, user: str, payload: Json, below: View | None = None) -> View:
    """A new view of this person, on top of another or on its own. Raises SlackError duplicate_external_id."""
    external = payload.get("external_id")
    if external and any(view.payload.get("external_id") == external for view in space.views.values()):
        raise SlackError("duplicate_external_id")
    name = space.ids("V")
    root = below.root if below else name
    view = View(name, user, payload, digest(space, payload), root, below.id if below else "")
    space.views[view.id] = view
    return view


def digest(space: Workspace, payload: Json) -> str:
    """The hash of a view's state now; it changes with every update."""
    text = json.dumps(payload, sort_keys=True)
    return f"{space.timestamp()}.{hashlib.sha256(text.encode()).hexdigest()[:8]}"


def open_modal(space: Workspace, user: str, payload: Json) -> View:
    """Show a modal to a person; one already open gives way."""
    for old in space.stacks.pop(user, []):
        space.views.pop(old, None)
        tell(space, {"type": "view_closed", "view_id": old}, to=[user])
    return _stacked(space, fresh(space, user, payload))


def push(space: Workspace, below: View, payload: Json) -> View:
    """Show a modal on top of another. Raises SlackError push_limit_reached at the fourth."""
    if len(space.stacks.get(below.user, [])) >= STACK:
        raise SlackError("push_limit_reached")
    return _stacked(space, fresh(space, below.user, payload, below))


def _stacked(space: Workspace, view: View) -> View:
    space.stacks.setdefault(view.user, []).append(view.id)
    tell(space, {"type": "view_opened", "view": slack_json(space, view)}, to=[view.user])
    return view


def update(space: Workspace, view: View, payload: Json, seen: str = "") -> View:
    """Replace a view's contents. Raises SlackError hash_conflict if the caller saw an older state."""
    if seen and seen != view.hash:
        raise SlackError("hash_conflict")
    view.payload, view.hash = payload, digest(space, payload)
    kind = "home" if payload["type"] == "home" else "view_updated"
    tell(space, {"type": kind, "view": slack_json(space, view)}, to=[view.user])
    return view


def publish(space: Workspace, user: str, payload: Json, seen: str = "") -> View:
    """Set a person's home tab. Raises SlackError user_not_found or hash_conflict."""
    if space.person(user) is None:
        raise SlackError("user_not_found")
    if user in space.homes:
        return update(space, space.homes[user], payload, seen)
    view = fresh(space, user, payload)
    space.homes[user] = view
    return update(space, view, payload)


def close(space: Workspace, view: View, *, everything: bool = False) -> None:
    """Close a modal, or the whole stack it stands in; one that is closed already stays closed."""
    stack = space.stacks.get(view.user, [])
    for gone in list(stack) if everything else [name for name in stack if name == view.id]:
        stack.remove(gone)
        space.views.pop(gone, None)
        tell(space, {"type": "view_closed", "view_id": gone}, to=[view.user])


def of_person(space: Workspace, view_id: str, user: str) -> View:
    """The open view of this person. Raises SlackError not_found."""
    view = space.views.get(view_id)
    if view is None or view.user != user:
        raise SlackError("not_found")
    return view


def slack_json(space: Workspace, view: View) -> Json:
    """A view as the Web API and the payloads carry it."""
    empty: Json = {"private_metadata": "", "callback_id": "", "external_id": "", "title": None, "submit": None}
    empty |= {"close": None, "clear_on_close": False, "notify_on_close": False}
    return {
        **empty,
        **view.payload,
        "id": view.id,
        "team_id": space.team_id,
        "app_id": space.app_id,
        "app_installed_team_id": space.team_id,
        "bot_id": space.bot_id,
        "hash": view.hash,
        "root_view_id": view.root,
        "previous_view_id": view.previous or None,
        "state": {"values": view.values},
    }
