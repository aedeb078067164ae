"""The play of what begins an offboarding: a system asks, a person answers; a list of three; and the brake."""

from __future__ import annotations

import subprocess
import sys
from datetime import date, timedelta

from bot.cli.deeds import finish, gone, judge
from bot.cli.player import StuckError, until
from bot.cli.practice import ROOT
from bot.cli.scene import BRAKE, CONSOLE, PATIENCE, Scene, check
from bot.practice.company.people import FILES, end_a_contract, person

_THREE = ("omar", "alicem", "ben")
_DAY = timedelta(days=5)


def play(scene: Scene) -> None:
    """The roster says that Priya's contract ends; three people leave at once; the next is one too many."""
    _half_a_roster(scene)
    _a_contract_ends(scene)
    _three_at_once(scene)
    _too_many(scene)


def _half_a_roster(scene: Scene) -> None:
    """A file that broke off: nobody has left because of that."""
    scene.tell("Every night the HR system writes the roster. Tonight it broke off after four people.")
    rows = (scene.files / "roster.csv").read_text(encoding="utf-8").splitlines()
    said, code = _import(scene, [*rows[:5], "P-014,,nobody,,,,,,,,"])
    check("half a roster is refused", holds=code != 0 and "Nothing was changed." in said)
    scene.seen("Usher says what is wrong, and takes nothing over: nobody leaves because a file is short.")


def _a_contract_ends(scene: Scene) -> None:
    """Priya, a contractor, is in the roster with a last day. Hanna says yes; nothing changes before that day."""
    before, day = scene.has("priya"), date.today() + _DAY  # noqa: DTZ011 - a day of the roster
    scene.tell("The next night it is whole, and names an earlier last day of a contractor.")
    roster = (FILES / "roster.csv").read_text(encoding="utf-8")
    _said, code = _import(scene, end_a_contract(roster, day).splitlines())
    check("a whole roster is taken over", holds=code == 0)
    asked = f"the last day of Priya Shah is {day:%A} {day.day} {day:%B %Y}. Start the offboarding?"
    scene.show(scene.hears("hanna", asked))
    scene.press("hanna", "signal_yes", asked)
    scene.did("hanna", "presses “Yes, as said”")
    request = scene.begun("OFF-", "priya")
    until("the plan", lambda: "Waiting for approval" in scene.root(request).title, PATIENCE)
    scene.show(scene.root(request), 8)
    check("Priya has everything until her last day", holds=scene.has("priya") == before and all(before.values()))
    scene.seen("It is planned for that day. Until then Priya has everything she had: read in the systems themselves.")


def _three_at_once(scene: Scene) -> None:
    """One list, one question, and the number typed by whoever says yes."""
    scene.tell("A team is closed: three people leave with one list.")
    scene.player("hanna").command(scene.room(), "/usher batch")
    emails = "\n".join(person(handle).email for handle in _THREE)
    scene.submit("hanna", list=emails, typed="3", when="now")
    scene.did("hanna", "/usher batch, with three addresses, and types 3")
    requests = [scene.begun("OFF-", handle) for handle in _THREE]
    for number, handle in enumerate(("clara", "sara")):
        if not number:
            scene.show(scene.hears(handle, "wants to offboard 3 people"), 40)
        scene.open(handle, "batch_yes", "3 people")
        scene.submit(handle, typed="3")
        scene.did(handle, "presses “Approve all”, and types 3")
    finish(scene, *requests, helpers=("marco", "ines", "tomasz", "sara", "yuki", "hanna"))
    for handle, request in zip(_THREE, requests, strict=True):
        judge(scene, request)
        gone(scene, handle)


def _too_many(scene: Scene) -> None:
    """More in an hour than the company thinks usual: nothing begins, and one person may cancel."""
    before, works = scene.has("yuki"), scene.signs_in("yuki")
    scene.tell("Four people in an hour. The company wrote that more than two are unusual. A fifth is typed, for later.")
    scene.policy(instead=(BRAKE, "\nbrake: {people: 2, percent: 1}\n"))
    hanna = scene.player("hanna")
    hanna.command(scene.room(), "/offboard @yuki")
    scene.submit("hanna", day=f"{date.today() + _DAY:%Y-%m-%d}", time="17:00")  # noqa: DTZ011 - a day in a form
    scene.did("hanna", "/offboard @yuki")
    request = scene.begun("OFF-", "yuki")
    scene.show(scene.hears("sara", "more than usual within an hour"))
    scene.press("sara", "second_no", "more than usual within an hour")
    scene.did("sara", "presses “It is a mistake: cancel all”")
    until("it to be cancelled", lambda: "Cancelled" in scene.root(request).title, PATIENCE)
    check("Yuki has everything", holds=scene.has("yuki") == before and scene.signs_in("yuki") == works)
    scene.seen("Cancelled: Yuki has everything as before.")


def _import(scene: Scene, rows: list[str]) -> tuple[str, int]:
    """The command that takes a roster over, as the night runs it."""
    file = scene.demo.folder / "export.csv"
    file.write_text("\n".join(rows) + "\n", encoding="utf-8")
    command = [sys.executable, str(ROOT / "app.py"), "import-roster", str(file), "--yes"]
    done = subprocess.run(  # noqa: S603 - our own
        command, env=scene.demo.environment, capture_output=True, text=True, timeout=60, check=False
    )
    CONSOLE.print("[bold]The night[/bold]  app.py import-roster export.csv --yes")
    for line in done.stdout.splitlines():
        CONSOLE.print(f"    {line}", markup=False, style="dim")
    if done.stderr:
        raise StuckError(f"app.py import-roster said: {done.stderr}")
    return done.stdout, done.returncode
