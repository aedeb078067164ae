"""The play of the fallout desk: a system refuses, people see why, and two of them leave the step open for a while."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from bot.cli.deeds import finish, judge
from bot.cli.scene import Scene, check


def play(scene: Scene) -> None:
    """The wiki refuses to lock Alice Marten; Tomasz tells the next, then proposes to leave it open; Sara agrees."""
    scene.demo.practice.company.fault("atlas", r"PATCH|PUT", status=403, times=0, says="The plan of this wiki is over.")
    request = scene.offboard("alicem")
    scene.approve("ines", "yuki", about=request)
    scene.show(scene.press("tomasz", "escalate", request, stays=True))
    scene.did("tomasz", "sees why it is stuck, and presses Escalate")
    scene.open("tomasz", "waive", request)
    day = f"{datetime.now(UTC) + timedelta(days=30):%Y-%m-%d}"
    scene.submit("tomasz", reason="The contract of the wiki ends this month, and it with it.", day=day)
    scene.did("tomasz", "proposes to leave it open for 30 days")
    scene.press("sara", "second_yes", request)
    scene.did("sara", "agrees")
    finish(scene, request)
    scene.demo.practice.company.mend("atlas")
    judge(scene, request)
    check("the wiki is what is left", holds=scene.signs_in("alicem") == {"atlas"})
    scene.seen("Alice Marten can still sign in to the wiki, as two people agreed and the report says; nowhere else.")
