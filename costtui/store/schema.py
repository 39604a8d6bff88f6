"""The whole model of a store on one page; ``python -m costtui.store.schema`` writes the DDL that ships.

Money is integer nano-dollars (NULL: not known), time integer UTC microseconds. Words that repeat are kept once
(``series``, ``price``, ``variation``) and enumerations as small numbers (``codes``); the views at the end show
words, dollars and ISO times to people. Only this module knows SQLModel, and only tests and PostgreSQL import it:
what opens a store executes ``ddl/sqlite.sql``.
"""

from pathlib import Path
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects import sqlite
from sqlalchemy.schema import CreateIndex, CreateTable
from sqlmodel import Field, SQLModel

from costtui.store import codes
from costtui.sums import COUNTERS

DDL = Path(__file__).parent / "ddl" / "sqlite.sql"


def _id() -> Any:
    return Field(
        default=None, sa_column=Column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True)
    )


def _big(*, null: bool = True, key: bool = False) -> Any:
    return Field(default=None, sa_column=Column(BigInteger, nullable=null, primary_key=key))


def _small(*, null: bool = True, key: bool = False) -> Any:
    return Field(default=None, sa_column=Column(SmallInteger, nullable=null, primary_key=key))


def _words() -> Any:
    return Field(default="", sa_column=Column(String, nullable=False, server_default=""))


def _count() -> Any:
    return Field(default=0, sa_column=Column(BigInteger, nullable=False, server_default="0"))


class Meta(SQLModel, table=True):
    """One row: where the store's bookkeeping stands."""

    id: int = Field(default=1, primary_key=True)
    created_us: int = _big()
    epoch: int = _count()
    """Grows when a stored call changes: whoever follows must read its totals again."""
    revision: int = _count()
    """Grows when a run changes."""
    folded_id: int = _count()
    """Calls up to this id are in the rollups; those after it are added up when totals are read."""
    minutes_us: int = _count()
    """Rollups by minute are complete from this instant on."""
    dropped: int = _count()
    """Calls that writers had to drop, ever."""


class SeriesRow(SQLModel, table=True):
    """What calls are grouped by, once."""

    __tablename__ = "series"
    __table_args__ = (UniqueConstraint("node", "provider", "model", "subsystem", "status"),)
    id: int = _id()
    node: str
    provider: str
    model: str
    subsystem: str
    status: int = _small(null=False)


class Price(SQLModel, table=True):
    """Rates that calls were priced with: ``input=2500000000 output=…`` in nano-dollars per million."""

    __table_args__ = (UniqueConstraint("ref", "rates"),)
    id: int = _id()
    ref: str
    rates: str


class Variation(SQLModel, table=True):
    """What LaunchDarkly served: a configuration, its variation and version."""

    __table_args__ = (UniqueConstraint("config_key", "variation_key", "config_version"),)
    id: int = _id()
    config_key: str
    variation_key: str
    config_version: int = _big(null=False)
    """-1: not known."""


class ContextRow(SQLModel, table=True):
    """A LaunchDarkly context, once; ``canonical`` is NULL while only its fingerprint is known."""

    __tablename__ = "context"
    id: int = _id()
    fingerprint: str = Field(unique=True)
    canonical: str | None = None


class CallRow(SQLModel, table=True):
    """A request to a model. NULL text: empty; NULL ``model_asked``: the model that answered."""

    __tablename__ = "call"
    __table_args__ = (
        Index("call_key", "key_hash", unique=True),
        Index("call_started", "started_us"),
        Index("call_series", "series_id", "started_us"),
        Index(
            "call_run",
            "run_ref",
            sqlite_where=text("run_ref IS NOT NULL"),
            postgresql_where=text("run_ref IS NOT NULL"),
        ),
    )
    id: int = _id()
    key_hash: int = _big(null=False)
    """First 8 bytes of the key's BLAKE2b; where another key has them already, the next free number."""
    key: str
    started_us: int = _big(null=False)
    series_id: int = _big(null=False)
    run_ref: int | None = _big()
    step_ref: int | None = _big()
    mode: int = _small()
    cost_nano: int | None = _big()
    cost_source: int = _small()
    price_id: int | None = _big()
    line_counts: str | None = None
    """Units per rate of the price, in its order; ``count=cost`` where a cost is not count times rate."""
    priced_nano: int | None = _big()
    saved_nano: int = _big()
    cache_hit: int = _small()
    usage_state: int = _small()
    input_tokens: int | None = _big()
    output_tokens: int | None = _big()
    cache_read_tokens: int = _big()
    cache_write_tokens: int = _big()
    cache_write_1h_tokens: int = _big()
    reasoning_tokens: int = _big()
    latency_ms: int | None = _big()
    ttft_ms: int | None = _big()
    attempt: int = _big()
    complexity: float | None = None
    quality: float | None = None
    feedback_count: int = _big()
    model_asked: str | None = None
    operation: str | None = None
    service_tier: str | None = None
    error: str | None = None
    decision: str | None = None
    lead_id: str | None = None
    session_id: str | None = None
    user_id: str | None = None
    tags: str | None = None
    """JSON object."""
    usage_more: str | None = None
    """JSON object: other billed units, and problems of the usage in words."""
    context_ref: int | None = _big()
    variation_id: int | None = _big()


