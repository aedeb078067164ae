"""The play of who is told: each once, nobody why, nobody at night, and the leaver nothing at all."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from bot.cli.deeds import finish, judge
from bot.cli.player import Message
from bot.cli.scene import Scene, check

_TELL = """
tell:
  started: [manager, owners, payroll]
  finished: [manager]
  payroll: [P-009]          # Yuki Tanaka
quiet: {{begins: "{begins}", ends: "{ends}"}}
"""
_WHY = "The project was given to another company."
_BEGINS = "the access of Priya Shah ends now"
_OVER = "the access of Priya Shah has ended everywhere"


def play(scene: Scene) -> None:
    """Priya leaves. Sara decides; manager and owners are told; where Yuki is, it is night."""
    before = scene.letters("priya")
    scene.policy(_night_in_tokyo(), instead=("ask: [manager, owners]\n    quorum: 2", "ask: [security]\n    quorum: 1"))
    hanna = scene.player("hanna")
    form = hanna.command(scene.room(), "/offboard @priya")
    said = next(line for line in form.lines if "Told when it begins" in line)
    scene.did("hanna", "/offboard @priya, and reads in the form, before she sends it:")
    scene.show(Message(lines=(said,)))
    request = scene.offboard("priya", reason=_WHY)
    scene.approve("sara", about=request)
    for handle in ("marco", "ines", "tomasz"):
        scene.show(scene.hears(handle, _BEGINS), 1)
        scene.did(handle, "reads this, and need not do anything for it")
    finish(scene, request)
    scene.show(scene.hears("marco", _OVER), 1)
    scene.did("marco", "reads that it is over")
    _once(scene)
    _never(scene)
    check("Priya reads nothing", holds=scene.letters("priya") == before)
    scene.seen("Nobody was told why, and Priya was told nothing.")
    judge(scene, request)


def _once(scene: Scene) -> None:
    for words, told in ((_BEGINS, {"marco", "ines", "tomasz"}), (_OVER, {"marco"})):
        count = {handle: len(_about(scene, handle, words)) for handle in ("marco", "ines", "tomasz", "yuki")}
        check(f"once each: {count}", holds=count == {handle: int(handle in told) for handle in count})
    scene.seen("Each of them was told once that it begins, and Marco once that it is over.")
    scene.seen("Yuki, who pays the salaries, was not woken: it is night in Tokyo. She reads it in the morning.")


def _never(scene: Scene) -> None:
    for handle in ("marco", "ines", "tomasz", "sara", "yuki"):
        check(f"{handle} does not read why", holds=_WHY not in str(scene.letters(handle)))
    room = [scene.player("tomasz").messages(scene.room()), scene.player("ines").messages(scene.room())]
    check("the channel does not say why", holds=_WHY not in str(room))


def _about(scene: Scene, handle: str, words: str) -> list[Message]:
    return [one for one in scene.letters(handle) if words in str(one)]


def _night_in_tokyo() -> str:
    """Quiet hours around what the clock shows in Tokyo now; in Europe it shows something else."""
    now = datetime.now(UTC).astimezone(ZoneInfo("Asia/Tokyo"))
    hour = timedelta(hours=1)
    return _TELL.format(begins=f"{now - hour:%H:%M}", ends=f"{now + hour:%H:%M}")
