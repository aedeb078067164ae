"""Processes of the benchmarks, and what they print: words in pairs of a name and a value."""

from __future__ import annotations

import subprocess
import sys

from bot.cli.practice import ROOT


def begin(module: str, *arguments: str) -> subprocess.Popen[str]:
    """Start a module of this folder in a process of its own."""
    command = [sys.executable, "-m", f"tests.bench.{module}", *arguments]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)


def hear(process: subprocess.Popen[str]) -> dict[str, float]:
    """The next line it prints. Raises RuntimeError when it ended without one."""
    assert process.stdout is not None
    words = process.stdout.readline().split()
    if not words:
        message = f"{process.args!r} ended with {process.wait()}"
        raise RuntimeError(message)
    return {name: float(value) for name, value in zip(words[::2], words[1::2], strict=True)}


def run(module: str, *arguments: str) -> dict[str, float]:
    """Let it run to its end; everything it printed."""
    with begin(module, *arguments) as process:
        assert process.stdout is not None
        lines = process.stdout.read().split()
    if process.returncode:
        message = f"{module} ended with {process.returncode}"
        raise RuntimeError(message)
    return {name: float(value) for name, value in zip(lines[::2], lines[1::2], strict=True)}
