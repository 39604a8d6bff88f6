"""Stores as the earlier systems write them, and what the monitor would see of them."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

from costtui.facts import Call
from costtui.reading import CallQuery, Opened
from costtui.settings import Settings

FIXTURES = Path(__file__).parent / "fixtures"
BERLIN = Settings(time_zone="Europe/Berlin")
UTC = Settings(time_zone="UTC")


def copy_of(name: str, directory: Path, as_name: str = "") -> Path:
    """Return a copy of a real store that may be written."""
    return Path(shutil.copyfile(FIXTURES / name, directory / (as_name or name)))


def execute(path: Path, *statements: str) -> None:
    """Change a store as its own program would."""
    with closing(sqlite3.connect(path)) as connection, connection:
        for statement in statements:
            connection.execute(statement)


def calls(opened: Opened) -> list[Call]:
    """Return all calls in the order of their ids."""
    return sorted(opened.reader.calls(CallQuery(limit=1_000_000)), key=lambda call: call.id)


def spent(opened: Opened) -> int:
    """Return the sum of all known costs."""
    return sum(call.cost.nano or 0 for call in calls(opened))


COSTS = (
    "CREATE TABLE cost_runs (run_id TEXT PRIMARY KEY, timestamp TEXT NOT NULL, total_cost REAL NOT NULL,"
    " subsystem TEXT NOT NULL, source_method TEXT NOT NULL)",
    "CREATE TABLE node_costs (run_id TEXT NOT NULL, node_name TEXT NOT NULL, cost REAL, input_tokens INTEGER,"
    " output_tokens INTEGER, model_name TEXT)",
)
QUALITY = (
    "CREATE TABLE quality_runs (run_id TEXT PRIMARY KEY, timestamp TEXT, subsystem TEXT, overall_score REAL,"
    " completeness REAL, clarity REAL, testability REAL, traceability REAL, validation_passed INTEGER,"
    " iteration_count INTEGER, requirements_count INTEGER)",
)
AI_COST_TRACKING = (
    "CREATE TABLE ai_cost_tracking (id INTEGER PRIMARY KEY, timestamp TIMESTAMP DEFAULT CURRENT_TIMESTAMP,"
    " agent_type TEXT, agent_mode TEXT, lead_id TEXT, session_id TEXT, user_id TEXT, prompt_text TEXT,"
    " prompt_tokens INTEGER, prompt_complexity REAL, completion_text TEXT, completion_tokens INTEGER,"
    " provider TEXT, model TEXT, cost_usd REAL, latency_ms INTEGER, cache_hit BOOLEAN, quality_score REAL,"
    " feedback_count INTEGER)",
)
