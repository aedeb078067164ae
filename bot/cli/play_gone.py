"""The play of what stays gone: somebody is let in again, past Usher, and the next look finds and ends it."""

from __future__ import annotations

import httpx

from bot.cli.deeds import finish, gone, judge
from bot.cli.player import until
from bot.cli.scene import PATIENCE, Scene, check


def play(scene: Scene) -> None:
    """Omar has left; somebody lets him into the wiki again; a look finds it, ends it, and he is out."""
    request = scene.offboard("omar")
    scene.approve("tomasz", "yuki", about=request)
    finish(scene, request)
    judge(scene, request)
    look_again(scene, request, "lean")
    _let_in_again(scene)
    check("he can sign in to the wiki again", holds="atlas" in scene.signs_in("omar"))
    scene.tell("Some days later somebody lets Omar into the Atlas wiki again, by hand, past Usher.")
    look_again(scene, request, "that can be undone")
    until("it to be ended", lambda: _ended(scene, request), PATIENCE)
    gone(scene, "omar")
    for text in ("/who-has atlas", "/usher person Omar Aziz"):
        _asks(scene, text)


def look_again(scene: Scene, request: str, expected: str) -> None:
    """The button under what is finished."""
    known = len(scene.thread(request))
    scene.press_in_thread("hanna", request, "look_now")
    scene.did("hanna", "presses “Look again now”")
    scene.show(scene.says(request, expected, since=known))


def _ended(scene: Scene, request: str) -> bool:
    return any("CHK-" in message.title and "finished" in message.title for message in scene.thread(request))


def _let_in_again(scene: Scene) -> None:
    url, token = (scene.demo.environment[f"USHER_ATLAS_{name}"] for name in ("URL", "TOKEN"))
    with httpx.Client(headers={"Authorization": f"Bearer {token}"}, timeout=10) as wiki:
        every = wiki.get(f"{url}/Users", params={"count": "100"}).json()["Resources"]
        omar = next(one for one in every if one["displayName"] == "Omar Aziz")
        change = {"op": "replace", "value": {"active": True}}
        body = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [change]}
        wiki.patch(f"{url}/Users/{omar['id']}", json=body).raise_for_status()


def _asks(scene: Scene, text: str) -> None:
    """Somebody may ask at any time; the answer is for them alone."""
    known = {message.id for message in scene.letters("sara")}
    scene.did("sara", text)
    scene.player("sara").ask(scene.direct("sara"), text)
    found = until("an answer", lambda: [m for m in scene.letters("sara") if m.id not in known and not m.by])
    check("there is an answer", holds=any(one.lines for one in found))
    for message in found:
        scene.show(message, 12)
