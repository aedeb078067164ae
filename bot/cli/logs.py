"""Logs for machines and people: one JSON object per line, with secrets taken out of the finished line."""

from __future__ import annotations

import json
import logging
import sys
import threading
from collections.abc import Iterable
from types import TracebackType
from urllib.parse import quote

import structlog
from structlog.contextvars import get_contextvars, merge_contextvars
from structlog.typing import Processor

from bot.domain.redaction import HIDDEN, redacted

_SHORTEST = 8  # a shorter value would be found inside ordinary words


class _Lines(logging.Formatter):
    """What libraries log, in the same form as our own lines; `known` are the secrets of this process, by value."""

    def __init__(self, secrets: Iterable[str]) -> None:
        super().__init__()
        self._known: tuple[str, ...] = ()
        self.hide(secrets)

    def format(self, record: logging.LogRecord) -> str:
        """One line, without secrets."""
        told = {
            **get_contextvars(),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": record.getMessage(),
        }
        if record.exc_info:
            told["exception"] = self.formatException(record.exc_info)
        return self.clean(json.dumps(told, ensure_ascii=False))

    def hide(self, secrets: Iterable[str]) -> None:
        """Know these secrets, too; the longest is looked for first."""
        ways = {way for value in secrets if len(value) >= _SHORTEST for way in _written(value)}
        self._known = tuple(sorted({*self._known, *ways}, key=len, reverse=True))

    def clean(self, line: str) -> str:
        """The line without what looks like a secret, and without what we know to be one."""
        for value in self._known:
            line = line.replace(value, HIDDEN)
        return redacted(line)


def _written(value: str) -> set[str]:
    """A secret as it can stand in a line: as it is, quoted once or twice by JSON, in an address, in a repr."""
    once = json.dumps(value, ensure_ascii=False)[1:-1]
    quoted = {once, json.dumps(once, ensure_ascii=False)[1:-1], json.dumps(repr(value)[1:-1], ensure_ascii=False)[1:-1]}
    return {value, quote(value, safe=""), *quoted}


def quiet_logs(secrets: Iterable[str] = (), **about: str) -> None:
    """Our own logs as JSON lines on stderr, libraries from warnings on, and every exception that nobody caught.

    `about` stands in each of our lines. Where a person watches, at a terminal, our lines are for reading.
    """
    lines = _Lines(secrets)
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(lines)
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    logging.getLogger("apscheduler").setLevel(logging.ERROR)  # a tick that is still looking is no news
    structlog.configure(
        processors=[
            lambda _logger, _name, event: {**about, **event},
            merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            _written_out(),
            lambda _logger, _name, line: lines.clean(str(line)),  # last, so that no list or nested value slips through
        ],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    sys.excepthook = _uncaught
    threading.excepthook = lambda args: logging.getLogger("usher").error(
        "a thread ended", exc_info=(args.exc_type, args.exc_value or args.exc_type(), args.exc_traceback)
    )


def hide(secrets: Iterable[str]) -> None:
    """Let no log of this process show these either: they were fetched after it began."""
    for handler in logging.getLogger().handlers:
        if isinstance(handler.formatter, _Lines):
            handler.formatter.hide(secrets)


def _written_out() -> Processor:
    if sys.stderr.isatty():
        return structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)
    return structlog.processors.JSONRenderer(ensure_ascii=False)


def _uncaught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        return
    logging.getLogger("usher").critical("Usher ended unexpectedly", exc_info=(kind, error, trace))
