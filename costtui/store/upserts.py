"""Facts other than calls become rows: the same key again replaces."""

import sqlite3
from collections.abc import Callable, Mapping
from hashlib import blake2b
from typing import Any

from costtui.facts import Alert, Budget, Context, Exposure, MetricEvent, Quality, Run, Settlement, Step
from costtui.store import codes, issue_rows
from costtui.store.calls_write import word
from costtui.store.replacing import dumped, encodable, replace_row
from costtui.store.words import Words

Fact = (
    Run
    | Step
    | Quality
    | Context
    | Exposure
    | MetricEvent
    | Budget
    | Alert
    | Settlement
    | issue_rows.IssueFact
)
_Upsert = Callable[[sqlite3.Connection, Words, Any, int], None]


def upsert(connection: sqlite3.Connection, words: Words, fact: Fact, revision: int) -> None:
    """Write a fact; runs that it changes get the revision. Raises TypeError for what is no fact."""
    write = _WRITERS.get(type(fact))
    if write is None:
        raise TypeError(f"a store keeps no {type(fact).__name__}")
    write(connection, words, fact, revision)


def _run(connection: sqlite3.Connection, words: Words, run: Run, revision: int) -> None:
    from costtui.store.liveness import process_start

    row: dict[str, Any] = {
        "run_id": word(run.run_id),
        "started_us": run.started_us,
        "subsystem": word(run.subsystem),
        "status": codes.STATUS_CODE[run.status],
        "ended_us": run.ended_us,
        "source_method": word(run.source_method),
        "error": word(run.error) or None,
        "config": dumped(run.config),
        "budget_nano": run.budget_nano,
        "host": word(run.host),
        "pid": run.pid,
        "process_started": process_start(run.host, run.pid),
        "revision": revision,
    }
    replace_row(connection, "run", "run_id", row)
    connection.execute(
        "UPDATE run SET last_us = max(last_us, ?) WHERE run_id = ?",
        (max(run.last_us, run.started_us, run.ended_us or 0), row["run_id"]),
    )
    _grade(connection, row["run_id"], revision)


def _grade(connection: sqlite3.Connection, run_id: str, revision: int) -> None:
    newest = connection.execute(
        "SELECT overall_score, validation_passed FROM quality WHERE run_id = ?"
        " ORDER BY recorded_us DESC LIMIT 1",
        (run_id,),
    ).fetchone()
    if newest:
        connection.execute(
            "UPDATE run SET quality = ?, quality_passed = ?, revision = ? WHERE run_id = ?",
            (*newest, revision, run_id),
        )


def _step(connection: sqlite3.Connection, words: Words, step: Step, revision: int) -> None:
    row: dict[str, Any] = {
        "key": word(step.key),
        "run_ref": words.run_ref(word(step.run_id), step.started_us) if step.run_id else None,
        "node": word(step.node),
        "started_us": step.started_us,
        "ended_us": step.ended_us,
        "status": codes.STATUS_CODE[step.status],
        "error": word(step.error) or None,
        "detail": word(step.detail) or None,
    }
    replace_row(connection, "step", "key", row)


def _quality(connection: sqlite3.Connection, words: Words, quality: Quality, revision: int) -> None:
    row: dict[str, Any] = {
        "run_id": word(quality.run_id),
        "recorded_us": quality.recorded_us,
        "subsystem": word(quality.subsystem),
        "overall_score": quality.overall_score,
        "completeness": quality.completeness,
        "clarity": quality.clarity,
        "testability": quality.testability,
        "traceability": quality.traceability,
        "validation_passed": int(bool(quality.validation_passed)),
        "iteration_count": quality.iteration_count,
        "requirements_count": quality.requirements_count,
    }
    same = " AND ".join(f"{name} IS ?" for name in row)
    if connection.execute(f"SELECT 1 FROM quality WHERE {same}", tuple(row.values())).fetchone():
        return
    # A changed record gets a new row number, so that whoever follows sees it.
    connection.execute(
        f"INSERT OR REPLACE INTO quality ({', '.join(row)}) VALUES ({', '.join('?' * len(row))})",
        tuple(row.values()),
    )
    _grade(connection, row["run_id"], revision)


def _context(connection: sqlite3.Connection, words: Words, context: Context, revision: int) -> None:
    row = {"fingerprint": word(context.id), "canonical": encodable(context.canonical)}
    replace_row(connection, "context", "fingerprint", row)


