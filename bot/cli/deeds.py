"""What everybody at the practice company does when Usher asks them, until a request is over, and how that is judged."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from bot.cli.player import Button, Message, Player, StuckError, until
from bot.cli.scene import CONSOLE, MORNING, PATIENCE, Scene

_EVIDENCE = {
    "Collect the laptop": "Laptop LW-0417 and badge 2231 are in the cupboard of IT; the badge is off.",
    "Change the shared": "New entry in the safe, dated today.",
    "Find out whose": "Made for a migration in 2024. The platform team took it over; it was not theirs to use.",
    "Name a new": "Written into policy.yaml a moment ago; Usher has taken it over.",
}
_BY_EYE = "Looked in the administration page: nothing of theirs is left there."
_HELPERS = ("marco", "ines", "tomasz", "sara", "ben", "yuki", "hanna")
_AGAIN = 10.0  # seconds after which what was pressed is pressed once more, if it still stands there
_ASKED = 60.0  # a menu stays while whoever was named has not answered
_WHOLE = 150.0


@dataclass(slots=True)
class _Hands:
    """What was pressed already, and when."""

    pressed: dict[tuple[str, str, str], float] = field(default_factory=dict)

    def free(self, handle: str, button: Button) -> bool:
        """Whether this is to be pressed now; says so once."""
        key = (handle, button.kind, button.about)
        again = _ASKED if button.kind == "successor" else _AGAIN
        if time.monotonic() < self.pressed.get(key, -again) + again:
            return False
        self.pressed[key] = time.monotonic()
        return True


def finish(scene: Scene, *requests: str, helpers: tuple[str, ...] = _HELPERS) -> None:
    """Everybody does their part until all of these are over. Raises StuckError."""
    over, hands = time.monotonic() + _WHOLE, _Hands()
    while time.monotonic() < over:
        if all("Finished" in scene.root(one).title for one in requests):
            return
        for handle in helpers:
            _answer(scene, handle, requests, hands)
        time.sleep(0.2)
    raise StuckError(f"{', '.join(requests)} did not finish in {_WHOLE:.0f} seconds")


def _answer(scene: Scene, handle: str, requests: tuple[str, ...], hands: _Hands) -> None:
    """Press once whatever waits for this person in these requests."""
    player, channel = scene.player(handle), scene.direct(handle)
    for message in scene.letters(handle):
        if MORNING in str(message) or not any(request in str(message) for request in requests):
            continue
        for button in message.buttons:
            if button.kind not in {"done", *_SAID} or not hands.free(handle, button):
                continue
            if button.kind == "done":
                _attest(scene, handle, message, button)
            elif player.press(channel, message, button, _successor(button)):
                scene.did(handle, _SAID[button.kind])
            break  # the message changes now


def _successor(button: Button) -> str:
    """Ben, where somebody is to be chosen and he may be; else the first."""
    every = button.options
    return next((one.value for one in every if "Ben Okafor" in one.label), every[0].value if every else "")


_SAID = {
    "successor": "names somebody to take it over",
    "accept": "accepts to take it over",
    "machine_end": "decides that nothing uses the key any more",
}


def _attest(scene: Scene, handle: str, message: Message, button: Button) -> None:
    """Do it by hand, and say how one can see it."""
    player, channel = scene.player(handle), scene.direct(handle)
    if not player.press(channel, message, button):
        return
    player.form()
    named = f"{message.title} {button.hint}"
    words = next((said for task, said in _EVIDENCE.items() if task in named), _BY_EYE)
    player.submit(evidence=words)
    until("the task to be closed", lambda: _closed(player, channel, message, button), PATIENCE)
    scene.did(handle, f"presses Done: “{words}”")


def _closed(player: Player, channel: str, message: Message, pressed: Button) -> bool:
    found = next(one for one in player.messages(channel) if one.id == message.id)
    return not any(one.kind == "done" and one.about == pressed.about for one in found.buttons)


def judge(scene: Scene, request: str) -> None:
    """A request is over, and every step was seen gone or done by a named person. Raises StuckError with what is not.

    Judged by the steps themselves, not by what was printed.
    """
    from bot.domain.lifecycle import RequestState, StepState

    view = scene.view(request)
    good = {StepState.CONFIRMED, StepState.ATTESTED, StepState.WAIVED}
    count = {state: sum(step.state is state for step in view.steps) for state in good}
    left = [f"{step.id} {step.state.value} {step.error}" for step in view.steps if step.state not in good]
    waived = f", {count[StepState.WAIVED]} left open by decision" if count[StepState.WAIVED] else ""
    CONSOLE.print(
        f"{request}: {count[StepState.CONFIRMED]} confirmed by a fresh reading, "
        f"{count[StepState.ATTESTED]} done by named people{waived}."
    )
    if left or not view.steps or view.request.state is not RequestState.CLOSED:
        raise StuckError(f"{request} is {view.request.state.value}. Not finished: {'; '.join(left)}")


def gone(scene: Scene, handle: str) -> None:
    """Nothing that somebody had works any more: read from the company itself. Raises StuckError with what does."""
    left = {system: sorted(items) for system, items in scene.has(handle).items() if items}
    if left:
        raise StuckError(f"{handle} still has {left}")
    scene.seen(f"Read again in the systems themselves: nothing of {scene.name(handle)} works any more.")
