"""The text of ``costtui check``: worst cause first, two contexts side by side, dollars, and what to change."""

from collections import Counter, defaultdict

from rich.console import Console, RenderableType
from rich.console import Group as Lines
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from costtui.attribution.difference import Change
from costtui.attribution.explain import NOTES
from costtui.attribution.groups import Group, Report
from costtui.attribution.served import Serve, served
from costtui.attribution.verdicts import Severity
from costtui.format import count, money, percent

_STYLE = {
    Severity.ERROR: ("bold red", "✗ ERROR"),
    Severity.WARNING: ("bold yellow", "▲ WARNING"),
    Severity.INFO: ("bold cyan", "? CANNOT TELL"),
    Severity.OK: ("bold green", "✓ OK"),
}
_MARK = {
    Change.ADDED: ("+", "green"),
    Change.REMOVED: ("-", "red"),
    Change.CHANGED: ("≠", "yellow"),
    Change.RETYPED: ("≠", "yellow"),
}
_INDENT = (0, 0, 0, 3)
_ROWS = 14


def print_report(
    report: Report, other_keys: Counter[str], *, strict: bool, serve: Serve | None = None
) -> None:
    """Print a report; without any event, say which keys were seen instead."""
    console = Console(highlight=False)
    console.print(_headline(report))
    for alike in _alike(report):
        console.print()
        console.print(Lines(*_block(alike, report, serve)))
    console.print()
    console.print(_conclusion(report, other_keys, strict))


def _headline(report: Report) -> Text:
    text = Text()
    text.append(report.metric, "bold")
    text.append(f"   {_events(report.events)}")
    if report.cost_nano is not None:
        text.append(f" · {money(report.cost_nano)}")
    for number, word, style in (
        (report.attributed, "attributed", "green"),
        (report.unattributed, "not attributed", "red"),
        (report.cannot_tell, "cannot tell", "cyan"),
    ):
        if number:
            text.append(" · ")
            text.append(f"{count(number)} {word} ({percent(number, report.events)})", style)
    return text


def _alike(report: Report) -> list[list[Group]]:
    """Return groups that differ only in the flag or AI Config together: they have one cause and one fix."""
    found: dict[object, list[Group]] = defaultdict(list)
    for group in report.groups:
        changes = tuple((each.kind, each.attribute, each.change) for each in group.differences)
        found[
            group.verdict, group.severity, changes, group.call_sites, group.why.replace(group.config, "")
        ].append(group)
    return list(found.values())


def _block(alike: list[Group], report: Report, serve: Serve | None) -> list[RenderableType]:
    first = alike[0]
    style, word = _STYLE[first.severity]
    events, units = sum(group.events for group in alike), max(group.units for group in alike)
    title = Text()
    title.append(word, style)
    title.append(f"  {first.verdict.value.replace('_', ' ')}", "bold")
    title.append(
        f"   {_events(events)} ({percent(events, report.events)}) of {units:,} unit{'s' * (units != 1)}"
    )
    cost = sum(group.cost_nano or 0 for group in alike)
    if first.cost_nano is not None:
        title.append(f" · {money(cost)}", "bold")
    lines: list[RenderableType] = [title]
    if len(alike) > 1:
        configs = ", ".join(f"{group.config} ({_events(group.events)})" for group in alike)
        lines.append(_labelled("In", configs))
    elif first.config:
        variation = f", served {first.variation}" if first.variation else ""
        lines.append(_labelled("In", f"{first.config}{variation}"))
    lines.append(
        _labelled("Why", first.why.replace(first.config, "its flag") if len(alike) > 1 else first.why)
    )
    if first.severity is not Severity.OK:
        if first.evaluated is not None or first.tracked is not None:
            lines.append(Padding(_contexts(first), _INDENT))
        lines.extend(_labelled("Line", site) for site in first.call_sites)
    found = served(first, serve) if serve is not None else None
    if found is not None:
        lines.append(_labelled("Serve", found.words))
    notes: Counter[str] = Counter()
    for group in alike:
        notes.update({note.value: number for note, number in group.notes.items()})
    lines.extend(
        _labelled("Note", f"{NOTES[note]} ({_events(number)})", "dim") for note, number in notes.items()
    )
    if first.fix:
        advice, _, code = first.fix.partition("\n")
        lines.append(_labelled("Fix", advice, "bold"))
        if code:
            lines.append(Padding(Text(code, style="cyan"), (0, 0, 0, 12)))
    return lines


def _contexts(group: Group) -> Table:
    rows = group.rows
    kinds = {row.kind for row in rows}
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), show_edge=False)
    table.add_column("")
    table.add_column(
        f"{rows[0].kind} context" if len(kinds) == 1 else "context", style="dim", overflow="fold"
    )
    table.add_column("evaluated", overflow="fold")
    table.add_column("tracked", overflow="fold")
    table.add_column("")
    for row in rows[:_ROWS]:
        mark, style = _MARK[row.change] if row.change else (" ", "")
        table.add_row(
            Text(mark, style=style),
            Text(row.attribute if len(kinds) == 1 else f"{row.kind} {row.attribute}"),
            Text(row.evaluated or "–", style=style),
            Text(row.tracked or "–", style=style),
            Text(row.change.value if row.change else "", style=style),
        )
    if len(rows) > _ROWS:
        table.add_row("", f"and {len(rows) - _ROWS} more that are equal", "", "", "")
    return table


def _labelled(label: str, text: str, style: str = "") -> Table:
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(width=3)
    table.add_column(width=5, style="dim")
    table.add_column(overflow="fold", style=style)
    table.add_row("", label, Text(text))
    return table


def _conclusion(report: Report, other_keys: Counter[str], strict: bool) -> Text:
    code = report.exit_code(strict=strict)
    if not report.events:
        seen = ", ".join(f"{key} ({number})" for key, number in other_keys.most_common(8))
        text = f"No event with the key {report.metric!r} was captured, so nothing can be said. "
        return Text(
            text + (f"Seen: {seen}." if seen else "No other metric event was captured either."), "cyan"
        )
    if code == 1:
        lost = money(report.unattributed_nano) if report.unattributed_nano else ""
        spent = f", {lost} of spend," if lost else ""
        if not report.unattributed:
            return Text(
                "Everything is attributed, but there are warnings, and the check is strict.", "bold yellow"
            )
        return Text(f"{_events(report.unattributed)}{spent} will be missing from the experiment.", "bold red")
    if code == 2:
        return Text("Not everything could be decided from what was captured.", "bold cyan")
    warned = any(group.severity is Severity.WARNING for group in report.groups)
    return Text("All attributed, with warnings." if warned else "All attributed.", "bold green")


def _events(number: int) -> str:
    return f"{count(number)} event{'s' * (number != 1)}"
