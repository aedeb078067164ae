"""How long it took, drawn and told: the six moments, the promise of the runbook, the timeline."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

from bot.chat.report.moments import moments, promise, span
from bot.chat.report.steps import by_system
from bot.domain.lifecycle import StepState
from bot.domain.reading import Completeness, Part, Session
from bot.engine.view import View
from tests.chat.report.reading import page_of
from tests.fakes.town import CLOUD, CODE


def test_the_timeline_has_a_row_for_each_system_and_the_same_in_words(seen: View) -> None:
    """A drawing with a title and a description, a row and a table line for each system, and a name for each bar."""
    page = page_of(seen)
    drawing = page[page.index("<svg class=") : page.index("</svg>", page.index("<svg class="))]
    names = [one.name for one in by_system(seen)]
    assert names == ["GitHub", "AWS", "Laptop and badge", "Shared admin password"]
    assert drawing.count('<g class="row">') == len(names)
    assert drawing.count("<rect") == len(seen.steps) == drawing.count("<title>")
    assert 'aria-labelledby="tl-title tl-desc"' in drawing
    for name in names:
        assert f"{name}</text>" in drawing
        assert f'<th scope="row">{name}</th>' in page
    for code in ("T0", "T1", "T2", "T3", "T4"):
        assert code in drawing


def test_bars_stay_inside_the_drawing_however_long_it_took(seen: View) -> None:
    """Seconds of work beside a month of waiting: nothing is drawn outside, and nothing too thin to see."""
    late = replace(seen.steps[-1], ended_at=seen.steps[-1].ended_at and seen.now + timedelta(days=30))
    page = page_of(replace(seen, steps=(*seen.steps[:-1], late), now=seen.now + timedelta(days=30)))
    bars = re.findall(r'<rect class="bar \w+" x="([\d.]+)" y="[\d.]+" width="([\d.]+)"', page)
    assert len(bars) == len(seen.steps)
    assert all(float(width) >= 6 and float(x) + float(width) <= 760 for x, width in bars)


def test_the_six_moments_are_told_with_how_long_each_took(seen: View) -> None:
    """T0 to T4 came; T5 is known here, because both systems list their sessions."""
    found = {one.code: one for one in moments(seen)}
    assert list(found) == ["T0", "T1", "T2", "T3", "T4", "T5"]
    assert found["T2"].since == "3 minutes 7 seconds after the approval"
    assert found["T5"].at is not None


def test_sessions_that_nobody_can_list_are_not_called_over(seen: View) -> None:
    """Where a system shows no list of sessions, T5 says so by name and has no time."""
    dark = replace(seen.readings[CODE], sessions=Part((), Completeness.NOT_PERMITTED, "GitHub lists no sessions."))
    found = moments(replace(seen, readings={**seen.readings, CODE: dark}))[-1]
    assert found.at is None
    assert found.why == "not observed: GitHub showed no list of open sessions"
    unread = moments(replace(seen, readings={}))[-1]
    assert unread.at is None
    still = replace(seen.readings[CLOUD], sessions=Part((Session("1", "console"),)))
    assert "still open in AWS" in moments(replace(seen, readings={CLOUD: still, CODE: seen.readings[CODE]}))[-1].why


def test_a_promise_is_kept_late_or_still_open(seen: View) -> None:
    """Kept within the hour; late with what held it up; open while there is time; never kept by leaving things out."""
    assert promise(seen).kept is True
    request = seen.request
    assert request.decided_at is not None
    slow = request.decided_at + timedelta(hours=2)
    steps = tuple(replace(s, ended_at=slow) if s.number == 1 else s for s in seen.steps)
    late = promise(replace(seen, request=replace(request, contained_at=slow), steps=steps))
    assert late.kept is False
    assert late.result == "Late: 2 hours after the approval"
    assert late.reasons[0] == "It was stopped for 3 minutes."
    assert "took too long. GitHub did not answer in 10 seconds." in late.reasons[1]
    waiting = replace(seen, request=replace(request, contained_at=None), now=request.decided_at)
    assert promise(waiting).kept is None
    assert promise(replace(waiting, now=slow)).result == "Late, and still open"
    dropped = tuple(replace(s, state=StepState.DROPPED) if s.number == 1 else s for s in seen.steps)
    left = promise(replace(seen, steps=dropped))
    assert left.kept is False
    assert left.reasons == ("GitHub: Lock the account alice-m was left open by decision.",)
    assert promise(replace(seen, request=replace(request, started_at=None))).kept is None


def test_a_planned_exit_is_measured_from_the_chosen_moment(seen: View) -> None:
    """Who leaves on Friday at five is measured from Friday at five; an approval that came later is named."""
    chosen = seen.request.created_at + timedelta(minutes=10)
    request = replace(seen.request, immediate=False, voluntary=True, starts_at=chosen)
    found = promise(replace(seen, request=request))
    assert found.result.endswith("after the chosen moment")
    late = replace(request, contained_at=chosen + timedelta(hours=3))
    reasons = promise(replace(seen, request=late)).reasons
    assert reasons[0] == "The approval came 34 minutes 1 second after the chosen moment."
    early = replace(request, starts_at=seen.now + timedelta(days=1))
    assert "before the chosen moment" in promise(replace(seen, request=early)).result


def test_durations_are_exact_where_an_auditor_counts() -> None:
    """The two largest units that say something."""
    for seconds, words in (
        (0, "less than a second"),
        (1, "1 second"),
        (60, "1 minute"),
        (187, "3 minutes 7 seconds"),
        (7440, "2 hours 4 minutes"),
        (7205, "2 hours"),
        (90000, "1 day 1 hour"),
    ):
        assert span(timedelta(seconds=seconds)) == words
