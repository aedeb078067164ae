"""The report as one page of HTML that asks nobody for anything: no script, no font, no picture from elsewhere."""

from __future__ import annotations

import unicodedata
from datetime import datetime
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from bot.chat.cards import erase, giving
from bot.chat.cards.locks import untouched
from bot.chat.cards.words import _, listed
from bot.chat.report.exceptions import exceptions
from bot.chat.report.moments import Times, begins, moments, promise, span
from bot.chat.report.picture import picture
from bot.chat.report.steps import by_system
from bot.chat.report.trail import comments, counts, crooked, later, trail, votes
from bot.domain.errors import Refused
from bot.domain.lifecycle import OPEN_REQUESTS, RequestState
from bot.domain.stamps import by_system as by_system_stamps
from bot.engine.view import View

_TURNS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")  # would turn the words around them
_UNSEEN = frozenset({"Cc", "Cs"})


def render(
    view: View,
    *,
    made_for: str,
    now: datetime,
    show_reason: bool = False,
    intact: bool | None = None,
) -> str:
    """The page, for one named reader. `intact`: was every row of the journal found as written; None: nobody looked."""
    stamps = moments(view)
    systems = by_system(view)
    return _page("report.html").render(
        view=view,
        request=view.request,
        subject=view.subject,
        made_for=made_for,
        now=now,
        show_reason=show_reason,
        intact=intact,
        headline=headline(view),
        marks=_marks(view),
        names=lambda people: [view.name(person) for person in people],
        evidence_for=_evidence_for(),
        links=[link for link in view.links if link.system in view.policy.systems],
        final=view.request.state not in OPEN_REQUESTS,
        counts=counts(view),
        moments=stamps,
        begins=begins(view),
        promise=promise(view),
        stamps=by_system_stamps(view.request, view.steps),
        exceptions=exceptions(view),
        picture=picture(view, stamps, tuple((one.key, one.name) for one in systems)),
        systems=systems,
        votes=votes(view),
        crooked=crooked(view),
        comments=comments(view),
        later=later(view),
        trail=trail(view),
        times=Times(view.policy.zone),
    )


def sorry(refused: Refused) -> str:
    """A page that says in plain words why there is no report, and what to do."""
    return _page("sorry.html").render(reason=refused.reason, hint=refused.hint)


def headline(view: View) -> str:
    """How it stands, in one sentence that claims nothing nobody saw."""
    match view.request.state:
        case RequestState.CLOSED if view.request.deletes:
            return erase.state_line(view)
        case RequestState.CLOSED if view.request.trigger in giving.TRIGGERS:
            return giving.state_line(view)
        case RequestState.CLOSED:
            left = next((number for tone, number, _words in counts(view) if tone == "left"), 0)
            if left:
                return _("Finished, with {n} left out by decision.", n=left)
            return _("Finished. Everything is seen gone, or attested by a named person.")
        case RequestState.RUNNING if view.request.stopped_at:
            return _("Stopped by a person. No new step starts.")
        case RequestState.RUNNING:
            return _("Still running.")
        case RequestState.APPROVED | RequestState.SCHEDULED:
            return _("Approved, and not started yet. Nothing was changed.")
        case RequestState.AWAITING_APPROVAL:
            return _("Waiting for approval. {rest}", rest=untouched(view))
        case RequestState.SUBMITTED | RequestState.PLANNING:
            return _("The systems are being read. Nothing was changed.")
        case RequestState.DENIED:
            return _("Denied. {rest}", rest=untouched(view))
        case RequestState.WITHDRAWN:
            return _("Cancelled before it started. {rest}", rest=untouched(view))
        case RequestState.EXPIRED:
            return _("Nobody answered in time. Nothing was changed.")


def _marks(view: View) -> str:
    """What stands at the foot of each printed page, so that a loose sheet can be traced."""
    request = view.request
    rows = (view.journal[0].id, view.journal[-1].id) if view.journal else (0, 0)
    return _(
        "plan {digest} · policy {p} · runbook {r} · journal rows {first}–{last}",
        digest=request.digest[:12] or "–",
        p=request.policy_version,
        r=request.runbook_version,
        first=rows[0],
        last=rows[1],
    )


def _evidence_for() -> tuple[tuple[str, str, str], ...]:
    """What auditors look for, in which rule, and where this page shows it. It is evidence, never a verdict."""
    return (
        (
            _("access taken away when it is no longer authorised"),
            "SOC 2 CC6.2, CC6.3 · ISO/IEC 27001:2022 A.5.18 · NIST SP 800-53 PS-4",
            _("What was done"),
        ),
        (_("how fast it was taken away"), "PCI DSS 4.0.1 8.2.5 · HIPAA 164.308(a)(3)(ii)(C)", _("How long it took")),
        (_("a decision by somebody other than who asked"), "NIST SP 800-53 AC-5", _("Who decided")),
        (
            _("assets returned and shared secrets changed"),
            "ISO/IEC 27001:2022 A.5.11 · NIST SP 800-53 AC-2",
            _("What was done, the steps by hand"),
        ),
    )


def _since(moment: datetime, start: tuple[datetime, str] | None) -> str:
    return span(moment - start[0]) if start else ""


def clean(value: Any) -> Any:
    """Every value on its way into a page: what nobody sees, or turns a line around, becomes a sign that is seen."""
    if not isinstance(value, str) or isinstance(value, Markup):
        return value
    return "".join("\ufffd" if _hidden(letter) else letter for letter in value)


def _hidden(letter: str) -> bool:
    return letter in _TURNS or (unicodedata.category(letter) in _UNSEEN and letter not in "\n\t")


def css_string(text: str) -> Markup:
    """Any text as a CSS string: whatever is not a plain letter or digit is written as its number."""
    letters = (c if c.isascii() and c.isalnum() else f"\\{ord(c):x} " for c in str(clean(text)))
    return Markup('"{}"').format(Markup("").join(map(Markup, letters)))


_PAGES = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    finalize=clean,
    trim_blocks=True,
    lstrip_blocks=True,
)
_PAGES.globals.update({"_": _, "listed": listed})
_PAGES.filters.update({"css_string": css_string, "since": _since})
_page = _PAGES.get_template