class CallText(SQLModel, table=True):
    """Prompt and completion, off the rows that are read all the time."""

    __tablename__ = "call_text"
    call_id: int = Field(
        default=None,
        sa_column=Column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=False),
    )
    prompt: str | None = None
    completion: str | None = None


class RunRow(SQLModel, table=True):
    """An execution of a pipeline and the totals of its calls, kept with them."""

    __tablename__ = "run"
    __table_args__ = (Index("run_started", "started_us"), Index("run_revision", "revision"))
    id: int = _id()
    run_id: str = Field(unique=True)
    started_us: int = _big(null=False)
    subsystem: str = _words()
    status: int = _small(null=False)
    ended_us: int | None = _big()
    source_method: str = _words()
    error: str | None = None
    config: str | None = None
    budget_nano: int | None = _big()
    host: str = _words()
    pid: int = _count()
    process_started: int = _count()
    """Start of the recording process in its host's clock ticks: tells it from a later one with its pid."""
    calls: int = _count()
    errors: int = _count()
    unpriced: int = _count()
    estimated: int = _count()
    cost_nano: int = _count()
    input_tokens: int = _count()
    output_tokens: int = _count()
    last_us: int = _count()
    quality: float | None = None
    quality_passed: int | None = _small()
    revision: int = _count()
    issues: int = _count()
    issues_completed: int = _count()


class StepRow(SQLModel, table=True):
    """An execution of a node and the totals of its calls."""

    __tablename__ = "step"
    __table_args__ = (Index("step_run", "run_ref", "started_us"),)
    id: int = _id()
    key: str = Field(unique=True)
    run_ref: int | None = _big()
    node: str = _words()
    started_us: int = _big(null=False)
    ended_us: int | None = _big()
    status: int = _small(null=False)
    error: str | None = None
    detail: str | None = None
    calls: int = _count()
    cost_nano: int = _count()
    unpriced: int = _count()


class QualityRow(SQLModel, table=True):
    """How good the result of a run was."""

    __tablename__ = "quality"
    __table_args__ = (UniqueConstraint("run_id", "recorded_us"), Index("quality_recorded", "recorded_us"))
    id: int = _id()
    run_id: str
    recorded_us: int = _big(null=False)
    subsystem: str
    overall_score: float | None = None
    completeness: float | None = None
    clarity: float | None = None
    testability: float | None = None
    traceability: float | None = None
    validation_passed: int | None = _small()
    iteration_count: int | None = _big()
    requirements_count: int | None = _big()


class ExposureRow(SQLModel, table=True):
    """The evaluation of a flag or AI Config, as one witness saw it."""

    __tablename__ = "exposure"
    __table_args__ = (
        UniqueConstraint("environment", "at_us", "place", "witness", "flag"),
        Index("exposure_at", "at_us"),
    )
    id: int = _id()
    environment: str
    flag: str
    at_us: int = _big(null=False)
    place: int = _big(null=False)
    witness: str
    context_ref: int | None = _big()
    units: str
    in_experiment: int = _small()
    variation: str = _words()
    version: int | None = _big()
    reason: str = _words()
    ai_run_id: str = _words()
    redacted: str | None = None
    call_site: str = _words()
    count: int | None = _big()
    sender: str = _words()


class MetricEventRow(SQLModel, table=True):
    """A ``track()`` call, as one witness saw it."""

    __tablename__ = "metric_event"
    __table_args__ = (
        UniqueConstraint("environment", "at_us", "place", "witness", "key"),
        Index("metric_event_at", "at_us"),
    )
    id: int = _id()
    environment: str
    key: str
    at_us: int = _big(null=False)
    place: int = _big(null=False)
    witness: str
    context_ref: int | None = _big()
    units: str
    value: str | None = None
    data: str | None = None
    ai_run_id: str = _words()
    config_key: str = _words()
    variation_key: str = _words()
    redacted: str | None = None
    call_site: str = _words()
    delivered: int | None = _small()
    sender: str = _words()


class BudgetRow(SQLModel, table=True):
    """A limit on spending that everybody who opens the store shares."""

    __tablename__ = "budget"
    name: str = Field(primary_key=True)
    max_nano: int = _big(null=False)
    warning_nano: int = _big(null=False)
    scope: str
    scope_value: str
    period: str
    time_zone: str
    unknown_price: str
    source: str


