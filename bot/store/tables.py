"""The tables. Nothing is deleted: rows end. Times are UTC, stored so that both databases sort and compare them."""

from __future__ import annotations

import sqlalchemy as sa

from bot.store.instant import Instant
from bot.store.kept import Doing, Numbers
from bot.store.sealing import Sealed

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    },
)


def _id() -> sa.Column[int]:
    return sa.Column("id", sa.Integer, primary_key=True, autoincrement=True)


def _text(name: str, default: str = "") -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=False, server_default=default)


people = sa.Table(
    "people",
    metadata,
    sa.Column("id", sa.String(64), primary_key=True),
    _text("name"),
    _text("email"),
    _text("title"),
    _text("department"),
    sa.Column("manager", sa.String(64)),
    _text("zone", "UTC"),
    _text("contract", "employee"),
    sa.Column("starts", sa.Date),
    sa.Column("ends", sa.Date),
    _text("portrait"),
    sa.Column("ended_at", Instant),
)

links = sa.Table(
    "links",
    metadata,
    _id(),
    sa.Column("person", sa.String(64), nullable=False, index=True),
    sa.Column("system", sa.String(64), nullable=False),
    sa.Column("native_id", sa.String(255), nullable=False),
    _text("label"),
    _text("found_by"),
    sa.Column("confirmed_by", sa.String(64)),
    sa.Column("at", Instant, nullable=False),
    sa.Column("ended_at", Instant),
    sa.Index(
        "uq_links_living",
        "system",
        "native_id",
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    ),
)

powers = sa.Table(
    "powers",
    metadata,
    _id(),
    sa.Column("person", sa.String(64), nullable=False, index=True),
    sa.Column("power", sa.String(32), nullable=False),
    sa.Column("proposed_by", sa.String(64)),
    sa.Column("proposed_at", Instant, nullable=False),
    sa.Column("decided_by", sa.String(64)),
    sa.Column("given_at", Instant),
    sa.Column("ended_at", Instant),
)

versions = sa.Table(
    "versions",
    metadata,
    _id(),
    sa.Column("name", sa.String(64), nullable=False, index=True),
    sa.Column("digest", sa.String(64), nullable=False),
    sa.Column("body", sa.Text, nullable=False),
    sa.Column("at", Instant, nullable=False),
)

sequences = sa.Table(
    "sequences",
    metadata,
    sa.Column("name", sa.String(32), primary_key=True),
    sa.Column("value", sa.Integer, nullable=False),
)

requests = sa.Table(
    "requests",
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("trigger", sa.String(16), nullable=False),
    sa.Column("state", sa.String(24), nullable=False, index=True),
    sa.Column("requester", sa.String(64), nullable=False),
    sa.Column("subject", sa.String(64), nullable=False),
    sa.Column("starts_at", Instant, nullable=False),
    sa.Column("immediate", sa.Boolean, nullable=False),
    sa.Column("voluntary", sa.Boolean, nullable=False),
    sa.Column("reason", Sealed("requests.reason"), nullable=False, server_default=""),
    sa.Column("note", Sealed("requests.note"), nullable=False, server_default=""),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("policy_version", sa.Integer, nullable=False),
    sa.Column("runbook_version", sa.Integer, nullable=False),
    _text("digest"),
    sa.Column("quorum", sa.Integer, nullable=False, server_default="0"),
    sa.Column("approvers", sa.JSON, nullable=False),
    sa.Column("decided_at", Instant),
    sa.Column("started_at", Instant),
    sa.Column("contained_at", Instant),
    sa.Column("applied_at", Instant),
    sa.Column("closed_at", Instant),
    sa.Column("stopped_at", Instant),
    _text("channel"),
    _text("thread"),
    sa.Column("until", Instant),
    sa.Column("expires_at", Instant),
    sa.Column("wanted", sa.JSON(none_as_null=True)),
    sa.Index("ix_requests_subject", "subject"),
    sa.Index("ix_requests_trigger_state_starts_at", "trigger", "state", "starts_at"),
    # One open leaver request a person: the database keeps two clicks in the same millisecond apart.
    sa.Index(
        "uq_requests_one_open_leaver",
        "subject",
        unique=True,
        sqlite_where=sa.text("trigger = 'leaver' AND closed_at IS NULL"),
        postgresql_where=sa.text("trigger = 'leaver' AND closed_at IS NULL"),
    ),
)

steps = sa.Table(
    "steps",
    metadata,
    sa.Column("id", sa.String(48), primary_key=True),
    sa.Column("request", sa.String(32), sa.ForeignKey("requests.id"), nullable=False),
    sa.Column("number", sa.Integer, nullable=False),
    sa.Column("kind", sa.String(8), nullable=False),
    sa.Column("system", sa.String(64), nullable=False),
    sa.Column("wave", sa.String(16), nullable=False),
    sa.Column("action", Doing()),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("attempt", sa.Integer, nullable=False, server_default="0"),
    sa.Column("tries", sa.Integer, nullable=False, server_default="0"),
    sa.Column("privileged", sa.Boolean, nullable=False),
    sa.Column("reversible", sa.Boolean, nullable=False),
    sa.Column("assignee", sa.String(64)),
    _text("held"),
    sa.Column("after", Numbers, nullable=False),
    sa.Column("after_done", Numbers, nullable=False),
    sa.Column("due", Instant),
    sa.Column("deadline", Instant),
    sa.Column("reminded_at", Instant),
    _text("said"),
    _text("error"),
    _text("error_kind"),
    _text("handle"),
    sa.Column("first_tried_at", Instant),
    sa.Column("applied_at", Instant),
    sa.Column("ended_at", Instant),
    sa.Column("ended_by", sa.String(64)),
    sa.Column("joined_late", sa.Boolean, nullable=False),
    sa.Column("takeovers", sa.Integer, nullable=False, server_default="0"),
    sa.UniqueConstraint("request", "number"),
    sa.Index("ix_steps_state_due", "state", "due"),
    sa.Index("ix_steps_state_reminded_at", "state", "reminded_at"),
)

