"""Pages as the widgets want them: columns, figures, gauges, charts."""

from collections.abc import Callable, Iterable, Sequence
from datetime import tzinfo
from typing import Any

from costtui.format import duration, money
from costtui.money import NANO_PER_USD
from costtui.ui.widgets.columns import Column
from costtui.ui.widgets.gauge import GaugeState
from costtui.ui.widgets.headline import Figure
from costtui.ui.widgets.line_chart import Chart
from costtui.view import headline
from costtui.view.budgets import Gauge
from costtui.view.chart import Curve
from costtui.view.table import Table


def columns(table: Table[Any]) -> tuple[Column, ...]:
    """Return the columns of a table."""
    return tuple(
        Column(field.id, field.title, field.width, field.align, field.priority, field.help, field.least)
        for field in table.fields
    )


def figures(found: Iterable[headline.Figure]) -> list[Figure]:
    """Return labelled figures."""
    return [Figure(one.label, one.value, one.note, one.tone or "strong") for one in found]


def gauge_states(gauges: Sequence[Gauge]) -> list[GaugeState]:
    """Return budgets as gauges."""
    return [
        GaugeState(
            key=gauge.key,
            label=gauge.label,
            figure=gauge.figure,
            percent=gauge.percent,
            level=gauge.word,
            spent=gauge.spent,
            reserved=gauge.reserved,
            warning=gauge.warning,
            projection=gauge.projection,
            tail="  ".join(filter(None, (gauge.tail, gauge.note))),
        )
        for gauge in gauges
    ]


def money_chart(curve: Curve, zone: tzinfo) -> Chart:
    """Return a curve of dollars as a chart."""
    return _chart(curve, zone, _dollars, "primary", "no calls in this window")


def latency_chart(curve: Curve, zone: tzinfo) -> Chart:
    """Return a curve of milliseconds as a chart."""
    return _chart(curve, zone, duration, "accent", "no latency recorded")


def score_chart(curve: Curve, zone: tzinfo) -> Chart:
    """Return a curve of scores of 0 to 1, run by run, as a chart."""
    return _chart(curve, zone, "{:.2f}".format, "accent", "no quality recorded")


def _chart(curve: Curve, zone: tzinfo, y_format: Callable[[float], str], tone: str, empty: str) -> Chart:
    return Chart(
        curve.edges_us,
        curve.values,
        curve.threshold,
        curve.threshold_label,
        y_format,
        zone,
        tone,
        empty,
        curve.marks,
        curve.open_end,
    )


def _dollars(value: float) -> str:
    return money(round(value * NANO_PER_USD))
