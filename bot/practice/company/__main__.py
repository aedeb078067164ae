"""The practice company by itself: `python -m bot.practice.company --folder F` until Ctrl-C or SIGTERM."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from bot.practice.company import hosting, people
from bot.practice.company.start import SYSTEMS, Status, start_company


def say(line: str) -> None:
    """One line to the terminal."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def told(status: Status) -> None:
    """Say how a system is."""
    say(f"# {status.name}: {status.state} {status.note or f'after {status.seconds} s'}")


def main() -> int:
    """Start, print the settings of the connectors, wait, stop. Returns 1 when a system failed."""
    parser = argparse.ArgumentParser(description="The practice company, on the loopback address.")
    parser.add_argument("--folder", type=Path, required=True, help="for its files and logs")
    parser.add_argument("--only", nargs="*", default=SYSTEMS, choices=SYSTEMS, help="these systems, not all")
    parser.add_argument("--latency", type=float, default=0.0, help="seconds every HTTP call takes longer")
    asked = parser.parse_args()
    people.write_files(asked.folder)
    company = start_company(asked.folder / "systems", only=asked.only, latency=asked.latency, on_change=told)
    try:
        for name, value in company.environment().items():
            say(f"export {name}='{value}'")
        hosting.wait_for_end(attached=False)
    finally:
        company.stop()
    return int(any(status.state == "failed" for status in company.status()))


if __name__ == "__main__":
    raise SystemExit(main())
