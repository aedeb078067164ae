"""The words for an error that is our fault, wherever somebody waits for an answer."""

from __future__ import annotations

import logging
import secrets

from bot.chat.cards.words import _
from bot.store import DatabaseError

log = logging.getLogger(__name__)


def apology(error: Exception) -> str:
    """The words for an error that is our fault; the log has the rest under the same reference."""
    reference = secrets.token_hex(3).upper()
    if isinstance(error, DatabaseError):  # away, full, read-only: whatever it is, its transaction was undone
        log.warning(
            "The database did not take it (ref %s): %s", reference, type(getattr(error, "orig", error)).__name__
        )
        return _("That was not saved, please try again in a minute (ref {reference}).", reference=reference)
    log.error("Something went wrong (ref %s)", reference, exc_info=error)
    return _(
        "Something went wrong on our side (ref {reference}). Nothing was changed. Please try again; if it happens "
        "again, give this reference to whoever runs Usher.",
        reference=reference,
    )
