"""A pytest plugin: the last lines of a run say what was left out and why; on CI leaving anything out fails the run.

They say as well which test failed at its first try, and how: a hole that opens one time in twenty is a hole.
"""

from __future__ import annotations

import os
from collections import Counter
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from _pytest.terminal import TerminalReporter

SECOND_TRIES = 3  # of a whole run; more are no accidents of a busy machine


def left_out(reporter: TerminalReporter) -> Counter[str]:
    """How many tests were skipped, expected to fail or deselected, by reason."""
    reasons = Counter(_reason(report) for report in reporter.stats.get("skipped", []))
    reasons.update(f"known to fail: {report.wasxfail}" for report in reporter.stats.get("xfailed", []))
    reasons.update("not selected on the command line" for _ in reporter.stats.get("deselected", []))
    return reasons


def _reason(report: pytest.TestReport | pytest.CollectReport) -> str:
    where = report.longrepr
    return str(where[2] if isinstance(where, tuple) else where).removeprefix("Skipped: ")


def strict() -> bool:
    """Whether this run may leave nothing out."""
    return os.environ.get("CI", "").lower() in {"1", "true"}


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Turn a run that left something out, or needed many second tries, into a failed one, on CI."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter is None or not strict() or session.exitstatus != pytest.ExitCode.OK:
        return
    if left_out(reporter) or len(reporter.stats.get("rerun", [])) > SECOND_TRIES:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.hookimpl(trylast=True)
def pytest_terminal_summary(terminalreporter: TerminalReporter) -> None:
    """Say what was left out, most frequent reason first, and what failed before it passed."""
    reasons = left_out(terminalreporter)
    terminalreporter.section("left out")
    if not reasons:
        terminalreporter.line("Nothing.")
    for reason, count in reasons.most_common():
        terminalreporter.line(f"{count:5} × {reason}")
    if reasons and strict():
        terminalreporter.line("CI=true: leaving anything out is a failure.", red=True)
    again = terminalreporter.stats.get("rerun", [])
    for report in again:
        terminalreporter.section(f"failed at its first try: {report.nodeid}", sep="_", red=True)
        terminalreporter.line(report.longreprtext)
