"""What must be true after anything: judged from what the systems and the chat saw, and from the trail, never by state.

Each function yields a sentence for everything that is wrong. `broken` asks them all.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC

from bot.domain.lifecycle import OPEN_REQUESTS, RequestState, StepState
from bot.domain.model import Assign, HandOver, PersonId, Revoke, SystemKey, Trigger, account_of
from bot.domain.planning import key_of
from bot.domain.request import Request, Step, StepKind
from bot.store import chat_tables as c
from bot.store import journal, records
from bot.store import tables as t
from bot.store.journal import Entry
from tests.proof.tape import Line
from tests.proof.vendors import stands
from tests.proof.world import OWNERS, World

ASKS = frozenset({"task", "stuck", "item"})
DECISIONS = frozenset({"request.approval", "step.approval", "access.extension_decided"})
DONE = frozenset({"confirmed", "already"})
BY = ("by", "requester")


@dataclass(frozen=True)
class Told:
    """Something that people were to be told."""

    id: int
    kind: str
    request: str | None
    what: str
    step: str
    person: str


@dataclass(frozen=True)
class Seen:
    """All there is to judge by, read once."""

    world: World
    lines: tuple[Line, ...]
    trail: tuple[Entry, ...]
    requests: Mapping[str, Request]
    steps: Mapping[str, Step]
    notices: Mapping[int, Told]

    def made(self, before: Line) -> list[Line]:
        """What a system had changed when this line was written."""
        until = self.lines.index(before)
        return [line for line in self.lines[:until] if line.what == "made"]

    def asked(self) -> Iterator[tuple[Line, Step]]:
        """Every change that was asked of a system, with the step whose intent it was."""
        for line in self.lines:
            if line.what == "asked":
                step = self.step_of(line)
                if step is not None:
                    yield line, step

    def step_of(self, line: Line) -> Step | None:
        """The step whose intent was the last to be written before this change was asked of a system."""
        wanted = key_of(SystemKey(line.who), line.thing)
        for entry in reversed(self.trail):
            if entry.id <= line.journal and entry.kind == "step.started":
                step = self.steps[entry.facts["step"]]
                if step.action is not None and key_of(step.system, step.action) == wanted:
                    return step
        return None


def look(world: World) -> Seen:
    """Everything as it stands now."""
    with world.db.look() as tx:
        requests = {str(request.id): request for request in records.recent(tx, 1000)}
        steps = {str(step.id): step for request in requests for step in records.steps(tx, request)}
        rows = tx.execute(c.notices.select().order_by(c.notices.c.id))
        told = {
            n.id: Told(n.id, n.kind, n.request, str(n.body.get("what", "")), n.step or "", n.person or "") for n in rows
        }
        return Seen(world, tuple(world.tape.lines), journal.read(tx), requests, steps, told)


def the_end_is_known_before_the_beginning(seen: Seen) -> Iterator[str]:
    """I1: nothing is given before it is committed when it will be taken back; what is over is nobody's any more."""
    given: dict[str, tuple[Step, bool]] = {}
    for line, step in seen.asked():
        if isinstance(line.thing, Assign) and (line.ends is None or line.ends < line.at):
            yield f"{step.id} was given, and nothing said when it ends"
    for line in seen.lines:
        if line.what == "made" and isinstance(line.thing, Assign | Revoke):
            step_ = seen.step_of(line)
            if step_ is not None:
                given["|".join((line.who, *line.thing.grant.key))] = (step_, isinstance(line.thing, Assign))
    for key, (step, held) in given.items():
        if held and seen.requests[step.request].state not in OPEN_REQUESTS:
            yield f"{step.request} is over, and the system still holds {key}"


