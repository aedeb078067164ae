"""Systems in trouble: what happened, what Usher does next and when, and for how long something has been open."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from bot.chat.cards.words import _, clock, counted, day_and_time, lasted
from bot.chat.plain_words import clipped, one_line
from bot.chat.port import Card, Heading, Text
from bot.domain.request import Step
from bot.engine.view import View

LONG = timedelta(hours=1)  # before that nobody asks for how long

LINES = {
    "trouble transient": "… {system}: {why} I try again at {at}, and keep trying until it is done.",
    "trouble throttled": "… {system}: {why} I wait as long as it asks, and go on at {at}.",
    "trouble credential": "! {system}: {why} Nothing was changed. I try again at {at}; {keeper} was told.",
    "trouble contradicted": "! {system}: {did}: {why} I try again at {at}.",
    "trouble over": "✓ {system} answers again, after {lasted}. I go on.",
    "contradicted": "! {system}: {did}: the system said yes, but a fresh look at {seen} still shows it. "
    "I try again at {at}, and keep trying.",
    "back": "! {system}: {did}: it was done, and a second look at {seen} shows it again: somebody changed it back. "
    "I do it again at {at}. Tell security.",
    "hangs": "! {system}: {did}: has been at work for more than ten minutes without an answer. {name} was told.",
}


def line(view: View, step: Step, body: Mapping[str, Any], did: str) -> str:
    """One line of the thread: when trouble starts, when it changes, when it ends."""
    zone = view.policy.zone
    at, since, over = (_moment(body, name) for name in ("at", "since", "over"))
    return _(
        LINES[body["what"]],
        system=view.system(step.system),
        did=did,
        why=body.get("why") or step.error,
        at=soon(at, view.now, zone) if at else "",
        seen=clock(datetime.fromisoformat(body["seen"]), zone) if "seen" in body else "",
        keeper=view.name(view.keeper(step.system)),
        name=view.name(body.get("by")),
        lasted=lasted((over or view.now) - since) if since else "",
    )


def _moment(body: Mapping[str, Any], name: str) -> datetime | None:
    return datetime.fromisoformat(body[name]) if name in body else None


def soon(moment: datetime, now: datetime, zone: str) -> str:
    """14:05, with the seconds where it is a matter of seconds, and the day where it is not today."""
    local, today = moment.astimezone(ZoneInfo(zone)), now.astimezone(ZoneInfo(zone))
    if moment - now < timedelta(minutes=2):
        return f"{local:%H:%M:%S}"
    return f"{local:%H:%M}" if local.date() == today.date() else f"{local:%a %d %b, %H:%M}"


def waits(step: Step, view: View) -> str:
    """Where a step stands that could not be done yet: when it is tried again, why, and its age."""
    at = soon(step.due, view.now, view.policy.zone) if step.due and step.due > view.now else ""
    said = _("will be tried again at {at}: {why}", at=at, why=step.error)
    if not at:
        said = _("is tried again now: {why}", why=step.error)
    age = open_for(step, view.now)
    return f"{said} {age}" if age else said


def open_for(step: Step, now: datetime) -> str:
    """How long we have been at it, once that is long: "Open for 3 days."."""
    if step.ended or step.first_tried_at is None or now - step.first_tried_at < LONG:
        return ""
    return _("Open for {time}.", time=lasted(now - step.first_tried_at))


def _down(name: str, body: Mapping[str, Any], zone: str) -> Card:
    """What the engineering contact hears once for an outage."""
    since = day_and_time(datetime.fromisoformat(body["since"]), zone)
    head = _("{system} does not answer", system=name)
    text = _(
        "{system} has not answered since {at}. It said: {said} I ask again every minute at first, then every five, and "
        "go on by myself as soon as it answers. Nothing is lost; nothing is asked of people meanwhile.",
        system=name,
        at=since,
        said=body["said"],
    )
    steps = counted(body.get("steps", 1), "1 step", "{n} steps")
    asked = counted(body.get("requests", 1), "1 request", "{n} requests")
    waits = _("What waits for it: {steps} of {requests}.", steps=steps, requests=asked)
    if body.get("urgent"):
        waits = _("{waits} Some of them are urgent: access that must end at once.", waits=waits)
    return Card(f"{head}. {text}", (Heading(head), Text(text), Text(waits)))


def _no_room(body: Mapping[str, Any]) -> Card:
    """What admins hear once: whom the request is about reads the channel, and Teams opens no group chat for it."""
    head = _("Usher could make no group chat in Teams")
    text = _(
        "The person whom {id} is about reads the channel, so Usher wanted a group chat without them. "
        "It could make none: {why}.",
        id=body["id"],
        why=clipped(one_line(str(body["said"])), 500, escape=False).rstrip("."),
    )
    rest = _(
        "Nothing is lost: the thread stands in the chat of whoever asked for it, and everybody else is asked as usual. "
        "I say this once, until a group chat could be made again. app.py check says which permission is missing.",
    )
    return Card(f"{head}. {text}", (Heading(head), Text(text), Text(rest)))


def system(name: str, body: Mapping[str, Any], zone: str = "UTC") -> Card:
    """What is told once about a system as a whole: it is down, it refuses our credentials, it is back."""
    if body["what"] == "down":
        return _down(name, body, zone)
    if body["what"] == "no room":
        return _no_room(body)
    if body["what"] == "up":
        text = _("{system} answers again. What waited for it goes on now.", system=name)
        return Card(text, (Text(text),))
    if body["what"] == "accepted":
        text = _("{system} lets Usher in again. What waited for it goes on now.", system=name)
        return Card(text, (Text(text),))
    if body["what"] == "hangs":
        text = _(
            "{system} has not answered a step of {id} for more than ten minutes. Everything else goes on. "
            "If it stays so, look at {system} and at the machine on which Usher runs.",
            system=name,
            id=body["id"],
        )
        return Card(text, (Text(text),))
    text = _(
        "{system}: {why} Nothing is read or changed there until this is put right. "
        "I ask again every five minutes, and go on by myself as soon as it works.",
        system=name,
        why=body["said"],
    )
    head = _("Usher is locked out of {system}", system=name)
    return Card(f"{head}. {text}", (Heading(head), Text(text)))
