"""What one delivery, or one person who looks, knows of the requests it tells about."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from bot.chat.desk import Desk
from bot.domain.request import Step
from bot.engine.view import View, view
from bot.store.outbox import Notice


@dataclass
class Views:
    """What one delivery knows of the requests it tells about: a stream tells one moment."""

    desk: Desk
    seen: dict[str, View] = field(default_factory=dict)
    readers: frozenset[str] = frozenset()  # of the channel a message goes to, where that matters

    def of(self, notice: Notice, request: str, now: datetime) -> tuple[View, Step | None]:
        """The request and the step, read again when the step is younger than what was read before."""
        if request not in self.seen or (notice.step and self._step(notice, request) is None):
            self.seen[request] = view(self.desk.engine, request, now)
        return self.seen[request], self._step(notice, request)

    def forget(self, request: str) -> None:
        """Something of it changed just now."""
        self.seen.pop(request, None)

    def _step(self, notice: Notice, request: str) -> Step | None:
        known = (*self.seen[request].steps, *self.seen[request].reads) if request in self.seen else ()
        return next((one for one in known if one.id == notice.step), None)
