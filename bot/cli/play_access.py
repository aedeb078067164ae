"""The play of access for a while: asked for, given, and over by itself."""

from __future__ import annotations

from bot.cli.deeds import judge
from bot.cli.player import until
from bot.cli.scene import PATIENCE, Scene

_BORROWED = "10 seconds"


def play(scene: Scene) -> None:
    """Ben borrows production data for a few seconds; Ines approves; nobody does anything to end it."""
    scene.policy(instead=("usual: 2 hours", f"usual: {_BORROWED}"))
    ben, room = scene.player("ben"), scene.room("access", "ben")
    scene.did("ben", "/access")
    ben.command(room, "/access")
    scene.submit("ben", what="prod_reading", reason="Find out why an order was paid twice.")
    request = scene.begun("ACC-", "ben", channel="access")
    scene.approve("ines", about=request)
    until("the end to be seen", lambda: "Over: seen gone" in scene.root(request).title, PATIENCE)
    scene.says(request, "Taken back")
    scene.print_thread(request)
    judge(scene, request)
