"""The play of two speeds: locked at once by two people, and a question to the owner before what may still be in use."""

from __future__ import annotations

from bot.cli.deeds import finish, gone, judge
from bot.cli.player import until
from bot.cli.scene import PATIENCE, Scene, check

_RULES = """
lock_now: {ask: [security, it]}
rules:
  - rule: Teams that work
    when: {systems: [github], kinds: [team]}
    then: ask
"""


def play(scene: Scene) -> None:
    """Hanna locks Ben with Sara before the approval; then it is approved, and Ines is asked about Ben's teams."""
    scene.policy(_RULES)
    scene.tell("Ben Okafor must leave, and not by his choice. Waiting for an approval would be too long.")
    request = scene.offboard("ben", exit="involuntary", said="/offboard @ben, not by his choice")
    scene.press("hanna", "lock_now")
    scene.did("hanna", "presses “Lock now”")
    scene.press("sara", "second_yes", "Ben Okafor")
    scene.did("sara", "agrees")
    locked = scene.begun("LCK-", "ben")
    until("everything to be locked", lambda: "Finished" in scene.root(locked).title, PATIENCE)
    works = scene.signs_in("ben") & {"aws", "atlas", "ordersdb"}
    check(f"Ben is locked, and {works} are not", holds=not works)
    scene.seen("Nobody has approved yet, and Ben can sign in to AWS, the wiki and the database no more.")
    scene.approve("marco", "ines", about=request)
    scene.tell("What is dangerous has ended. Ben's team may still be at work, so the owner of GitHub is asked.")
    scene.show(scene.hears("ines", "Remove now"))
    scene.press("ines", "hold_remove")
    scene.did("ines", "presses “Remove now”")
    finish(scene, request)
    judge(scene, request)
    gone(scene, "ben")
