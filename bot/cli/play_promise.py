"""The play of the promise: when everything happened, and whether it was in time. Once it was, once it was not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from bot.cli.deeds import finish, gone, judge
from bot.cli.player import until
from bot.cli.scene import PATIENCE, Scene

_RUNBOOK = "runbooks/leaver.yaml"
_SHORT = ("promise_hours: 1", "promise: 5 seconds")


def play(scene: Scene) -> None:
    """Omar is out within the hour that is promised; for Alice Marten seconds are promised, and the wiki is away."""
    scene.tell("The runbook promises: one hour after the chosen moment nobody can sign in any more.")
    kept = scene.offboard("omar")
    scene.approve("tomasz", "yuki", about=kept)
    finish(scene, kept)
    _moments(scene, kept, "nobody can sign in any more within 1 hour. Kept.")
    judge(scene, kept)
    gone(scene, "omar")
    scene.tell("Now the company promises five seconds, and its wiki is away for a while.")
    scene.policy(instead=_SHORT, name=_RUNBOOK)
    scene.demo.practice.company.fault("atlas", "PATCH|PUT", status=503, times=0)
    late = scene.offboard("alicem")
    scene.approve("ines", "yuki", about=late)
    until("the promise to be broken", lambda: _broken(scene, late), PATIENCE)
    scene.seen("More than five seconds have passed, and the wiki still lets her in.")
    scene.demo.practice.company.mend("atlas")
    finish(scene, late)
    _moments(scene, late, "nobody can sign in any more within 5 seconds. Late by")
    scene.says(late, "What was late")
    judge(scene, late)
    gone(scene, "alicem")


def _broken(scene: Scene, request: str) -> bool:
    """Whether it is too late already, by the clock, while the wiki is away."""
    begun = scene.view(request).request.decided_at
    return (
        begun is not None and datetime.now(UTC) > begun + timedelta(seconds=6) and "atlas" in scene.signs_in("alicem")
    )


def _moments(scene: Scene, request: str, words: str) -> None:
    """What the thread says at its end."""
    scene.show(scene.says(request, "System by system"))
    scene.says(request, words)
