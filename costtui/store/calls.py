"""Which calls a query means, as SQL: filters, spans, orders."""

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from costtui.call_fields import NUMBER_FIELDS, SERIES_FIELDS, TAG, TEXT_FIELDS
from costtui.filter import Filter, Term
from costtui.reading import CallQuery
from costtui.store import codes
from costtui.store.rows import CALL_TABLES

_TEXT_SQL = {
    "asked": "coalesce(c.model_asked, s.model)",
    "run": "r.run_id",
    "lead": "c.lead_id",
    "session": "c.session_id",
    "user": "c.user_id",
    "error": "c.error",
    "config": "v.config_key",
    "variation": "v.variation_key",
}
_CODED = {"mode": ("c.mode", codes.MODE), "source": ("c.cost_source", codes.COST_SOURCE)}
_NUMBER_SQL = {
    "cost": "c.cost_nano / 1e9",
    "saved": "c.saved_nano / 1e9",
    "latency": "c.latency_ms",
    "ttft": "c.ttft_ms",
    "tokens": "CASE WHEN c.input_tokens IS NULL THEN c.output_tokens"
    " ELSE c.input_tokens + coalesce(c.output_tokens, 0) END",
    "input": "c.input_tokens",
    "output": "c.output_tokens",
    "cached": "c.cache_read_tokens",
    "attempt": "c.attempt",
    "quality": "c.quality",
}
_TAGS = "json_each(CASE WHEN json_valid(c.tags) THEN c.tags ELSE '{}' END)"
_ORDERS = {
    "newest": "c.started_us DESC, c.id DESC",
    "oldest": "c.started_us, c.id",
    "cost": "coalesce(c.cost_nano, 0) DESC, c.id DESC",
    "latency": "coalesce(c.latency_ms, 0) DESC, c.id DESC",
}
_SEEKS = 64
"""Series that are looked up one by one, each in its own stretch of an index; beyond, time order is walked."""


def add_functions(connection: sqlite3.Connection) -> None:
    """Teach a connection the two functions that conditions use."""
    connection.create_function("fold", 1, _fold, deterministic=True)
    connection.create_function(
        "as_text", 1, lambda value: "" if value is None else str(value), deterministic=True
    )


def find_ids(connection: sqlite3.Connection, query: CallQuery) -> list[int]:
    """Return the ids of the calls that a query means, in its order."""
    conditions = _Conditions()
    series = _series(connection, query)
    if query.span is not None:
        conditions.add("c.started_us >= {} AND c.started_us < {}", query.span.start_us, query.span.end_us)
    if query.run_id:
        conditions.add("c.run_ref = (SELECT id FROM run WHERE run_id = {})", query.run_id)
    if query.before_id is not None:
        conditions.add(
            "(c.started_us, c.id) < (coalesce((SELECT started_us FROM call WHERE id = {}), 0), {})",
            query.before_id,
            query.before_id,
        )
    for term in query.where.terms:
        if term.field not in SERIES_FIELDS:
            _condition(connection, conditions, term)
    limit = conditions.value(max(query.limit, 0))
    order = _ORDERS[query.order]
    seek = (
        series is not None
        and len(series) <= _SEEKS
        and not query.run_id
        and query.order in ("newest", "oldest")
    )
    if series is not None and not seek:
        conditions.add(f"c.series_id IN ({_listed(series)})")
    where = conditions.sql()
    if not seek:
        sql = f"SELECT c.id FROM {CALL_TABLES} WHERE {where} ORDER BY {order} LIMIT {limit}"
    else:
        direction = "DESC" if query.order == "newest" else ""
        parts = " UNION ALL ".join(
            f"SELECT * FROM (SELECT c.id AS id, c.started_us AS at FROM {CALL_TABLES}"
            f" WHERE c.series_id = {one} AND {where} ORDER BY {order} LIMIT {limit})"
            for one in series or ()
        )
        if not parts:
            return []
        sql = f"SELECT id FROM ({parts}) ORDER BY at {direction}, id {direction} LIMIT {limit}"
    return [row[0] for row in connection.execute(sql, conditions.values)]


