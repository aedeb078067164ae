"""The form by which somebody proposes to leave a step open."""

from __future__ import annotations

from bot.chat.cards.words import _
from bot.chat.port import DateField, Form, Text, TextField


def form(what: str, system: str, longest: int, zone: str, context: str) -> Form:
    """Why this may stay open, and until when."""
    return Form(
        _("Leave this open"),
        "waive",
        _("Ask for the second yes"),
        (
            Text(_("{what} ({system})", what=what, system=system)),
            Text(_("A second person must agree: security, an admin, or whoever looks after {system}.", system=system)),
            TextField(
                "reason", _("Why may this stay open?"), hint=_("It is kept, and shown in the report."), long=True
            ),
            DateField(
                "day",
                _("Until when?"),
                hint=_("At most {n} days. After that day it is looked at again. In {zone}.", n=longest, zone=zone),
            ),
        ),
        context,
    )
