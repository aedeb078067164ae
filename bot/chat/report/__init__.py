"""The report of a request: one page that an auditor and somebody from HR can read, and print."""

from __future__ import annotations

from bot.chat.report.render import render

__all__ = ["render"]