def only_seen_is_done(seen: Seen) -> Iterator[str]:
    """I2: what is called confirmed was really so in the system when it was read, and read after it was made."""
    reads = {(line.who, line.at.isoformat()): line for line in seen.lines if line.what == "read"}
    for entry in seen.trail:
        if entry.kind != "step.confirmed":
            continue
        step = seen.steps[entry.facts["step"]]
        read = reads.get((step.system, entry.facts["seen_at"]))
        if read is None:
            yield f"{step.id} is confirmed by a look that never happened"
        elif not _so(seen, step, read):
            yield f"{step.id} is confirmed, and the system did not hold it so"


def _so(seen: Seen, step: Step, when: Line) -> bool:
    vendor = seen.world.vendors[step.system]
    made = [line for line in seen.made(when) if line.who == step.system]
    change = step.action
    if isinstance(change, HandOver) and change.to is None:
        return False  # nobody else administers anything in these companies
    assert change is not None
    assert change.kind != "task"
    return stands(vendor, made, change)


def one_winner(seen: Seen) -> Iterator[str]:
    """I3: a request is decided once, by enough different people who were asked, and nothing runs without."""
    for request in seen.requests.values():
        kinds = Counter(entry.kind for entry in seen.trail if entry.request == request.id)
        for kind in ("request.denied", "request.cancelled", "request.started", "request.closed"):
            if kinds[kind] > 1:
                yield f"{request.id} has {kinds[kind]} of {kind}"
        ends = [kind for kind in ("request.denied", "request.cancelled", "request.started") if kinds[kind]]
        if len(ends) > 1:
            yield f"{request.id} ended as {ends}"
    for line, step in seen.asked():
        request = seen.requests[step.request]
        before = [e for e in seen.trail if e.id <= line.journal and e.request == request.id]
        if "request.started" not in {entry.kind for entry in before}:
            yield f"{step.id} was made before its request had started"
        if not _agreed(before, step) and not (step.joined_late and step.reversible):
            yield f"{step.id} was made without the agreement of enough people"


def _agreed(before: list[Entry], step: Step) -> bool:
    """Whether the trail up to then holds enough living yeses to this step, of people who were asked."""
    yes: dict[str, set[PersonId]] = defaultdict(set)
    asked: set[PersonId] = set()
    quorum = 1
    for entry in before:
        facts = entry.facts
        match entry.kind:
            case "plan.made":
                asked, quorum = set(facts["approvers"]), facts["quorum"]
            case "request.rescheduled":
                yes.clear()  # asked again is another question
            case "request.asked_again":
                asked, quorum = set(facts["approvers"]), facts["quorum"]
            case "request.approval_withdrawn" | "request.approval_void":
                for people in yes.values():
                    people.discard(facts["by"])
            case "request.approval" if facts["yes"] and step.number in facts["items"]:
                yes[facts["digest"]].add(facts["by"])
            case "step.approval" if facts["yes"] and facts["step"] == step.id:
                yes["item"].add(facts["by"])
    return any(len(people & asked) >= quorum for people in yes.values())


def intent_before_and_outcome_after(seen: Seen) -> Iterator[str]:
    """I4: before a system is asked it stands in the trail that it will be; afterwards, what came of it."""
    for line in seen.lines:
        if line.what == "asked" and seen.step_of(line) is None:
            yield f"{line.thing.kind} was asked of {line.who} before the trail said so"
    for line, step in seen.asked():
        after = [e for e in seen.trail if e.id > line.journal and e.facts.get("step") == step.id]
        if step.ended and not after:
            yield f"{step.id} ended, and the trail does not say how"


def facts_stand_once(seen: Seen) -> Iterator[str]:
    """I4, the other way round: a fact is told once, however often its process died."""
    once = {"step.confirmed", "step.attested", "plan.made", "request.contained", "request.applied"}
    facts = Counter((e.kind, e.request, e.facts.get("step")) for e in seen.trail if e.kind in once)
    yield from (f"{fact} stands {count} times in the trail" for fact, count in facts.items() if count > 1)
    opened = {"step.contradicted", "step.unparked", "step.recovered", "step.retried"}
    last: dict[str, str] = {}
    for entry in seen.trail:
        step = str(entry.facts.get("step"))
        if entry.kind == "step.applied" and last.get(step) == "step.applied":
            yield f"{step} was applied twice, and nothing between says why"
        if entry.kind == "step.applied" or entry.kind in opened:
            last[step] = entry.kind


