"""The columns of calls, wherever calls are listed."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import tzinfo
from typing import Any

from costtui.facts import Call, Status
from costtui.format import UNKNOWN, duration, money, tokens
from costtui.money import usd
from costtui.sums import is_estimated
from costtui.view.clock import clock, moment, start_of_day
from costtui.view.precision import UNPRICED
from costtui.view.snapshot import Sources
from costtui.view.table import Field, Row, Table
from costtui.view.tones import STATUS_TONES


@dataclass(frozen=True, slots=True)
class Item:
    """A call, and what its time is written with."""

    call: Call
    zone: tzinfo
    today_us: int
    """Some instant of today: the same in every snapshot of a day, so that rows stay equal."""


def cost_text(call: Call) -> str:
    """Return the cost of a call with its precision; a word where the price is not known."""
    if call.cost.nano is None:
        return UNPRICED
    return ("≈" if is_estimated(call) else "") + money(call.cost.nano)


def _status_text(call: Call) -> str:
    text = call.status.value
    if call.cache_hit:
        text += " cached"
    return text if call.attempt <= 1 else f"{text} #{call.attempt}"


def _tokens(number: int | None, item: Item) -> str:
    return ("≈" if number is not None and item.call.usage.state == "estimated" else "") + tokens(number)


TABLE: Table[Item] = Table(
    Field(
        "time",
        "time",
        12,
        lambda i: i.call.started_us,
        lambda i: clock(i.call.started_us, i.zone, i.today_us),
        "muted",
        align="left",
        name="started_us",
        help="when the call began",
    ),
    Field(
        "node",
        "node",
        0,
        lambda i: i.call.node,
        lambda i: i.call.node or UNKNOWN,
        align="left",
        help="path of the step that made the call",
    ),
    Field(
        "model",
        "model",
        18,
        lambda i: i.call.model,
        lambda i: i.call.model or UNKNOWN,
        "muted",
        align="left",
        priority=1,
        help="the model that answered",
    ),
    Field(
        "status",
        "status",
        9,
        lambda i: i.call.status.value,
        lambda i: _status_text(i.call),
        lambda i: STATUS_TONES.get(i.call.status, ""),
        align="left",
        help="how it ended; #2 is the second attempt of an operation",
    ),
    Field(
        "cost",
        "cost",
        10,
        lambda i: None if i.call.cost.nano is None else float(usd(i.call.cost.nano)),
        lambda i: cost_text(i.call),
        lambda i: "warn" if i.call.cost.nano is None else "money",
        name="cost_usd",
        help="≈ where tokens or cost are estimates",
    ),
    Field(
        "latency",
        "latency",
        8,
        lambda i: i.call.latency_ms,
        lambda i: duration(i.call.latency_ms),
        name="latency_ms",
        help="from the request to the end of the answer",
    ),
    Field(
        "ttft",
        "TTFT",
        8,
        lambda i: i.call.ttft_ms,
        lambda i: duration(i.call.ttft_ms),
        priority=5,
        name="ttft_ms",
        help="time to the first token of a stream",
    ),
    Field(
        "input",
        "in",
        7,
        lambda i: i.call.usage.input_tokens,
        lambda i: _tokens(i.call.usage.input_tokens, i),
        priority=2,
        name="input_tokens",
        help="input tokens, cached ones included",
    ),
    Field(
        "output",
        "out",
        7,
        lambda i: i.call.usage.output_tokens,
        lambda i: _tokens(i.call.usage.output_tokens, i),
        priority=2,
        name="output_tokens",
        help="output tokens, reasoning included",
    ),
    Field(
        "cached",
        "cached",
        7,
        lambda i: i.call.usage.cache_read_tokens,
        lambda i: tokens(i.call.usage.cache_read_tokens) if i.call.usage.cache_read_tokens else "",
        "muted",
        priority=6,
        name="cache_read_tokens",
        help="input tokens read from the provider's cache",
    ),
    Field(
        "run",
        "run",
        14,
        lambda i: i.call.run_id,
        None,
        "muted",
        align="left",
        priority=3,
        name="run_id",
        help="the execution of the pipeline that it belongs to",
    ),
    Field(
        "provider",
        "provider",
        10,
        lambda i: i.call.provider,
        None,
        "muted",
        align="left",
        priority=7,
        help="who served it",
    ),
    Field(
        "subsystem",
        "subsystem",
        12,
        lambda i: i.call.subsystem,
        None,
        "muted",
        align="left",
        priority=4,
        help="of the run",
    ),
    Field(
        "lead",
        "lead",
        10,
        lambda i: i.call.lead_id,
        None,
        "muted",
        align="left",
        priority=8,
        help="the customer entity",
    ),
    Field(
        "error",
        "error",
        24,
        lambda i: i.call.error,
        None,
        "error",
        align="left",
        priority=5,
        help="what the provider said",
    ),
)
"""Columns of calls; pages leave out what their title says."""


def items(sources: Sources, calls: Iterable[Call]) -> tuple[Item, ...]:
    """Return calls with what their cells need."""
    today = start_of_day(sources.now_us, sources.zone)
    return tuple(Item(call, sources.zone, today) for call in calls)


def model_of(found: Iterable[Item], key: str | None) -> tuple[str, str] | None:
    """Return provider and model of the call in a row, None where there is no such row or its model has no name."""
    call = next((item.call for item in found if str(item.call.id) == key), None)
    return (call.provider, call.model) if call is not None and call.model else None


def rows_of(table: Table[Item], found: Iterable[Item]) -> tuple[Row, ...]:
    """Return the rows that show calls."""
    return tuple(
        table.row(str(item.call.id), item, "error" if item.call.status is Status.ERROR else "")
        for item in found
    )


def records(found: Iterable[Item]) -> list[dict[str, Any]]:
    """Return calls as plain values, with their time in words."""
    return [
        {
            "id": item.call.id,
            "started_at": moment(item.call.started_us, item.zone),
            **TABLE.record(item),
            "cost_source": item.call.cost.source.value,
        }
        for item in found
    ]
