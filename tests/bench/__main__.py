"""`python -m tests.bench [name …]`: every benchmark, or those named; exit code 1 when a promise was not kept."""

from __future__ import annotations

import os
import sys
from importlib import import_module

from tests.bench.lines import heading, machine

NAMES = (
    "clicks",
    "teams",
    "reading",
    "github-500",
    "aws-20",
    "removing",
    "start",
    "page",
    "steps",
    "one-winner",
    "one-leaver-12-systems",
    "plan-15",
    "contained",
    "catch-up",
    "idle-and-cold",
    "due-under-load",
    "crash-torture",
    "layoff-day",
    "batch",
    "digest-2000",
)


def main(chosen: list[str]) -> int:
    """Run them one after the other; they would disturb each other."""
    unknown = set(chosen) - set(NAMES)
    if unknown:
        print(f"There is no {', '.join(sorted(unknown))}. There are: {', '.join(NAMES)}.")
        return 2
    print(machine())
    print(heading())
    kept = True
    for name in chosen or NAMES:
        for line in import_module(f"tests.bench.{name.replace('-', '_')}").measure():
            print(line, flush=True)
            kept = kept and line.passed
    print(f"# load at the end {os.getloadavg()[0]:.2f}")
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