class BudgetReset(SQLModel, table=True):
    """What a budget had spent in a window when somebody set it back: it does not count any more."""

    __tablename__ = "budget_reset"
    budget: str = Field(primary_key=True)
    value: str = Field(primary_key=True)
    start_us: int = _big(null=False, key=True)
    forgiven_nano: int = _count()
    at_us: int = _big(null=False)


class ReservationRow(SQLModel, table=True):
    """Money set aside for a call that is under way."""

    __tablename__ = "reservation"
    __table_args__ = (Index("reservation_budget", "budget", "value", "nano"),)
    id: str = Field(primary_key=True)
    budget: str = Field(primary_key=True)
    value: str
    nano: int = _big(null=False)
    taken_us: int = _big(null=False)
    expires_us: int = _big(null=False)
    kept_us: int = _count()
    """Until when an assumed cost stays set aside after its call; 0: the price is known, nothing stays."""
    holder: str


class AlertRow(SQLModel, table=True):
    """An episode of a condition that the user wants to know about."""

    __tablename__ = "alert"
    __table_args__ = (UniqueConstraint("rule", "subject", "since_us"),)
    id: int = _id()
    rule: str
    subject: str
    severity: str
    message: str
    since_us: int = _big(null=False)
    place: str
    key: str
    filter: str


class IssueRow(SQLModel, table=True):
    """An issue that a run works on, and what it changed in the code."""

    __tablename__ = "issue"
    __table_args__ = (UniqueConstraint("run_ref", "issue_id"),)
    id: int = _id()
    run_ref: int = _big(null=False)
    issue_id: str
    started_us: int = _big(null=False)
    ended_us: int | None = _big()
    status: int = _small(null=False)
    expected_agents: int = _count()
    files_created: int = _count()
    files_modified: int = _count()
    lines_added: int = _count()
    lines_deleted: int = _count()
    coverage_percent: float | None = None


class AgentExecutionRow(SQLModel, table=True):
    """An attempt of an agent at an issue; the step with its key has its calls."""

    __tablename__ = "agent_execution"
    __table_args__ = (Index("agent_execution_run", "run_ref", "issue_id"),)
    id: int = _id()
    key: str = Field(unique=True)
    run_ref: int = _big(null=False)
    issue_id: str = _words()
    agent: str = _words()
    attempt_number: int = _count()
    started_us: int = _big(null=False)
    ended_us: int | None = _big()
    success: int | None = _small()
    error: str | None = None
    input_tokens: int = _count()
    output_tokens: int = _count()


class PipelineRow(SQLModel, table=True):
    """An execution of a CI pipeline."""

    __tablename__ = "pipeline"
    __table_args__ = (UniqueConstraint("run_ref", "issue_id", "pipeline_id", "retry_attempt"),)
    id: int = _id()
    run_ref: int = _big(null=False)
    issue_id: str = _words()
    pipeline_id: str
    retry_attempt: int = _count()
    commit_sha: str = _words()
    status: str = _words()
    triggered_by: str = _words()
    started_us: int | None = _big()
    ended_us: int | None = _big()
    queue_seconds: float | None = None
    execution_seconds: float | None = None
    failed_jobs: str | None = None
    """JSON list of names."""
    error_type: str | None = None
    error: str | None = None


class DebuggingCycleRow(SQLModel, table=True):
    """The hunt for one error."""

    __tablename__ = "debugging_cycle"
    __table_args__ = (Index("debugging_cycle_run", "run_ref", "issue_id"),)
    id: int = _id()
    key: str = Field(unique=True)
    run_ref: int = _big(null=False)
    issue_id: str = _words()
    agent: str = _words()
    error_type: str = _words()
    error: str | None = None
    started_us: int = _big(null=False)
    ended_us: int | None = _big()
    attempts: int = _count()
    resolved: int | None = _small()
    resolution_method: str = _words()


class ToolCallRow(SQLModel, table=True):
    """A use of a tool."""

    __tablename__ = "tool_call"
    __table_args__ = (Index("tool_call_run", "run_ref", "issue_id"),)
    id: int = _id()
    key: str = Field(unique=True)
    run_ref: int = _big(null=False)
    issue_id: str = _words()
    agent: str = _words()
    name: str = _words()
    started_us: int = _big(null=False)
    ended_us: int | None = _big()
    success: int | None = _small()
    error: str | None = None


class RunErrorRow(SQLModel, table=True):
    """Something that went wrong in a run; of no issue where ``issue_id`` is empty."""

    __tablename__ = "run_error"
    __table_args__ = (Index("run_error_run", "run_ref", "issue_id"),)
    id: int = _id()
    key: str = Field(unique=True)
    run_ref: int = _big(null=False)
    issue_id: str = _words()
    at_us: int = _big(null=False)
    type: str = _words()
    message: str | None = None
    agent: str = _words()
    severity: str = _words()


