"""Contexts × AI Configs: what each is served, and what a call for each takes."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from costtui.attribution.named import describe
from costtui.errors import CosttuiError, SettingsError
from costtui.trials.bench import Bench
from costtui.trials.outcome import verdict_of
from costtui.trials.session import Made, Pace, Session
from costtui.trials.wanted import wanted
from costtui.view.matrix import MOST_CELLS, Grid, GridCell, Matrix
from costtui.view.trial import PROMPTS, Ask, Tally

if TYPE_CHECKING:
    from costtui.launchdarkly.flags import Flags
    from costtui.launchdarkly.trial import Judged
    from costtui.llm import LLMClient

_CONCURRENCY = 4


def served_matrix(bench: Bench, grid: Grid) -> Matrix:
    """Return what every context would be served; no model is called, nothing is sent. Raises SettingsError."""
    from costtui.launchdarkly.flags import Flags

    asks = _asks(bench, grid)
    with Flags(bench.flags()) as flags, bench.client() as client:
        return Matrix(tuple(_cell(bench, ask, flags, client) for ask in asks))


def called_matrix(
    bench: Bench, grid: Grid, stopped: threading.Event, count: Callable[[Tally], None]
) -> Matrix:
    """Return the matrix with a call made for every cell, and its verdict. Raises CosttuiError."""
    planned = served_matrix(bench, grid)
    cells = {(cell.context, cell.config): cell for cell in planned.callable}
    asks = [ask for ask in _asks(bench, grid) if (ask.context, ask.config) in cells]
    with Session(bench, tracks=True) as session:
        series = session.run(
            asks, pace=Pace(_CONCURRENCY), each=lambda made, tally: count(tally), stopped=stopped
        )
        judged = session.judge()
    made = {(one.ask.context, one.ask.config): one for one in series.made}
    return Matrix(tuple(_judged(cell, made, judged) for cell in planned.cells), note=series.ended)


def _asks(bench: Bench, grid: Grid) -> list[Ask]:
    """Return a call per cell. Raises SettingsError."""
    names = [name for name, _ in bench.palette.choices()]
    contexts = bench.palette.matching(grid.contexts) if grid.contexts else tuple(names)
    configs = _configs(bench, grid.configs)
    if len(contexts) * len(configs) > MOST_CELLS:
        raise SettingsError(
            f"{len(contexts)} contexts × {len(configs)} AI Configs are more than {MOST_CELLS} cells: choose fewer"
        )
    prompt = grid.prompt or PROMPTS[0]
    return [
        Ask(prompt, grid.model, config, context, legacy=grid.legacy)
        for context in contexts
        for config in configs
    ]


def _configs(bench: Bench, patterns: tuple[str, ...]) -> tuple[str, ...]:
    from costtui.launchdarkly.flags import config_keys

    known = config_keys(bench.flags())
    found: dict[str, None] = {} if patterns else dict.fromkeys(known)
    for pattern in patterns:
        found.update(dict.fromkeys([key for key in known if fnmatchcase(key, pattern)] or [pattern]))
    if not found:
        raise SettingsError("a live environment does not list its AI Configs: name them")
    return tuple(found)


def _cell(bench: Bench, ask: Ask, flags: "Flags", client: "LLMClient") -> GridCell:
    from costtui.launchdarkly.trial import allow_listed, with_user_id

    context = bench.palette.context(ask.context)
    cell = GridCell(ask.context, describe(context), ask.config)
    try:
        served = flags.serve(ask.config, allow_listed(with_user_id(context)) if ask.legacy else context)
    except SettingsError as error:
        return replace(cell, problem=str(error))
    cell = replace(
        cell,
        variation=served.variation,
        reason=served.reason,
        model=served.model,
        parameters=served.parameters,
    )
    try:
        call = wanted(ask, served, client)
        plan = client.planner.plan(call.messages, call.config, call.max_tokens)
    except CosttuiError as error:
        return replace(cell, problem=str(error))
    name = f"{plan.provider.name}/{plan.ask.model}"
    return replace(cell, calls=name, most_nano=client.planner.estimate(plan).nano)


def _judged(cell: GridCell, made: Mapping[tuple[str, str], Made], judged: "Judged | None") -> GridCell:
    one = made.get((cell.context, cell.config))
    if one is None:
        return cell
    if one.done is None:
        return replace(cell, problem=one.error)
    verdict, tone = "cost unknown: nothing was tracked", "warn"
    if one.usd is not None and one.application is not None and judged is not None:
        group = judged.verdict(cell.config, one.application.tracked)
        verdict, tone = verdict_of(group) if group else ("the event did not arrive", "error")
    return replace(
        cell,
        made=True,
        cost_nano=one.done.cost.nano,
        tracked_usd=one.usd,
        latency_ms=one.done.latency_ms,
        verdict=" ".join(verdict.split()),
        tone=tone,
    )
