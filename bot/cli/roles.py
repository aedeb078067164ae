"""What one process of Usher does."""

from __future__ import annotations

from enum import StrEnum


class Role(StrEnum):
    """Everything, or one half of it."""

    ALL = "all"
    WEB = "web"
    WORKER = "worker"

    @property
    def talks(self) -> bool:
        """Whether it hears people and shows pages."""
        return self is not Role.WORKER

    @property
    def works(self) -> bool:
        """Whether it runs steps, looks for what is due and sends what is to be said."""
        return self is not Role.WEB
