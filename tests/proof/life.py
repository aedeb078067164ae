"""One life of the company: its chance, its trouble, and the process that lives now."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import timedelta

from tests.proof.ports import Points, Watched
from tests.proof.tape import Tape
from tests.proof.weather import Trouble
from tests.proof.world import World


@dataclass
class Life:
    """One seed: its chance, its trouble, and the world as the living process knows it."""

    db: Watched
    chance: random.Random
    trouble: Trouble
    tape: Tape = field(default_factory=Tape)
    slow: timedelta = timedelta(0)
    sent: int = 0

    def begin(self) -> World:
        """A process starts: after a death the dispatcher delivers again, or remembers nothing."""
        points = Points(self.trouble.point)
        world = World(self.db.url, self.tape, points=points, weather=self.trouble.call, chance=self.chance, db=self.db)
        world.queue.twice = 0.0 if self.trouble.over else 0.05
        for vendor in world.vendors.values():
            vendor.slow = self.slow
        if self.chance.random() < 0.5:
            world.adopt()
        return world
