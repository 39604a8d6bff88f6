"""``costtui budget``: limits on spending, who uses them up, and the proof that they hold."""

import json
import sys
import time
from pathlib import Path
from typing import Annotated, Any

import typer

from costtui.errors import CosttuiError, SettingsError, StoreUnavailable
from costtui.facts import Budget, Period, UnknownPrice
from costtui.format import age, money
from costtui.money import usd
from costtui.sections import Section
from costtui.settings import Settings, load, read_budget
from costtui.text import plain
from costtui.view.budgets import Gauge

app = typer.Typer(no_args_is_help=True)

Store = Annotated[str, typer.Argument(help="The store; that of the settings where left out.")]


@app.command("list")
def list_(
    store: Store = "", json_: Annotated[bool, typer.Option("--json", help="Print a JSON array.")] = False
) -> None:
    """Print every budget: spent, reserved and by whom, its limit, pace and level.

    Example: costtui budget list pipeline.db --json
    """
    found = _gauges(store or load().store_path)
    if json_:
        print(json.dumps([gauge.record() for gauge in found], indent=2, ensure_ascii=False))
        return
    now_us = time.time_ns() // 1000
    for gauge in found:
        print("\n".join(_lines(gauge, now_us)))
    if not found:
        print("no budgets; set one: costtui budget set daily --max 50")


@app.command("set")
def set_(
    name: Annotated[str, typer.Argument(help="Name of the budget.")],
    store: Store = "",
    max_: Annotated[str, typer.Option("--max", help="The limit in dollars.")] = "",
    warning: Annotated[str, typer.Option(help="Where the warning begins; default: 80 % of the limit.")] = "",
    scope: Annotated[
        str,
        typer.Option(help="everything, node:extract, user (each for itself), tag:team=red … [everything]"),
    ] = "",
    period: Annotated[str, typer.Option(help="run, hour, day, week or month [day]")] = "",
    zone: Annotated[str, typer.Option(help="Time zone of the period, such as Europe/Berlin [UTC]")] = "",
    unknown_price: Annotated[
        str, typer.Option(help="Calls without a price: block, assume_maximum or allow [allow]")
    ] = "",
) -> None:
    """Set a budget for everybody who records into a store; what is left out stays as it was.

    Example: costtui budget set extraction --max 5 --scope node:extract --period day --zone Europe/Berlin
    """
    from costtui.store import open_writer

    settings = load()
    path = store or settings.store_path
    _refuse_settings(name, settings)
    budget = _described(
        _stored(path, name),
        {
            "name": name,
            "max": max_,
            "warning": warning,
            "scope": scope,
            "period": period,
            "time_zone": zone,
            "unknown_price": unknown_price,
        },
    )
    with open_writer(path, settings=settings) as writer:
        writer.write(budget)
        if not writer.flush():
            raise StoreUnavailable(f"{path} cannot be written at present; try again")
    print(plain(f"{path}: {_sentence(budget)}"))


