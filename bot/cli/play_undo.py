"""The play of stop and undo: the wrong person is unlocked, everything comes back, and Usher holds still meanwhile."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from bot.cli.player import until
from bot.cli.scene import PATIENCE, Scene, check

_DECIDE = ("ines", "yuki")


def play(scene: Scene) -> None:
    """Hanna meant Alice Martin and took Alice Marten; later the same Alice goes on leave."""
    before, letters = scene.has("alicem"), scene.letters("alicem")
    request = _wrong(scene, before)
    restore = _asks_back_while_paused(scene, request)
    _goes_on(scene, restore)
    check("she has everything as before", holds=scene.has("alicem") == before)
    scene.seen("Read again in the systems themselves: Alice Marten has everything as before.")
    _leave(scene, before)
    check("nobody told her", holds=scene.letters("alicem") == letters)


def _wrong(scene: Scene, before: dict[str, frozenset[str]]) -> str:
    works = scene.signs_in("alicem")
    check("she works here", holds=bool(works) and all(before.values()))
    scene.tell("Two people are called nearly the same. Hanna means Alice Martin, and takes Alice Marten.")
    request = scene.offboard("alicem")
    scene.approve(*_DECIDE, about=request)
    until("her accounts to be locked", lambda: not scene.signs_in("alicem"), PATIENCE)
    scene.seen("Alice Marten can sign in nowhere. It is a mistake.")
    scene.press_in_thread("hanna", request, "wrong_person")
    scene.did("hanna", "presses “This is the wrong person”")
    back = scene.begun("RST-", "alicem")
    scene.approve("ines", about=back)
    until("her accounts to work", lambda: scene.signs_in("alicem") == works, PATIENCE)
    scene.says(back, "Finished")
    scene.seen("One yes was enough: she can sign in everywhere again.")
    return request


def _asks_back_while_paused(scene: Scene, request: str) -> str:
    """What else was taken: asked for while nothing may change."""
    scene.tell("Sara wants to know what happened before anything else is changed.")
    scene.player("sara").command(scene.room(), "/usher pause")
    scene.did("sara", "/usher pause")
    scene.submit("sara", why="Finding out how the wrong person was taken.")
    scene.did("hanna", f"/usher undo {request}")
    form = scene.player("hanna").command(scene.room(), f"/usher undo {request}")
    scene.show(form)
    scene.submit("hanna", reason="It was the wrong person.")
    restore = scene.begun("RST-", "alicem")
    scene.approve(*_DECIDE, about=restore)
    scene.says(restore, "paused Usher")
    check("nothing is given while Usher is paused", holds="Finished" not in scene.root(restore).title)
    scene.seen("It is approved, and waits: Usher is paused.")
    return restore


def _goes_on(scene: Scene, restore: str) -> None:
    scene.player("sara").ask(scene.room(), "/usher go-on")
    scene.did("sara", "/usher go-on")
    scene.press("hanna", "second_yes", "Usher goes on")
    scene.did("hanna", "agrees: it takes two")
    scene.show(scene.says(restore, "Finished"), 3)


def _leave(scene: Scene, before: dict[str, frozenset[str]]) -> None:
    works = scene.signs_in("alicem")
    day = f"{datetime.now(UTC) + timedelta(days=60):%Y-%m-%d}"
    scene.tell("Some weeks later Alice Marten goes on parental leave.")
    scene.did("hanna", f"/pause-access @alicem until {day}")
    scene.player("hanna").command(scene.room(), f"/pause-access @alicem until {day}")
    scene.submit("hanna", reason="Parental leave.")
    leave = scene.begun("PSE-", "alicem")
    scene.approve(*_DECIDE, about=leave)
    scene.show(scene.says(leave, "On leave"), 3)
    kept = {system: {item for item in items if item.startswith("group ")} for system, items in before.items()}
    has = scene.has("alicem")
    check("she is locked out", holds=not scene.signs_in("alicem"))
    check("her groups are kept", holds=all(items <= has.get(system, frozenset()) for system, items in kept.items()))
    scene.seen("Locked everywhere; her groups are all there.")
    scene.press_in_thread("hanna", leave, "leave_end")
    scene.did("hanna", "presses “End the leave now”: she is back early")
    scene.says(leave, "Finished")
    check("she can sign in", holds=scene.signs_in("alicem") == works)
    check("she has everything as before", holds=scene.has("alicem") == before)
    scene.seen("Read again in the systems themselves: unlocked, and everything is as before.")
