"""One question at a time: who asks while the same question is on its way waits for its answer."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from threading import Lock
from typing import Any


class Once:
    """Questions that are on their way, by what they are about; safe to share between threads."""

    def __init__(self) -> None:
        self._asked: dict[str, Future[Any]] = {}
        self._lock = Lock()

    def ask(self, about: str, question: Callable[[], Any]) -> Any:
        """The answer, to us or to whoever asked first. Raises what the question raises."""
        mine: Future[Any] = Future()
        with self._lock:
            first = self._asked.setdefault(about, mine)
        if first is not mine:
            return first.result()
        try:
            mine.set_result(question())
        except BaseException as error:
            mine.set_exception(error)
            raise
        finally:
            with self._lock:
                del self._asked[about]
        return mine.result()