def nothing_drops_out(seen: Seen) -> Iterator[str]:
    """I5: what is not done has somebody or something that will move it, and people can see it."""
    queued = {job.step for job in seen.world.queue.jobs}
    for step in seen.steps.values():
        request = seen.requests[step.request]
        if step.ended or request.state is not RequestState.RUNNING:
            continue
        by_hand = step.kind is StepKind.TASK or step.state in {StepState.HELD, StepState.PARKED}
        if step.state is not StepState.WAITING and by_hand and not _asked_of_somebody(seen, step):
            yield f"{step.id} waits for a person, and nobody was asked"
        moving = step.state in {StepState.READY, StepState.RUNNING, StepState.APPLIED}
        if moving and not by_hand and request.stopped_at is None and step.id not in queued:
            yield f"{step.id} is {step.state.value}, and nothing will run it"
        if step.state is StepState.WAITING and request.stopped_at is None and not _waits(seen, request, step):
            yield f"{step.id} waits for nothing"
    for request in seen.requests.values():
        left = [s.id for s in seen.steps.values() if s.request == request.id and not s.ended]
        if request.state is RequestState.CLOSED and left:
            yield f"{request.id} is closed, and open are {left}"


def _asked_of_somebody(seen: Seen, step: Step) -> bool:
    """A card about it stands with a person, or is on its way."""
    cards = {f"{kind}:{step.id}" for kind in ASKS}
    sent = any(key.rpartition(":")[0] in cards for key in _keys(seen))
    whole = (step.request, step.assignee)  # in the one message of all that this person is asked
    sent = sent or f"tasks:{step.request}:{step.assignee}" in _keys(seen)
    told = seen.notices.values()
    return sent or any(
        (one.kind in ASKS and one.step == step.id) or (one.kind == "tasks" and (one.request, one.person) == whole)
        for one in told
    )


def _waits(seen: Seen, request: Request, step: Step) -> bool:
    """Something that is not over yet stands before this step: a reading, a step, its date."""
    mine = [other for other in seen.steps.values() if other.request == request.id]
    before = {*step.after, *step.after_done}
    reads = [s for s in mine if s.kind is StepKind.READ and s.system == step.system]
    newest = min(reads, key=lambda s: s.number, default=None)
    unread = step.kind is StepKind.APPLY and (newest is None or newest.state is not StepState.CONFIRMED)
    early = seen.world.now <= request.starts_at or (step.due is not None and seen.world.now <= step.due)
    return early or unread or any(s.number in before and not s.ended for s in mine)


def words_follow_state(seen: Seen) -> Iterator[str]:
    """I6: nobody reads that something is gone, or that all is finished, before it is so."""
    for line in seen.lines:
        if line.what != "sent":
            continue
        for notice in _told(seen, line):
            about = seen.steps.get(notice.step)
            if about and notice.what in DONE and not _gives(about) and not _so(seen, about, line):
                yield f"the thread says that {notice.step} is done, and it is not"
            known = {(e.kind, e.request) for e in seen.trail if e.id <= line.journal}
            if notice.kind == "report" and ("request.closed", notice.request) not in known:
                yield f"the report of {notice.request} is out, and it is not closed"


def _told(seen: Seen, line: Line) -> list[Told]:
    """The notices that a message tells: the one that names it, and with it the lines that came together."""
    _, card, _, key = line.thing
    first = seen.notices.get(int(key.partition(":")[2])) if key.startswith("notice:") else None
    if first is None or first.kind != "line":
        return [first] if first else []
    after = [n for n in seen.notices.values() if n.id >= first.id and (n.kind, n.request) == ("line", first.request)]
    return after[: len(card.text.split("\n"))]


