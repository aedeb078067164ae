"""views.*: modals and home tabs."""

from __future__ import annotations

from bot.chat.blocks_lint import Problem
from bot.practice import modals
from bot.practice.space import Json, View
from bot.practice.wire import Call, Method, SlackError, refused


def _answer(call: Call, view: View) -> Json:
    return {"ok": True, "view": modals.slack_json(call.space, view)}


def _need_view(call: Call) -> object:
    view = call.arguments.get("view")
    if view is None:
        raise refused([Problem("missing required field: view", "")])
    return view


def _trigger(call: Call) -> tuple[str, str]:
    return modals.use_trigger(call.space, call.text("trigger_id") or call.need("interactivity_pointer"))


def open_view(call: Call) -> Json:
    """views.open."""
    payload = modals.lint(_need_view(call), "modal")
    user, _ = _trigger(call)
    return _answer(call, modals.open_modal(call.space, user, payload))


def push(call: Call) -> Json:
    """views.push."""
    payload = modals.lint(_need_view(call), "modal")
    _, origin = _trigger(call)
    below = call.space.views.get(origin)
    if below is None or below.payload["type"] != "modal":
        raise SlackError("invalid_trigger_id")
    return _answer(call, modals.push(call.space, below, payload))


def update(call: Call) -> Json:
    """views.update."""
    name, external = call.text("view_id"), call.text("external_id")
    if name and external:
        raise refused([Problem("Cannot provide both `view_id` and `external_id`", "")])
    if not name and not external:
        raise refused([Problem("missing required field: view_id", "")])
    views = call.space.views.values()
    view = next((v for v in views if v.id == name or (external and v.payload.get("external_id") == external)), None)
    if view is None:
        raise SlackError("not_found")
    kind = "home" if view.payload["type"] == "home" else "modal"
    payload = modals.lint(_need_view(call), kind)  # type: ignore[arg-type]  # mypy widens the literal
    return _answer(call, modals.update(call.space, view, payload, call.text("hash")))


def publish(call: Call) -> Json:
    """views.publish."""
    user = call.need("user_id")
    payload = modals.lint(_need_view(call), "home")
    return _answer(call, modals.publish(call.space, user, payload, call.text("hash")))


METHODS = {
    "views.open": Method(open_view),
    "views.push": Method(push),
    "views.update": Method(update),
    "views.publish": Method(publish),
}
