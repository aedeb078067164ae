"""The tables of people, requests and steps, and of those who work at them."""

from __future__ import annotations

import sqlalchemy as sa

from bot.store.base import column_id, column_text, metadata
from bot.store.instant import Instant
from bot.store.kept import Doing, Numbers
from bot.store.sealing import Sealed

people = sa.Table(
    "people",
    metadata,
    sa.Column("id", sa.String(64), primary_key=True),
    column_text("name"),
    column_text("email"),
    column_text("title"),
    column_text("department"),
    sa.Column("manager", sa.String(64)),
    column_text("zone", "UTC"),
    column_text("contract", "employee"),
    sa.Column("starts", sa.Date),
    sa.Column("ends", sa.Date),
    column_text("portrait"),
    sa.Column("ended_at", Instant),
    sa.Column("away_until", sa.Date),
    sa.Column("chat", sa.String(16), nullable=False, server_default=""),  # the one they used last
)

links = sa.Table(
    "links",
    metadata,
    column_id(),
    sa.Column("person", sa.String(64), nullable=False, index=True),
    sa.Column("system", sa.String(64), nullable=False),
    sa.Column("native_id", sa.String(255), nullable=False),
    column_text("label"),
    column_text("found_by"),
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
    column_id(),
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
    column_id(),
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
    column_text("digest"),
    sa.Column("quorum", sa.Integer, nullable=False, server_default="0"),
    sa.Column("approvers", sa.JSON, nullable=False),
    sa.Column("decided_at", Instant),
    sa.Column("started_at", Instant),
    sa.Column("contained_at", Instant),
    sa.Column("applied_at", Instant),
    sa.Column("closed_at", Instant),
    sa.Column("stopped_at", Instant),
    column_text("channel"),
    column_text("thread"),
    sa.Column("until", Instant),
    sa.Column("expires_at", Instant),
    sa.Column("wanted", sa.JSON(none_as_null=True)),
    sa.Column("parent", sa.String(32)),
    sa.Column("batch", sa.String(32), nullable=False, server_default=""),
    sa.Column("source", sa.String(16), nullable=False, server_default=""),
    sa.Column("scope", sa.String(16), nullable=False, server_default=""),
    sa.Column("chat", sa.String(16), nullable=False, server_default=""),  # in which its thread lives
    sa.Index("ix_requests_parent", "parent"),
    sa.Index("ix_requests_batch", "batch"),
    sa.Index("ix_requests_subject", "subject"),
    sa.Index("ix_requests_trigger_state_starts_at", "trigger", "state", "starts_at"),
    sa.Index("ix_requests_trigger_created_at", "trigger", "created_at"),
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
    column_text("held"),
    sa.Column("after", Numbers, nullable=False),
    sa.Column("after_done", Numbers, nullable=False),
    sa.Column("due", Instant),
    sa.Column("deadline", Instant),
    sa.Column("reminded_at", Instant),
    column_text("said"),
    column_text("error"),
    column_text("error_kind"),
    column_text("handle"),
    sa.Column("first_tried_at", Instant),
    sa.Column("applied_at", Instant),
    sa.Column("ended_at", Instant),
    sa.Column("ended_by", sa.String(64)),
    sa.Column("joined_late", sa.Boolean, nullable=False),
    sa.Column("takeovers", sa.Integer, nullable=False, server_default="0"),
    sa.Column("mass", sa.Boolean, nullable=False, server_default=sa.false()),
    column_text("rule"),
    column_text("why"),
    sa.UniqueConstraint("request", "number"),
    sa.Index("ix_steps_state_due", "state", "due"),
    sa.Index("ix_steps_state_reminded_at", "state", "reminded_at"),
)

readings = sa.Table(
    "readings",
    metadata,
    column_id(),
    sa.Column("request", sa.String(32), sa.ForeignKey("requests.id"), nullable=False, index=True),
    sa.Column("system", sa.String(64), nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.Column("body", sa.JSON, nullable=False),
)

approvals = sa.Table(
    "approvals",
    metadata,
    column_id(),
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
    column_id(),
    sa.Column("step", sa.String(48), sa.ForeignKey("steps.id"), nullable=False, index=True),
    sa.Column("verdict", sa.String(16)),
    sa.Column("at", Instant, nullable=False),
    column_text("source"),
    column_text("text"),
    sa.Column("references", sa.JSON, nullable=False),
)

journal = sa.Table(
    "journal",
    metadata,
    column_id(),
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

# Which keys seal something here, with a proof that a key of this id is the right one; never the key itself.
keys = sa.Table(
    "keys",
    metadata,
    sa.Column("id", sa.String(16), primary_key=True),
    sa.Column("proof", sa.Text, nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.Column("ended_at", Instant),
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
    column_text("said"),
    sa.Column("failures", sa.Integer, nullable=False, server_default="0"),
    sa.Column("opened_at", Instant),
    sa.Column("probe_at", Instant),
    sa.Column("slow_until", Instant),
)