@dataclass(slots=True)
class _Conditions:
    parts: list[str] = field(default_factory=list)
    values: dict[str, Any] = field(default_factory=dict)

    def value(self, value: object) -> str:
        """Return the parameter that stands for a value."""
        name = f"v{len(self.values)}"
        self.values[name] = value.encode("utf-8", "replace").decode() if isinstance(value, str) else value
        return f":{name}"

    def add(self, condition: str, *values: object) -> None:
        """Add a condition that must hold; ``{}`` stands for a value."""
        self.parts.append(condition.format(*(self.value(value) for value in values)))

    def sql(self) -> str:
        """Return all conditions together."""
        return " AND ".join(f"({part})" for part in self.parts) or "1"


def _series(connection: sqlite3.Connection, query: CallQuery) -> list[int] | None:
    """Return the series that can hold what is looked for, None for all."""
    terms = [term for term in query.where.terms if term.field in SERIES_FIELDS]
    if not terms and not query.nodes:
        return None
    found = []
    for number, *values in _all_series(connection):
        row = dict(zip(SERIES_FIELDS, values, strict=True))
        if (not query.nodes or row["node"] in query.nodes) and Filter(tuple(terms)).matches(row.get, str):
            found.append(number)
    return found


def _all_series(connection: sqlite3.Connection) -> Iterable[tuple[int, str, str, str, str, str]]:
    for row in connection.execute("SELECT id, node, provider, model, subsystem, status FROM series"):
        known = isinstance(row[5], int) and 0 <= row[5] < len(codes.STATUS)
        yield (row[0], *map(str, row[1:5]), codes.STATUS[row[5]].value if known else "ok")


def _condition(connection: sqlite3.Connection, conditions: _Conditions, term: Term) -> None:
    if not term.field:
        sql = _any_text(connection, conditions, term)
    elif term.field in _TEXT_SQL:
        sql = _text(conditions, _TEXT_SQL[term.field], term)
    elif term.field in _CODED:
        sql = _coded(*_CODED[term.field], term)
    elif term.field in _NUMBER_SQL:
        sql = _number(conditions, _NUMBER_SQL[term.field], term)
    elif term.field.startswith(TAG):
        name = conditions.value(term.field.removeprefix(TAG).casefold())
        sql = _text(conditions, f"(SELECT value FROM {_TAGS} WHERE fold(key) = {name} LIMIT 1)", term)
    else:
        sql = str(int(term.matches(None)))
    conditions.parts.append(f"NOT coalesce({sql}, 0)" if term.negated else sql)


def _text(conditions: _Conditions, value: str, term: Term) -> str:
    folded = term.text.casefold()
    if term.operator == "=":
        return f"fold({value}) = {conditions.value(folded)}"
    if term.operator != ":":
        return "0"
    if not folded:
        return "1"
    escaped = folded.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    like = f"{value} LIKE {conditions.value(f'%{escaped}%')} ESCAPE '\\'"
    # LIKE ignores the case of ASCII letters only; text with others is folded, which is slower.
    return f"({like} OR ({value} GLOB '*[^ -~]*' AND instr(fold({value}), {conditions.value(folded)})))"


def _coded(column: str, words: Iterable[str], term: Term) -> str:
    return f"{column} IN ({_listed(code for code, word in enumerate(words) if term.matches(str(word)))})"


def _number(conditions: _Conditions, value: str, term: Term) -> str:
    if term.operator in (":", "="):
        return _text(conditions, f"as_text({value})", term)
    number = term.number
    return "0" if number is None else f"{value} {term.operator} {conditions.value(number)}"


def _any_text(connection: sqlite3.Connection, conditions: _Conditions, term: Term) -> str:
    matching = [
        number for number, *values in _all_series(connection) if any(term.matches(value) for value in values)
    ]
    parts = [f"c.series_id IN ({_listed(matching)})"]
    parts += [_text(conditions, column, term) for column in _TEXT_SQL.values()]
    parts += [_coded(column, words, term) for column, words in _CODED.values()]
    parts.append(f"EXISTS (SELECT 1 FROM {_TAGS} WHERE {_text(conditions, 'value', term)})")
    return f"({' OR '.join(f'coalesce({part}, 0)' for part in parts)})"


def _listed(numbers: Iterable[int]) -> str:
    return ", ".join(str(int(number)) for number in numbers)


def _fold(value: object) -> str:
    return "" if value is None else str(value).casefold()


assert set(TEXT_FIELDS) == {*SERIES_FIELDS, *_TEXT_SQL, *_CODED} and set(NUMBER_FIELDS) == set(_NUMBER_SQL)