def removals_go_forward(seen: Seen) -> Iterator[str]:
    """I7: the removal of access never ends in failure, whatever is down."""
    for step in seen.steps.values():
        removal = step.kind is StepKind.APPLY and not _gives(step)
        if removal and step.state in {StepState.FAILED, StepState.LAPSED}:
            yield f"{step.id} was given up"
    late = [r.id for r in seen.requests.values() if r.trigger.value == "leaver" and r.state is RequestState.EXPIRED]
    yield from (f"{request} expired, and somebody keeps access" for request in late)


def _gives(step: Step) -> bool:
    return step.action is not None and step.action.kind in {"assign", "enable", "resume", "provision"}


def only_known_people_decide(seen: Seen) -> Iterator[str]:
    """I8: whoever stands in the trail is a person of the roster, and nobody decides about themselves."""
    with seen.world.db.look() as tx:
        everybody = {row.id for row in tx.execute(t.people.select())}
    for entry in seen.trail:
        request = seen.requests.get(entry.request or "")
        for person in (entry.facts[name] for name in BY if entry.facts.get(name)):
            if person not in everybody and person != "set-up":
                yield f"{entry.kind} was done by {person}, whom nobody knows"
            if request and request.trigger is Trigger.LEAVER and person == request.subject:
                yield f"{entry.kind} of {request.id} was done by the person it is about"
        if request and entry.kind in DECISIONS and entry.facts["by"] == request.requester:
            yield f"{request.id} was decided by the person who asked"


def trail_is_intact(seen: Seen) -> Iterator[str]:
    """I9: every row of the trail is what was written."""
    with seen.world.db.look() as tx:
        first = journal.intact(tx)
    if first is not None:
        yield f"row {first} of the trail is not what was written"


def one_clock(seen: Seen) -> Iterator[str]:
    """I10: times are UTC and never run backwards, neither in the trail nor in the stamps of a step."""
    for one, other in zip(seen.trail, seen.trail[1:], strict=False):
        if other.at < one.at or other.at.tzinfo is not UTC:
            yield f"row {other.id} of the trail is older than the one before"
    for step in seen.steps.values():
        stamps = [at for at in (step.first_tried_at, step.applied_at, step.ended_at) if at is not None]
        if stamps != sorted(stamps):
            yield f"{step.id} ended before it began"


def only_what_the_plan_names(seen: Seen) -> Iterator[str]:
    """I11: every change touches an account of the person the request is about, and a line of that request's plan."""
    for line, step in seen.asked():
        owner = OWNERS.get(account_of(line.thing).native_id)
        if owner != seen.requests[step.request].subject:
            yield f"{step.id} touched an account of {owner}"
    allowed = {key_of(s.system, s.action) for s in seen.steps.values() if s.kind is StepKind.APPLY and s.action}
    made = [line for line in seen.lines if line.what == "made"]
    yield from (
        f"{line.thing} was in no plan" for line in made if key_of(SystemKey(line.who), line.thing) not in allowed
    )


def nothing_is_said_twice(seen: Seen) -> Iterator[str]:
    """A message stands once in the chat, however often its process died."""
    yield from (f"{key} stands {count} times in the chat" for key, count in Counter(_keys(seen)).items() if count > 1)


def _keys(seen: Seen) -> list[str]:
    return [line.thing[3] for line in seen.lines if line.what == "sent"]


INVARIANTS: tuple[Callable[[Seen], Iterator[str]], ...] = (
    the_end_is_known_before_the_beginning,
    only_seen_is_done,
    one_winner,
    intent_before_and_outcome_after,
    facts_stand_once,
    nothing_drops_out,
    words_follow_state,
    removals_go_forward,
    only_known_people_decide,
    trail_is_intact,
    one_clock,
    only_what_the_plan_names,
    nothing_is_said_twice,
)


def broken(world: World) -> list[str]:
    """Everything that is wrong, by invariant; empty when all is well."""
    seen = look(world)
    return [f"{one.__name__}: {sentence}" for one in INVARIANTS for sentence in one(seen)]