@app.command("reset")
def reset(
    name: Annotated[str, typer.Argument(help="Name of the budget.")],
    store: Store = "",
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Let what a budget has spent in its present window not count any more; the calls stay, and the reset is noted.

    Example: costtui budget reset daily --yes
    """
    settings = load()
    path = store or settings.store_path
    budget = _named(path, name, settings)
    if budget.period == Period.RUN:
        raise SettingsError(f"budget {name!r} starts again with each run: there is nothing to reset")
    spent = sum(gauge.state.spent_nano for gauge in _gauges(path) if gauge.state.budget.name == name)
    _confirm(yes, f"Forget {money(spent)} that {name!r} has spent in its present window?")
    with _ledger(path, settings) as ledger:
        forgiven = ledger.forgive(budget, time.time_ns() // 1000)
    print(plain(f"{path}: {name!r} starts again from $0.00; {money(forgiven)} of its window do not count"))


@app.command("remove")
def remove(
    name: Annotated[str, typer.Argument(help="Name of the budget.")],
    store: Store = "",
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Remove a budget from a store: from then on it limits nobody.

    Example: costtui budget remove daily --yes
    """
    settings = load()
    path = store or settings.store_path
    _refuse_settings(name, settings)
    if _stored(path, name) is None:
        raise SettingsError(f"{path} has no budget {name!r}; costtui budget list shows what there is")
    _confirm(yes, f"Remove the budget {name!r}?")
    with _ledger(path, settings) as ledger:
        ledger.remove(name)
    print(plain(f"{path}: the budget {name!r} is removed"))


@app.command("verify")
def verify(
    store: Store = "",
    processes: Annotated[int, typer.Option(min=2, max=64, help="How many spend at once.")] = 16,
    calls: Annotated[int, typer.Option(min=4, max=10_000, help="How many calls each tries to make.")] = 40,
) -> None:
    """Prove that budgets hold: processes spend at once on a scratch store, some are killed; then check a real store.

    The real store is only read. Exit code 1 where anything does not add up.

        costtui budget verify pipeline.db
    """
    from costtui.cli.budget_verify import verified

    settings = load()
    lines, holds = verified(store or settings.store_path, settings, processes, calls)
    print(plain_each(lines))
    if not holds:
        raise CosttuiError("budgets do not hold: see above")


def plain_each(lines: list[str]) -> str:
    """Return lines with whatever stores put into them made printable."""
    return "\n".join(map(plain, lines))


def _gauges(path: str) -> tuple[Gauge, ...]:
    """Return the budgets of the settings and of a store, the worst first. Raises StoreError."""
    from costtui.cli.monitor import opener
    from costtui.position import Position, Viewer
    from costtui.view.budgets import gauges

    settings = load()
    with opener([path], settings)(None) as opened:
        return gauges(Position(opened, settings.window, Viewer(settings.zone, settings.budgets)).sources())


def _lines(gauge: Gauge, now_us: int) -> list[str]:
    state = gauge.state
    words = (gauge.figure, gauge.percent, gauge.word, gauge.tail, gauge.note)
    lines = [
        f"{gauge.label}  [{state.budget.name}, {state.budget.source}]",
        f"  {'  '.join(filter(None, words))}",
    ]
    for held in state.reservations:
        ends = "until the window ends" if held.assumed else f"for {age(held.expires_us - now_us)} at most"
        since = f"{age(now_us - held.taken_us)} ago"
        lines.append(f"  reserved {money(held.nano)} by {held.holder}, {since}, {ends}")
    return [plain(line) for line in lines]


def _described(old: Budget | None, given: dict[str, str]) -> Budget:
    """Return the budget that options describe, over one that there is already. Raises SettingsError."""
    values: dict[str, Any] = {"period": "day"}
    if old is not None:
        values = {
            "max": usd(old.max_nano),
            "warning": usd(old.warning_nano),
            "scope": old.scope,
            "value": old.scope_value,
            "period": old.period.value,
            "time_zone": old.time_zone,
            "unknown_price": old.unknown_price.value,
        }
        if given["max"]:
            del values["warning"]
    values |= {key: value for key, value in given.items() if value}
    if given["scope"]:
        values["scope"], values["value"] = _scope(given["scope"])
    return read_budget(Section(values, "budget set: "))


def _scope(text: str) -> tuple[str, str]:
    """Return scope and value of ``node:extract``, ``tag:team=red``, ``user``."""
    if text.startswith("tag:"):
        scope, _, value = text.partition("=")
        return scope, value
    scope, _, value = text.replace("=", ":", 1).partition(":")
    return scope, value


def _sentence(budget: Budget) -> str:
    whose = budget.scope if not budget.scope_value else f"{budget.scope} {budget.scope_value}"
    if budget.scope != "everything" and not budget.scope_value:
        whose = f"each {budget.scope}"
    length = f"per {budget.period.value}"
    if budget.period not in (Period.RUN, Period.HOUR):
        length += f" in {budget.time_zone}"
    policy = {
        UnknownPrice.ALLOW: "calls without a price are made and count nothing",
        UnknownPrice.ASSUME_MAXIMUM: "calls without a price count as the dearest known",
        UnknownPrice.BLOCK: "calls without a price are refused",
    }[budget.unknown_price]
    return (
        f"{budget.name!r} limits {whose} to {money(budget.max_nano)} {length},"
        f" warns at {money(budget.warning_nano)}; {policy}"
    )


def _stored(path: str, name: str) -> Budget | None:
    """Return a budget that a store shares, None where there is none (or no store yet)."""
    from costtui.store.budgets_read import budgets_of

    return next((budget for budget in budgets_of(Path(path)) if budget.name == name), None)


def _named(path: str, name: str, settings: Settings) -> Budget:
    own = next((budget for budget in settings.budgets if budget.name == name), None)
    budget = own or _stored(path, name)
    if budget is None:
        raise SettingsError(f"there is no budget {name!r}; costtui budget list shows what there is")
    return budget


def _refuse_settings(name: str, settings: Settings) -> None:
    for budget in settings.budgets:
        if budget.name == name:
            place = "COST_BUDGET_MAX" if budget.source == "environment" else f"{settings.path}"
            raise SettingsError(
                f"budget {name!r} comes from the settings, which win over the store; change it there ({place})"
            )


def _confirm(yes: bool, question: str) -> None:
    if not yes and not (sys.stdin.isatty() and typer.confirm(question)):
        raise CosttuiError("nothing was changed; confirm with --yes")


def _ledger(path: str, settings: Settings) -> Any:
    from contextlib import closing

    from costtui.store.connect import check_file
    from costtui.store.ledger import Ledger

    check_file(Path(path))
    return closing(Ledger(Path(path), settings.budgets))
