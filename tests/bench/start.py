"""From the start of `app.py serve` to its open line, and how much memory it takes with all four connectors.

What a start costs is loading: it is held against a process that loads the same libraries and does nothing else.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from tests.bench.lines import Line, median_of
from tests.bench.site import Site, end, site, until

TIMES = 3
MOST_TIMES, MOST_MB = 1.5, 200.0
# What a served Usher cannot do without, in words Python understands.
LIBRARIES = """
import gc; gc.disable()
import apscheduler.schedulers.background, dbos, pydantic, slack_bolt, slack_sdk.socket_mode, sqlalchemy
import starlette.applications, structlog, uvicorn, yaml
"""


def measure() -> Iterator[Line]:
    """Medians of three starts; the processor's seconds tell what a busy machine adds."""
    with tempfile.TemporaryDirectory(prefix="usher-bench-") as name, site(Path(name)) as here:
        found = [_start(here) for _ in range(TIMES + 1)][1:]  # the first one compiles, and creates the tables of DBOS
    connected, worked, memory = (statistics.median(values) for values in zip(*found, strict=True))
    yield Line("serve: start to connected", connected, "s", peer=median_of(_load), ratio=MOST_TIMES)
    yield Line("  processor time until connected", worked, "s")
    yield Line("serve: memory, four connectors", memory, "MB", limit=MOST_MB)


def _load() -> float:
    """Seconds of loading the libraries alone."""
    began = time.monotonic()
    subprocess.run([sys.executable, "-c", LIBRARIES], check=True)
    return time.monotonic() - began


def _start(here: Site) -> tuple[float, float, float]:
    began = time.monotonic()
    process = here.start(["app.py", "serve"], here.environment(0, http=False))
    served = here.practice.served
    until(lambda: served.space.connected or _ended(here, process))
    connected = time.monotonic() - began
    worked = _processor(process)
    time.sleep(3)  # the connectors are loaded behind the line
    memory = _memory(process)
    end(process)
    until(lambda: not served.space.connected)
    return connected, worked, memory


def _ended(here: Site, process: subprocess.Popen[bytes]) -> bool:
    if process.poll() is not None:
        raise RuntimeError(f"serve ended: {here.said()}")
    return False


def _processor(process: subprocess.Popen[bytes]) -> float:
    """Seconds of processor this process used so far (proc(5): utime and stime in hundredths)."""
    fields = Path(f"/proc/{process.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / 100


def _memory(process: subprocess.Popen[bytes]) -> float:
    """Resident megabytes (proc(5): VmRSS in kB)."""
    lines = Path(f"/proc/{process.pid}/status").read_text(encoding="ascii").splitlines()
    return int(next(line.split()[1] for line in lines if line.startswith("VmRSS"))) / 1024
