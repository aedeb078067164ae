"""Hours of trouble: `python -m tests.proof.soak [LIVES] [FIRST]`, as `make soak` does.

A real death at every point of the twelve steps on both databases, then so many lives by seed, on every core.
"""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

TOP = Path(__file__).parents[2]
LIVES = 100_000
SHARE = 500  # lives of one process: it begins with clean memory
ENOUGH = 20  # failing shares, after which nobody learns more


def run(*command: str) -> int:
    """One program of ours, its words on the terminal as they come; its exit status."""
    env = {**os.environ, "PYTHONHASHSEED": "0"}
    return subprocess.run([sys.executable, "-m", *command], cwd=TOP, env=env, check=False).returncode


def lives(first: int, count: int) -> int:
    """So many lives from this seed on, shared among the cores; how many shares went wrong."""
    shares = [(start, min(SHARE, first + count - start)) for start in range(first, first + count, SHARE)]
    failed = 0
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for status in pool.map(lambda share: run("tests.proof.simulation", *map(str, share)), shares):
            failed += bool(status)
            if failed >= ENOUGH:
                pool.shutdown(cancel_futures=True)
                break
    return failed


def main(arguments: list[str]) -> int:
    """Everything; the exit status says whether something was wrong."""
    count, first = (*map(int, arguments), *(LIVES, 0)[len(arguments) :])
    wrong = sum(bool(run("tests.proof.crashes", kind)) for kind in ("sqlite", "postgresql"))
    wrong += lives(first, count)
    print("soak: all is well" if not wrong else f"soak: {wrong} parts went wrong, see above")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