readings = sa.Table(
    "readings",
    metadata,
    _id(),
    sa.Column("request", sa.String(32), sa.ForeignKey("requests.id"), nullable=False, index=True),
    sa.Column("system", sa.String(64), nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.Column("body", sa.JSON, nullable=False),
)

approvals = sa.Table(
    "approvals",
    metadata,
    _id(),
    sa.Column("request", sa.String(32), sa.ForeignKey("requests.id"), nullable=False, index=True),
    sa.Column("digest", sa.String(64), nullable=False),
    sa.Column("person", sa.String(64), nullable=False),
    sa.Column("yes", sa.Boolean, nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.Column("withdrawn_at", Instant),
)

approval_items = sa.Table(
    "approval_items",
    metadata,
    sa.Column("approval", sa.Integer, sa.ForeignKey("approvals.id"), primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
)

evidence = sa.Table(
    "evidence",
    metadata,
    _id(),
    sa.Column("step", sa.String(48), sa.ForeignKey("steps.id"), nullable=False, index=True),
    sa.Column("verdict", sa.String(16)),
    sa.Column("at", Instant, nullable=False),
    _text("source"),
    _text("text"),
    sa.Column("references", sa.JSON, nullable=False),
)

journal = sa.Table(
    "journal",
    metadata,
    _id(),
    sa.Column("at", Instant, nullable=False),
    sa.Column("request", sa.String(32), index=True),
    sa.Column("kind", sa.String(48), nullable=False),
    sa.Column("body", sa.Text, nullable=False),
    sa.Column("sha256", sa.String(64), nullable=False),
)

# Personal data stands apart, salted into the row's body, so that it can be erased without breaking the trail.
journal_private = sa.Table(
    "journal_private",
    metadata,
    sa.Column("journal", sa.Integer, sa.ForeignKey("journal.id"), primary_key=True),
    sa.Column("name", sa.String(48), primary_key=True),
    sa.Column("salt", sa.String(64), nullable=False),
    sa.Column("value", Sealed("journal_private.value"), nullable=False),
)

notices = sa.Table(
    "notices",
    metadata,
    _id(),
    sa.Column("request", sa.String(32)),
    sa.Column("kind", sa.String(32), nullable=False),
    sa.Column("person", sa.String(64)),
    sa.Column("step", sa.String(48)),
    sa.Column("body", sa.JSON, nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.Column("due", Instant, nullable=False),
    sa.Column("tries", sa.Integer, nullable=False, server_default="0"),
    sa.Column("sent_at", Instant),
    _text("error"),
    sa.Column("claimed_by", sa.String(36)),
    sa.Column("claimed_until", Instant),
    sa.Index("ix_notices_waiting", "sent_at", "due"),
)

posts = sa.Table(
    "posts",
    metadata,
    sa.Column("key", sa.String(160), primary_key=True),
    sa.Column("request", sa.String(32), index=True),
    sa.Column("channel", sa.String(64), nullable=False),
    sa.Column("ts", sa.String(64), nullable=False),
    _text("link"),
    sa.Column("at", Instant, nullable=False),
)

inbound = sa.Table(
    "inbound",
    metadata,
    sa.Column("key", sa.String(255), primary_key=True),
    sa.Column("at", Instant, nullable=False),
    sa.Column("answer", Sealed("inbound.answer"), nullable=False, server_default=""),
)

# Which keys seal something here, with a proof that a key of this id is the right one; never the key itself.
keys = sa.Table(
    "keys",
    metadata,
    sa.Column("id", sa.String(16), primary_key=True),
    sa.Column("proof", sa.Text, nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.Column("ended_at", Instant),
)

# When the chat may be written to again: one row a channel, and one for each kind of call with a limit of its own.
paces = sa.Table(
    "paces",
    metadata,
    sa.Column("name", sa.String(80), primary_key=True),
    sa.Column("free_at", Instant, nullable=False),
)

# What operations were told about, once for all replicas; over when `over_at` is there.
troubles = sa.Table(
    "troubles",
    metadata,
    sa.Column("name", sa.String(64), primary_key=True),
    _text("said"),
    sa.Column("since", Instant, nullable=False),
    sa.Column("over_at", Instant),
)

replicas = sa.Table(
    "replicas",
    metadata,
    sa.Column("id", sa.String(36), primary_key=True),
    sa.Column("role", sa.String(16), nullable=False),
    sa.Column("started_at", Instant, nullable=False),
    sa.Column("seen_at", Instant, nullable=False),
)

# One row for each system that is, or was, in trouble: shared by all replicas, so that one of them asks for all.
breakers = sa.Table(
    "breakers",
    metadata,
    sa.Column("system", sa.String(64), primary_key=True),
    sa.Column("kind", sa.String(16), nullable=False, server_default=""),
    _text("said"),
    sa.Column("failures", sa.Integer, nullable=False, server_default="0"),
    sa.Column("opened_at", Instant),
    sa.Column("probe_at", Instant),
    sa.Column("slow_until", Instant),
)
