"""A small pipeline's history in memory, the same on every machine, behind the protocol that stores implement."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import replace
from random import Random
from zoneinfo import ZoneInfo

from call_values import call_field, call_texts

from costtui.facts import (
    Budget,
    BudgetState,
    BudgetWindow,
    Call,
    Context,
    Cost,
    CostLine,
    CostSource,
    Period,
    Quality,
    Reservation,
    Run,
    Status,
    Step,
    Usage,
    UsageState,
)
from costtui.money import cost, nano
from costtui.reading import CallQuery, StoreInfo, Tally, Totals
from costtui.sums import Sums, series_of
from costtui.view.snapshot import Sources
from costtui.window import WINDOWS, Span, resolve

ZONE = ZoneInfo("Europe/Berlin")
NOW_US = 1_795_349_112_000_000
"""2026-11-22 13:05:12 in Berlin."""
MINUTE = 60_000_000
SIX_HOURS = WINDOWS[2]

RATES = {  # nano-dollars per million tokens: input, output
    ("openai", "gpt-4o"): (2_500_000_000, 10_000_000_000),
    ("openai", "gpt-4o-mini"): (150_000_000, 600_000_000),
    ("anthropic", "claude-sonnet-4-5"): (3_000_000_000, 15_000_000_000),
    ("local", "qwen3-4b"): None,
}
NODES = (
    # node, provider, model, mean input, mean output, mean latency, weight
    ("plan/decompose", "anthropic", "claude-sonnet-4-5", 9_000, 1_400, 6_200, 3),
    ("analyze", "openai", "gpt-4o", 5_200, 900, 4_100, 4),
    ("supervisor", "openai", "gpt-4o-mini", 1_900, 160, 900, 8),
    ("extract", "openai", "gpt-4o-mini", 3_100, 420, 1_500, 5),
    ("summarise", "local", "qwen3-4b", 2_400, 300, 2_800, 1),
)
SUBSYSTEMS = ("requirements", "triage")


def sample_calls(count: int = 600, *, hours: float = 6, seed: int = 7) -> list[Call]:
    """Return calls spread over the hours before now, oldest first, of runs that follow one another."""
    random = Random(seed)
    start = NOW_US - int(hours * 60 * MINUTE)
    calls = []
    for index in range(count):
        share = (index / count) ** 0.8
        at = start + int(share * hours * 60 * MINUTE) + random.randrange(MINUTE // 4)
        calls.append(_call(index, min(at, NOW_US - 1_000_000), count, random))
    return calls


def _call(index: int, at_us: int, count: int, random: Random) -> Call:
    node, provider, model, mean_in, mean_out, mean_ms, _ = random.choices(NODES, [row[-1] for row in NODES])[
        0
    ]
    run = index * 24 // count
    tokens_in = int(mean_in * random.lognormvariate(0, 0.35))
    tokens_out = int(mean_out * random.lognormvariate(0, 0.4))
    failed = random.random() < 0.02
    state = UsageState.ESTIMATED if random.random() < 0.03 else UsageState.REPORTED
    usage = Usage(tokens_in, tokens_out, cache_read_tokens=tokens_in // 3, state=state)
    latency = int(mean_ms * random.lognormvariate(0, 0.45))
    return Call(
        key=f"chatcmpl-{index:06d}",
        started_us=at_us,
        node=node,
        run_id=f"nightly-{400 + run:04d}",
        subsystem=SUBSYSTEMS[run % 2],
        provider=provider,
        model=model,
        model_asked=model,
        usage=Usage() if failed else usage,
        cost=Cost(0, CostSource.PRICED) if failed else _cost(provider, model, usage),
        latency_ms=latency,
        ttft_ms=latency // 5,
        status=Status.ERROR if failed else Status.OK,
        error="429 Too Many Requests: rate limit reached for requests" if failed else "",
        attempt=2 if random.random() < 0.03 else 1,
        operation=f"op-{index // 2}",
        lead_id=f"lead-{random.randrange(9)}",
        id=index + 1,
    )


def _cost(provider: str, model: str, usage: Usage) -> Cost:
    rates = RATES[(provider, model)]
    if rates is None:
        return Cost(None, CostSource.UNKNOWN)
    lines = (
        CostLine("input", usage.input_tokens or 0, rates[0], cost(usage.input_tokens or 0, rates[0])),
        CostLine("output", usage.output_tokens or 0, rates[1], cost(usage.output_tokens or 0, rates[1])),
    )
    source = CostSource.HEURISTIC if usage.state is UsageState.ESTIMATED else CostSource.PRICED
    ref = f"genai-prices 0.2.3 {provider}/{model} 2026-11-22"
    return Cost(sum(line.cost_nano for line in lines), source, ref, lines)


def sample_runs(calls: Sequence[Call]) -> list[Run]:
    """Return the runs of the calls, newest first: the newest at work, one interrupted, one failed."""
    by_run: dict[str, list[Call]] = {}
    for call in calls:
        by_run.setdefault(call.run_id, []).append(call)
    runs = [_run(run_id, own) for run_id, own in by_run.items()]
    if len(runs) >= 5:
        runs[-1] = replace(runs[-1], status=Status.RUNNING, ended_us=None, quality=None, quality_passed=None)
        runs[-3] = replace(
            runs[-3], status=Status.INTERRUPTED, ended_us=None, quality=None, quality_passed=None
        )
        runs[-5] = replace(
            runs[-5], status=Status.ERROR, error="ValidationError: 2 requirements without source"
        )
    return runs[::-1]


def _run(run_id: str, calls: Sequence[Call]) -> Run:
    sums = Sums.of(calls)
    last = calls[-1].started_us + (calls[-1].latency_ms or 0) * 1000
    tail = run_id.rpartition("-")[2]
    number = int(tail) if tail.isdecimal() else 0
    return Run(
        run_id=run_id,
        started_us=calls[0].started_us - 200_000,
        subsystem=calls[0].subsystem,
        status=Status.OK,
        ended_us=last,
        config={"model": "gpt-4o", "temperature": 0.2, "max_retries": 3},
        host="worker-1",
        pid=4242,
        calls=sums.calls,
        errors=sums.errors,
        unpriced=sums.unpriced,
        estimated=sums.estimated,
        cost_nano=sums.cost_nano,
        input_tokens=sums.input_tokens,
        output_tokens=sums.output_tokens,
        last_us=last,
        quality=0.70 + number % 7 * 0.04,
        quality_passed=number % 7 > 1,
    )


def sample_steps(run: Run, calls: Sequence[Call]) -> list[Step]:
    """Return one step per call of a run, and the outer step ``plan`` around its ``plan/decompose`` steps."""
    steps = []
    for index, call in enumerate(call for call in calls if call.run_id == run.run_id):
        end = call.started_us + (call.latency_ms or 0) * 1000
        steps.append(
            Step(
                key=f"{run.run_id}:{index}",
                run_id=run.run_id,
                node=call.node,
                started_us=call.started_us,
                ended_us=end,
                status=call.status,
                error=call.error,
                detail="Extracted 5 requirements" if call.node == "extract" else "",
                calls=1,
                cost_nano=call.cost.nano or 0,
                unpriced=call.cost.nano is None,
            )
        )
    outer = [step for step in steps if step.node.startswith("plan/")]
    if outer:
        first, last = outer[0], outer[-1]
        steps.append(
            Step(f"{run.run_id}:plan", run.run_id, "plan", first.started_us, last.ended_us, Status.OK)
        )
    return sorted(steps, key=lambda step: (step.started_us, step.node.count("/")))


class MemoryReader:
    """A reader over lists."""

    def __init__(
        self,
        calls: Sequence[Call] = (),
        runs: Sequence[Run] = (),
        states: Sequence[BudgetState] = (),
        path: str = "pipeline.db",
    ) -> None:
        self.all_calls, self.all_runs, self.states, self.path = list(calls), list(runs), list(states), path
        self.queries: list[CallQuery] = []

    def info(self) -> StoreInfo:
        newest = max((call.started_us for call in self.all_calls), default=None)
        return StoreInfo(self.path, "costtui", 1, newest, len(self.all_calls))

    def first_us(self) -> int | None:
        return min((call.started_us for call in self.all_calls), default=None)

    def totals(self, span: Span) -> Totals:
        series: dict = {}
        spend, by_node = [0] * span.buckets, {}
        for call in self.all_calls:
            if not span.start_us <= call.started_us < span.end_us:
                continue
            series.setdefault(series_of(call), Sums()).add(call)
            bucket = (call.started_us - span.start_us) // (span.edges[1] - span.edges[0])
            spend[bucket] += call.cost.nano or 0
            by_node.setdefault(call.node, [0] * span.buckets)[bucket] += call.cost.nano or 0
        return Totals(len(self.all_calls), series, spend, by_node)

    def tallies(self, span: Span, node: str | None = None) -> dict[str, list[Tally]]:
        found: dict[str, list[Tally]] = {}
        for call in self.all_calls:
            if node in (None, call.node) and span.start_us <= call.started_us < span.end_us:
                own = found.setdefault(call.node, [Tally()] * span.buckets)
                failed, nano_usd = call.status is Status.ERROR, call.cost.nano
                priced = nano_usd is not None and not (failed and not nano_usd)
                own[bisect_right(span.edges, call.started_us) - 1] += Tally(1, failed, priced, nano_usd or 0)
        return found

    def calls(self, query: CallQuery) -> list[Call]:
        self.queries.append(query)
        found = [call for call in self.all_calls if self._passes(call, query)]
        if query.order == "newest":
            found.reverse()
        elif query.order == "cost":
            found.sort(key=lambda call: call.cost.nano or 0, reverse=True)
        elif query.order == "latency":
            found.sort(key=lambda call: call.latency_ms or 0, reverse=True)
        return found[: query.limit]

    def _passes(self, call: Call, query: CallQuery) -> bool:
        span = query.span
        if span is not None and not span.start_us <= call.started_us < span.end_us:
            return False
        if (query.nodes and call.node not in query.nodes) or (query.run_id and call.run_id != query.run_id):
            return False
        return query.where.matches(lambda name: call_field(call, name), lambda: call_texts(call))

    def call(self, call_id: int) -> Call | None:
        found = next((call for call in self.all_calls if call.id == call_id), None)
        return None if found is None else replace(found, prompt="Summarise:\n…", completion="It is short.")

    def context(self, context_id: str) -> Context | None:
        return Context(context_id, '{"key":"user-1","kind":"user","plan":"pro"}')

    def runs(self, span: Span | None, limit: int = 500) -> list[Run]:
        return self.all_runs[:limit]

    def run(self, run_id: str) -> Run | None:
        return next((run for run in self.all_runs if run.run_id == run_id), None)

    def steps(self, run_id: str) -> list[Step]:
        run = self.run(run_id)
        return [] if run is None else sample_steps(run, self.all_calls)

    def quality(self, span: Span | None, limit: int = 1000) -> list[Quality]:
        return [
            Quality(
                run.run_id,
                run.last_us,
                run.subsystem,
                run.quality,
                0.81,
                0.77,
                0.74,
                0.8,
                bool(run.quality_passed),
                2,
                14,
            )
            for run in self.all_runs
            if run.quality is not None
        ]

    def budget_windows(self, budget: Budget, value: str, now_us: int) -> list[BudgetWindow]:
        if budget.period is Period.RUN:
            return []
        day, midnight = 24 * 60 * MINUTE, NOW_US - 785 * MINUTE
        starts = [midnight - number * day for number in range(7)]
        return [
            BudgetWindow(start, start + day, nano("6.40") + number * nano("0.71"), number % 2)
            for number, start in enumerate(starts)
        ]

    def budgets(self, budgets: Sequence[Budget], now_us: int) -> list[BudgetState]:
        named = {state.budget.name for state in self.states}
        day = [
            BudgetState(budget, "", NOW_US - 785 * MINUTE, NOW_US + 655 * MINUTE, nano("6.40"), 0)
            for budget in budgets
            if budget.period is Period.DAY and budget.name not in named
        ]
        return [*self.states, *day]

    def close(self) -> None:
        pass


HELD = tuple(
    Reservation(f"hold-{number}", nano(cost), NOW_US - age * 1_000_000, NOW_US + 540_000_000, holder, assumed)
    for number, (cost, age, holder, assumed) in enumerate(
        [
            ("0.52", 61, "worker-1:4242 plan/decompose", False),
            ("0.24", 4, "worker-2:977 analyze", False),
            ("0.08", 2, "worker-1:4242 summarise", True),
        ]
    )
)
"""What calls under way hold of the day budget."""


def budget_states(calls: Sequence[Call]) -> list[BudgetState]:
    """Return a day budget at its warning mark, one per run, and one of a customer far below."""
    day = Budget("day", nano("10"), nano("6"), period=Period.DAY, time_zone="Europe/Berlin")
    run = Budget("run", nano("5"), nano("1"), period=Period.RUN)
    lead = Budget("lead-3 monthly", nano("20"), nano("16"), "lead", "lead-3", Period.MONTH, "Europe/Berlin")
    start = NOW_US - 785 * MINUTE
    newest = calls[-1].run_id if calls else ""
    spent = sum(call.cost.nano or 0 for call in calls if call.run_id == newest)
    return [
        BudgetState(lead, "lead-3", start - 21 * 1440 * MINUTE, start + 9 * 1440 * MINUTE, nano("2.2"), 0),
        BudgetState(run, newest, NOW_US - 15 * MINUTE, None, spent, nano("0.02")),
        BudgetState(day, "", start, start + 1440 * MINUTE, nano("6.40"), nano("0.84"), 37, HELD),
    ]


def sample_sources(
    calls: Sequence[Call] | None = None, *, states: Sequence[BudgetState] | None = None, window=SIX_HOURS
) -> Sources:
    """Return what pages are built from, for the sample calls or others."""
    calls = sample_calls() if calls is None else calls
    runs = sample_runs(calls)
    reader = MemoryReader(calls, runs, budget_states(calls) if states is None and calls else states or ())
    span = resolve(window, NOW_US, reader.first_us())
    return Sources(
        totals=reader.totals(span),
        reader=reader,
        span=span,
        now_us=NOW_US,
        zone=ZONE,
        budgets=tuple(state.budget for state in reader.states),
        recent=tuple(reader.calls(CallQuery(span=span, limit=500))[::-1]),
        runs=tuple(runs),
        info=reader.info(),
    )
