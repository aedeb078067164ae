"""The play of the morning: whoever is waited for reads it in one message, and decides where they read it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from bot.cli.deeds import finish, judge
from bot.cli.player import until
from bot.cli.scene import MORNING, PATIENCE, Scene, mornings


def play(scene: Scene) -> None:
    """Hanna offboards Ben; it becomes morning where Marco is, and he approves in the message of the morning."""
    request = scene.offboard("ben")
    until("the question", lambda: scene.offered("marco", "approve", request), PATIENCE)
    scene.tell("Nobody looks at messages all day. In the morning, one message says what waits.")
    rules = (scene.files / "policy.yaml").read_text(encoding="utf-8").splitlines()
    scene.policy(instead=(next(line for line in rules if line.startswith("digest:")), mornings(_now()).strip()))
    scene.show(scene.press("marco", "approve", MORNING, stays=True))
    scene.did("marco", "reads “Good morning” and presses Approve there")
    scene.says(request, "Marco Rossi approved")
    scene.approve("ines", about=request)
    finish(scene, request)
    judge(scene, request)


def _now() -> str:
    """An hour ago, where Marco is: a morning that was missed comes late. In a day's last minute, as the next begins."""
    local = datetime.now(UTC).astimezone(ZoneInfo("Europe/Rome"))
    ago, soon = local - timedelta(hours=1), local + timedelta(minutes=1)
    return f"{ago:%H:%M}" if ago.date() == local.date() == soon.date() else "00:00"
