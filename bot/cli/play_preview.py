"""The play of the preview: everything is read and shown, and nothing is touched, in no system and in no chat."""

from __future__ import annotations

import subprocess
import sys

from bot.cli.player import Message, StuckError
from bot.cli.practice import ROOT
from bot.cli.scene import CONSOLE, Scene, check
from bot.practice.company.people import humans

_NAME = "Alice Martin"


def play(scene: Scene) -> None:
    """Hanna looks what would happen if Alice left; so does an admin at the terminal."""
    before, written, said = scene.has("alice"), _writes(scene), _said(scene)
    scene.did("hanna", "/usher preview @alice")
    scene.player("hanna").ask(scene.room(), "/usher preview @alice")
    scene.show(scene.answered("hanna", f"Preview: {_NAME} leaves"), 60)
    scene.tell(f"The same at a terminal: app.py plan “{_NAME}” --why")
    for line in _plan(scene).splitlines()[:10]:
        CONSOLE.print(f"    {line}", markup=False, style="dim")
    check("no system was asked to change anything", holds=_writes(scene) == written)
    check("Alice has everything as before", holds=scene.has("alice") == before and all(before.values()))
    check("nobody was told or asked, and there is no request", holds=_said(scene) == said)
    scene.seen(f"Counted in the systems themselves: {sum(written.values())} changes before, and as many after.")
    scene.seen("Alice has everything as before. Nobody was told or asked, and there is no request.")


def _writes(scene: Scene) -> dict[str, int]:
    """How many changes each system was asked for since it began."""
    company = scene.demo.practice.company
    return {key: len(company.log(key)) for key in company.systems}


def _said(scene: Scene) -> dict[str, int]:
    """How many messages about her people have, and how many the channel has for everybody; not the answer itself."""
    heard = {one.handle: [m for m in scene.letters(one.handle) if _is_news(m)] for one in humans()}
    room = [m for m in scene.player("hanna").messages(scene.room()) if _NAME in str(m) and not m.private]
    return {handle: len(some) for handle, some in heard.items()} | {"offboarding": len(room)}


def _is_news(message: Message) -> bool:
    return _NAME in str(message) and "preview" not in str(message).lower() and not message.by


def _plan(scene: Scene) -> str:
    command = [sys.executable, str(ROOT / "app.py"), "plan", _NAME, "--why"]
    done = subprocess.run(  # noqa: S603 - our own
        command, env=scene.demo.environment, capture_output=True, text=True, timeout=60, check=False
    )
    if done.returncode or f"Preview: {_NAME} leaves" not in done.stdout:
        raise StuckError(f"app.py plan said: {done.stdout}{done.stderr}")
    return done.stdout
