"""The comparison of runs of issue pipelines as Markdown."""

from collections.abc import Iterable, Mapping
from typing import Any

from costtui.format import UNKNOWN, duration
from costtui.format import money as money_text
from costtui.money import nano
from costtui.text import plain


def comparison_report(
    *,
    models: Mapping[str, Mapping[str, Any]],
    temperatures: Mapping[str, Mapping[str, Any]],
    costs: Mapping[str, Any],
    trends: Mapping[str, Any],
    best: Mapping[str, Any],
) -> str:
    """Return the answers of an analyzer as one document."""
    lines = [
        "# Comparison of runs",
        "",
        f"{best['run_count']} runs, {best['configurations']} configurations.",
        "",
    ]
    lines += _section("Models", models) + _section("Temperatures", temperatures)
    lines += ["## Best configurations", ""]
    lines += _table(
        ("configuration", "score", "runs", "issues", "success", "$/issue", "time/issue"),
        (
            (
                item["name"],
                _number(item["score"]),
                item["run_count"],
                item["issues"],
                _rate(item["success_rate"]),
                _money(item["cost_per_issue"]),
                _seconds(item["seconds_per_issue"]),
            )
            for item in best["top_configurations"]
        ),
    )
    lines += [f"Mean score of all configurations: {_number(best['avg_score'])}.", ""]
    lines += ["## Cost efficiency", ""]
    lines += [f"A successful issue costs {_money(costs['cost_per_successful_issue'])} on average.", ""]
    lines += _table(
        ("model", "$/successful issue", "successful issues", "total", "unpriced calls"),
        (
            (
                name,
                _money(item["cost_per_successful_issue"]),
                item["successful_issues"],
                _money(item["total_cost"]),
                item["unpriced_calls"],
            )
            for name, item in costs["by_model"].items()
        ),
    )
    change = trends["change_percent"]
    moved = "" if change is None else f" ({change:+.1f} %, p = {trends['p_value']:.3f})"
    lines += ["## Trend", "", f"Success rate: {trends['trend']}{moved}, over {trends['run_count']} runs.", ""]
    return "\n".join(lines)


def _section(title: str, groups: Mapping[str, Mapping[str, Any]]) -> list[str]:
    rows = (
        (
            name,
            group["run_count"],
            _rate(group["avg_success_rate"]),
            _money(group["avg_cost"]),
            _seconds(group["avg_duration"]),
            group["errors"],
            group["debugging_cycles"],
            "baseline"
            if group["baseline"]
            else "; ".join(f"{quantity}: {text}" for quantity, text in group["verdicts"].items()),
        )
        for name, group in groups.items()
    )
    headings = ("value", "runs", "success", "mean cost", "mean time", "errors", "debugging", "verdict")
    note = "Nobody assigned runs at random: a difference may come from what they were given to do."
    return [f"## {title}", "", *_table(headings, rows), note, ""]


def _table(headings: Iterable[str], rows: Iterable[Iterable[Any]]) -> list[str]:
    heads = list(headings)
    body = [f"| {' | '.join(_cell(value) for value in row)} |" for row in rows]
    return [f"| {' | '.join(heads)} |", f"|{'---|' * len(heads)}", *body, ""]


def _cell(value: Any) -> str:
    return plain(str(value)).replace("|", "\\|")


def _money(dollars: float | None) -> str:
    return money_text(None if dollars is None else nano(dollars))


def _seconds(seconds: float | None) -> str:
    return duration(None if seconds is None else seconds * 1000)


def _rate(percent: float | None) -> str:
    return UNKNOWN if percent is None else f"{percent:.0f} %"


def _number(value: float | None) -> str:
    return UNKNOWN if value is None else f"{value:.1f}"
