"""The only error a person is shown."""

from __future__ import annotations


class Refused(Exception):
    """A person asked for what they may not, or what makes no sense. `reason` and `hint` are shown as they are.

    `field` names the form field the reason belongs to, where there is one.
    """

    def __init__(self, reason: str, *, hint: str = "", field: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.hint = hint
        self.field = field

    @property
    def words(self) -> str:
        """Reason and way out in one text."""
        return f"{self.reason} {self.hint}".strip()


class IllegalMove(Exception):
    """A change of state that the lifecycle does not know: our bug, never a person's mistake."""