class Rollup(SQLModel, table=True):
    """Sums of the calls of a series that started in a bucket; ``level`` is the bucket's width in minutes."""

    __table_args__ = ({"sqlite_with_rowid": False},)
    level: int = _small(null=False, key=True)
    bucket: int = _big(null=False, key=True)
    """Start of the bucket in minutes since 1970."""
    series_id: int = _big(null=False, key=True)


for _name in COUNTERS:
    Rollup.__table__.append_column(Column(_name, BigInteger, nullable=False))  # type: ignore[attr-defined]
Rollup.__table__.append_column(Column("latency", LargeBinary))  # type: ignore[attr-defined]


class LeadRollup(SQLModel, table=True):
    """Sums of the calls for a lead that started in an hour (hours since 1970)."""

    __tablename__ = "lead_rollup"
    __table_args__ = ({"sqlite_with_rowid": False},)
    hour: int = _big(null=False, key=True)
    lead_id: str = Field(primary_key=True)
    calls: int = _count()
    cost_nano: int = _count()
    unpriced: int = _count()


def _word(column: str, words: tuple[str, ...]) -> str:
    cases = " ".join(f"WHEN {code} THEN '{word}'" for code, word in enumerate(words))
    return f"CASE {column} {cases} END"


def _iso(column: str) -> str:
    return (
        f"strftime('%Y-%m-%dT%H:%M:%S', {column} / 1000000, 'unixepoch')"
        f" || printf('.%06dZ', {column} % 1000000)"
    )


VIEWS = (
    f"""CREATE VIEW call_readable AS
SELECT c.id, c.key, {_iso("c.started_us")} AS started, s.node, r.run_id, s.subsystem, s.provider, s.model,
  {_word("s.status", codes.STATUS)} AS status, c.cost_nano / 1e9 AS cost_usd,
  {_word("c.cost_source", codes.COST_SOURCE)} AS cost_source, p.ref AS price, p.rates, c.line_counts,
  {_word("c.mode", codes.MODE)} AS mode, coalesce(c.model_asked, s.model) AS model_asked,
  {_word("c.usage_state", codes.USAGE_STATE)} AS usage_state, c.input_tokens, c.output_tokens,
  c.cache_read_tokens, c.cache_write_tokens, c.reasoning_tokens, c.latency_ms, c.ttft_ms, c.attempt,
  c.cache_hit, c.saved_nano / 1e9 AS saved_usd, c.error, c.lead_id, c.session_id, c.user_id, c.tags,
  x.fingerprint AS context, v.config_key, v.variation_key, t.prompt, t.completion
FROM call c JOIN series s ON s.id = c.series_id LEFT JOIN run r ON r.id = c.run_ref
  LEFT JOIN price p ON p.id = c.price_id LEFT JOIN context x ON x.id = c.context_ref
  LEFT JOIN variation v ON v.id = c.variation_id LEFT JOIN call_text t ON t.call_id = c.id""",
    """CREATE VIEW agent_cost_summary AS
SELECT s.node, s.provider, s.model, s.subsystem, count(*) AS calls, sum(c.cost_nano) / 1e9 AS cost_usd,
  sum(c.cost_nano IS NULL) AS unpriced, sum(c.input_tokens) AS input_tokens,
  sum(c.output_tokens) AS output_tokens, avg(c.latency_ms) AS mean_latency_ms
FROM call c JOIN series s ON s.id = c.series_id GROUP BY s.node, s.provider, s.model, s.subsystem""",
    """CREATE VIEW lead_cost_summary AS
SELECT c.lead_id, count(*) AS calls, sum(c.cost_nano) / 1e9 AS cost_usd, sum(c.cost_nano IS NULL) AS unpriced
FROM call c WHERE c.lead_id IS NOT NULL GROUP BY c.lead_id""",
)


def sqlite_ddl() -> str:
    """Return the statements that make an empty SQLite file a store."""
    dialect = sqlite.dialect()
    statements: list[str] = []
    for table in SQLModel.metadata.sorted_tables:
        statements.append(str(CreateTable(table).compile(dialect=dialect)))
        ordered = sorted(table.indexes, key=lambda index: str(index.name))
        statements += [str(CreateIndex(index).compile(dialect=dialect)) for index in ordered]
    lines = [
        line.rstrip().replace("\t", "  ")
        for text in (*statements, *VIEWS)
        for line in f"{text.strip()};".splitlines()
    ]
    return "-- Made by: python -m costtui.store.schema\n" + "\n".join(lines) + "\n"


if __name__ == "__main__":
    DDL.write_text(sqlite_ddl(), encoding="utf-8")
