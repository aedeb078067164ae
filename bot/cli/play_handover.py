"""The play of what must not be left alone: a repository, a key for a program, and a seat in the company's own files."""

from __future__ import annotations

from typing import Any

import httpx

from bot.cli.deeds import finish, gone, judge
from bot.cli.player import until
from bot.cli.scene import PATIENCE, Scene, check

_SEAT = ("    connector: aws\n", "    deputy: P-004           # Alice Martin\n    connector: aws\n")
_NEW = ("deputy: P-004           # Alice Martin", "deputy: P-006           # Tomasz Nowak")


def play(scene: Scene) -> None:
    """Alice leaves. Ben takes over her repository and looks after a key; Tomasz takes her seat."""
    scene.policy(instead=_SEAT)
    request = scene.offboard("alice")
    scene.approve("marco", "ines", about=request)
    scene.tell("Only Alice administered payments-api. Until somebody takes it over, this one thing waits.")
    scene.show(scene.hears("ines", "I suggest"))
    _asks_ben(scene)
    _key(scene)
    scene.tell("Alice is also the deputy for AWS, as the company's own file says.")
    until("the seat to be told", lambda: _seat(scene), PATIENCE)
    scene.policy(instead=_NEW)
    scene.seen("policy.yaml names Tomasz Nowak now.")
    finish(scene, request)
    judge(scene, request)
    gone(scene, "alice")
    _see(scene)


def _asks_ben(scene: Scene) -> None:
    scene.press("ines", "successor", "payments-api", option="Ben Okafor", stays=True)
    scene.did("ines", "asks Ben Okafor to take over payments-api")
    scene.show(scene.hears("ben", "Will you take over"))
    scene.press("ben", "accept", "Will you take over")
    scene.did("ben", "presses Accept")


def _key(scene: Scene) -> None:
    """A program uses it: it goes on, and has somebody who looks after it."""
    scene.tell("Alice had made a key for a program that still runs. It is not cut: Ines decides.")
    scene.show(scene.hears("ines", "What becomes of"))
    scene.open("ines", "machine_give", "ci-payments")
    ben = scene.player("ines").look_up("person", "Ben")
    scene.submit("ines", person=ben)
    scene.did("ines", "presses “Somebody looks after it”, and names Ben Okafor")
    scene.show(scene.hears("ben", "Will you look after"))
    scene.press("ben", "accept", "Will you look after")
    scene.did("ben", "presses Accept")
    until("Ines to be asked no more", lambda: not scene.offered("ines", "machine_end", "ci-payments"), PATIENCE)


def _seat(scene: Scene) -> bool:
    found = [
        (who, one) for who in ("hanna", "sara", "ines", "tomasz") if (one := scene.offered(who, "done", "deputy of"))
    ]
    for who, (message, _button) in found:
        scene.did(who, "reads what is to be done in the company's files:")
        scene.show(message)
    return bool(found)


def _see(scene: Scene) -> None:
    """Asked of GitHub itself."""
    key = [one["title"] for one in _github(scene, "/repos/lumen-works/payments-api/keys")]
    check("the key still works", holds="ci-payments" in key)
    rights = _github(scene, "/repos/lumen-works/payments-api/collaborators/bokafor/permission")["permission"]
    check("Ben administers payments-api", holds=rights == "admin")
    scene.seen("Asked of GitHub: Ben administers payments-api, and the program's key still works.")


def _github(scene: Scene, path: str) -> Any:
    url, token = (scene.demo.environment[f"USHER_GITHUB_{name}"] for name in ("URL", "TOKEN"))
    answer = httpx.get(f"{url}{path}", headers={"Authorization": f"Bearer {token}"}, timeout=10)
    return answer.raise_for_status().json()