def _exposure(connection: sqlite3.Connection, words: Words, exposure: Exposure, revision: int) -> None:
    row: dict[str, Any] = {
        "environment": word(exposure.environment),
        "flag": word(exposure.flag),
        "at_us": exposure.at_us,
        "place": exposure.order,
        "witness": word(exposure.witness),
        "context_ref": _attributes(connection, words, exposure.context),
        "units": dumped(exposure.units) or "{}",
        "in_experiment": int(bool(exposure.in_experiment)),
        "variation": word(exposure.variation),
        "version": exposure.version,
        "reason": word(exposure.reason),
        "ai_run_id": word(exposure.ai_run_id),
        "redacted": dumped(list(exposure.redacted)) if exposure.redacted else None,
        "call_site": word(exposure.call_site),
        "count": exposure.count if exposure.witness == "summary" else None,
        "sender": word(exposure.sender),
    }
    replace_row(connection, "exposure", "environment, at_us, place, witness, flag", row)


def _metric_event(connection: sqlite3.Connection, words: Words, event: MetricEvent, revision: int) -> None:
    row: dict[str, Any] = {
        "environment": word(event.environment),
        "key": word(event.key),
        "at_us": event.at_us,
        "place": event.order,
        "witness": word(event.witness),
        "context_ref": _attributes(connection, words, event.context),
        "units": dumped(event.units) or "{}",
        "value": None if event.value is None else dumped(event.value),
        "data": None if event.data is None else dumped(event.data),
        "ai_run_id": word(event.ai_run_id),
        "config_key": word(event.config_key),
        "variation_key": word(event.variation_key),
        "redacted": dumped(list(event.redacted)) if event.redacted else None,
        "call_site": word(event.call_site),
        "delivered": None if event.delivered is None else int(event.delivered),
        "sender": word(event.sender),
    }
    replace_row(connection, "metric_event", "environment, at_us, place, witness, key", row)
    if event.witness == "plugin" and event.delivered is not None:
        # A last word on an event that was read already: whoever follows the ids must see it.
        connection.execute(
            "UPDATE metric_event SET id = (SELECT max(id) + 1 FROM metric_event)"
            " WHERE environment = ? AND at_us = ? AND place = ? AND witness = ? AND key = ?"
            " AND id < (SELECT max(id) FROM metric_event)",
            (row["environment"], row["at_us"], row["place"], row["witness"], row["key"]),
        )


def _budget(connection: sqlite3.Connection, words: Words, budget: Budget, revision: int) -> None:
    row: dict[str, Any] = {
        "name": word(budget.name),
        "max_nano": budget.max_nano,
        "warning_nano": budget.warning_nano,
        "scope": word(budget.scope),
        "scope_value": word(budget.scope_value),
        "period": str(budget.period),
        "time_zone": word(budget.time_zone),
        "unknown_price": str(budget.unknown_price),
        "source": "store",
    }
    replace_row(connection, "budget", "name", row)


def _settlement(connection: sqlite3.Connection, words: Words, settlement: Settlement, revision: int) -> None:
    if settlement.unpriced:
        connection.execute(
            "UPDATE reservation SET expires_us = kept_us WHERE id = ? AND kept_us > 0", (settlement.hold_id,)
        )
    ended = "AND kept_us = 0" if settlement.unpriced else ""
    connection.execute(f"DELETE FROM reservation WHERE id = ? {ended}", (settlement.hold_id,))


def _alert(connection: sqlite3.Connection, words: Words, alert: Alert, revision: int) -> None:
    row: dict[str, Any] = {
        "rule": word(alert.rule),
        "subject": word(alert.subject),
        "severity": str(alert.severity),
        "message": word(alert.message),
        "since_us": alert.since_us,
        "place": word(alert.place),
        "key": word(alert.key),
        "filter": word(alert.filter),
    }
    replace_row(connection, "alert", "rule, subject, since_us", row)


def _attributes(
    connection: sqlite3.Connection, words: Words, context: Mapping[str, Any] | None
) -> int | None:
    if context is None:
        return None
    canonical = dumped(context) or "{}"
    fingerprint = blake2b(canonical.encode(), digest_size=16).hexdigest()
    known = words.contexts.get(fingerprint)
    if known is None:
        known = words.context_ref(fingerprint)
        connection.execute("UPDATE context SET canonical = ? WHERE id = ?", (canonical, known))
    return known


_WRITERS: dict[type, _Upsert] = {
    Run: _run,
    Step: _step,
    Quality: _quality,
    Context: _context,
    Exposure: _exposure,
    MetricEvent: _metric_event,
    Budget: _budget,
    Alert: _alert,
    Settlement: _settlement,
    **issue_rows.WRITERS,
}
