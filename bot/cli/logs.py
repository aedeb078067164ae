"""Logs for machines and people: structured, with secrets taken out before anything is written."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

_SECRETS = re.compile(
    r"xox[abposre]-[\w-]+|xapp-[\w-]+|gh[pousr]_\w+|github_pat_\w+|(?:AKIA|ASIA)\w{8,}"
    r"|eyJ[\w-]+\.[\w-]+\.[\w-]*|-----BEGIN[^-]+-----.*?-----END[^-]+-----|(?<=://)[^/\s:@]+:[^/\s@]+(?=@)",
    re.DOTALL,
)


def redacted(text: str) -> str:
    """The text without anything that looks like a token, a key or a password in an address."""
    return _SECRETS.sub("[secret]", text)


def _redact(_logger: object, _name: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    return {key: redacted(value) if isinstance(value, str) else value for key, value in event.items()}


class _Redacting(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        """One line, without secrets."""
        return redacted(super().format(record))


def quiet_logs() -> None:
    """Our own logs as JSON lines on stderr, libraries from warnings on; both redacted."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Redacting('{"level": "%(levelname)s", "logger": "%(name)s", "event": "%(message)s"}'))
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            _redact,
            structlog.processors.JSONRenderer(),
        ],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
