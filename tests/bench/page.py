"""How long somebody waits for the page of `app.py demo`, from the start of the process."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator

from bot.cli.practice import ROOT
from tests.bench.lines import Line, median_of
from tests.bench.site import answers, end, port, until

MOST_SECONDS = 5.0


def measure() -> Iterator[Line]:
    """The median of three starts, everything compiled already."""
    _page()
    yield Line("demo: start to the first page", median_of(_page), "s", limit=MOST_SECONDS)


def _page() -> float:
    number = port()
    began = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, "app.py", "demo", "--port", str(number)],
        cwd=ROOT,
        env=dict(os.environ),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        until(lambda: answers(f"http://127.0.0.1:{number}/"))
        return time.monotonic() - began
    finally:
        end(process)
