"""Calls of a run paired with what LangSmith knows of them, and their costs and tokens replaced by its figures."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from costtui.facts import Call, Cost, CostSource, Run, Status, Usage, UsageState
from costtui.record.langsmith_calls import TracedCall
from costtui.record.spent import Spent

NEAR_US = 5_000_000
"""How far apart the two starts of one call may be."""
_KEY = "langsmith:"


@dataclass(frozen=True, slots=True)
class Reconciled:
    """A run after LangSmith was asked about it."""

    run: Run
    before: tuple[Call, ...]
    changed: Mapping[str, Call]
    """Calls with LangSmith's figures, by their key: replaced ones and new ones."""
    found: int
    """Recorded calls that LangSmith knows, or that did not need it."""
    pending: int = 0
    """Calls that LangSmith knows without a cost: not computed yet, or no price there."""
    used: frozenset[str] = frozenset()
    """Ids of what LangSmith knows of this run's calls."""

    @property
    def after(self) -> list[Call]:
        """All calls of the run as they are now."""
        kept = [self.changed.get(call.key, call) for call in self.before]
        known = {call.key for call in self.before}
        return kept + [call for key, call in self.changed.items() if key not in known]

    @property
    def added(self) -> int:
        """How many calls LangSmith knows that were not recorded."""
        return len(self.changed.keys() - {call.key for call in self.before})

    @property
    def source(self) -> CostSource | None:
        """The least trustworthy source of the known costs now."""
        spent = Spent()
        for call in self.after:
            spent.add(call)
        return spent.source


def reconciled_all(
    recorded: Sequence[tuple[Run, Sequence[Call]]], traced: Sequence[TracedCall]
) -> list[Reconciled]:
    """Return runs of the same time with LangSmith's figures; none of its calls is taken for two of ours."""
    runs = {run.run_id for run, _ in recorded}
    by_key = {call.key: run.run_id for run, calls in recorded for call in calls}
    owners = {one.id: _owner_of(one, runs, by_key) for one in traced}
    used: set[str] = set()
    done = []
    for run, calls in recorded:
        own = [one for one in traced if one.id not in used and owners[one.id] in ("", run.run_id)]
        done.append(reconciled(run, calls, own))
        used |= done[-1].used
    return done


def reconciled(run: Run, calls: Sequence[Call], traced: Sequence[TracedCall]) -> Reconciled:
    """Return a run with the figures that LangSmith has for its calls (given without texts).

    Calls are paired by the provider's response id; else by start, model and tokens; else, inside a trace that is
    the run's, by node. What the provider charged, and answers from the response cache, stay as they are. Calls that
    were not recorded are added where the trace says that it is this run, and every recorded call was found.
    """
    asked = [call for call in calls if not _settled(call)]
    pairs = _paired(run, asked, traced)
    changed: dict[str, Call] = {}
    pending = 0
    for call in asked:
        if own := pairs.get(call.key):
            updated = replaced(call, own)
            if updated is None:
                pending += 1
            elif updated != call:
                changed[call.key] = updated
    if len(pairs) == len(asked):
        known = {one.id for own in pairs.values() for one in own} | _ids_of(calls, traced)
        for one in traced:
            if one.id not in known and one.belongs_to(run.run_id):
                if one.cost_nano is None:
                    pending += not one.failed
                else:
                    new = _recorded(run, one)
                    changed[new.key] = new
    settled = len(calls) - len(asked)
    used = frozenset(one.id for own in pairs.values() for one in own)
    return Reconciled(run, tuple(calls), changed, len(pairs) + settled, pending, used)


def replaced(call: Call, own: Sequence[TracedCall]) -> Call | None:
    """Return a call with the figures of what LangSmith knows of it, None where a cost is missing there."""
    costs = [one.cost_nano for one in own]
    known = [cost for cost in costs if cost is not None]
    if len(known) < len(costs):
        return None
    priced = call.cost.nano if call.cost.source == CostSource.PRICED else call.cost.priced_nano
    cost = Cost(sum(known), CostSource.LANGSMITH, own[0].price_ref, priced_nano=priced)
    usage = _summed([one.usage for one in own])
    return replace(call, cost=cost, usage=call.usage if usage.state == UsageState.MISSING else usage)


def _owner_of(one: TracedCall, runs: set[str], by_key: Mapping[str, str]) -> str:
    """Return the run that a call is of, by its metadata, its trace, or an id of its answer; empty where none tells."""
    if one.run_label:
        return one.run_label
    if one.trace_id in runs:
        return one.trace_id
    names = (f"{_KEY}{one.id}", *one.response_ids)
    return next((by_key[name] for name in names if name in by_key), "")


def _settled(call: Call) -> bool:
    return call.cache_hit or call.cost.source == CostSource.PROVIDER


def _paired(
    run: Run, calls: Sequence[Call], traced: Sequence[TracedCall]
) -> dict[str, tuple[TracedCall, ...]]:
    """Return what LangSmith knows of each call that it knows, by the call's key."""
    pairs: dict[str, tuple[TracedCall, ...]] = {}
    by_response = {response_id: one for one in traced for response_id in one.response_ids}
    by_id = {f"{_KEY}{one.id}": one for one in traced}
    used: set[str] = set()
    traces = {one.trace_id for one in traced if one.belongs_to(run.run_id)}
    for call in calls:
        own = by_id.get(call.key) or by_response.get(call.key)
        if own is not None and own.id not in used:
            pairs[call.key] = (own,)
            used.add(own.id)
            traces.add(own.trace_id)
    traces.discard("")
    _pair_alike(calls, traced, traces, pairs, used)
    _pair_by_node(
        [call for call in calls if call.key not in pairs],
        [one for one in traced if one.id not in used and one.trace_id in traces and _inside(run, one)],
        pairs,
    )
    return pairs


def _pair_alike(
    calls: Sequence[Call],
    traced: Sequence[TracedCall],
    traces: set[str],
    pairs: dict[str, tuple[TracedCall, ...]],
    used: set[str],
) -> None:
    """Pair calls that began together on one model, with the same tokens or in one trace and node; nearest first."""
    free = sorted((one for one in traced if one.id not in used), key=lambda one: one.started_us)
    starts = [one.started_us for one in free]
    candidates = []
    for call in calls:
        if call.key in pairs:
            continue
        left = bisect_left(starts, call.started_us - NEAR_US)
        right = bisect_right(starts, call.started_us + NEAR_US)
        for one in free[left:right]:
            same_tokens = _same_tokens(call.usage, one.usage)
            ours = one.trace_id in traces and _same_node(call.node, one.node)
            if _same_model(call, one) and (same_tokens or ours):
                candidates.append(
                    (not ours, not same_tokens, abs(one.started_us - call.started_us), call, one)
                )
    for *_, call, one in sorted(candidates, key=lambda candidate: candidate[:3]):
        if call.key not in pairs and one.id not in used:
            pairs[call.key] = (one,)
            used.add(one.id)


def _pair_by_node(
    calls: Iterable[Call], traced: Iterable[TracedCall], pairs: dict[str, tuple[TracedCall, ...]]
) -> None:
    """Pair what is left of one trace by node: in their order where both have as many, else a node's only call."""
    by_node: dict[str, tuple[list[Call], list[TracedCall]]] = {}
    for call in calls:
        by_node.setdefault(_last(call.node), ([], []))[0].append(call)
    for one in traced:
        by_node.setdefault(_last(one.node), ([], []))[1].append(one)
    for ours, theirs in by_node.values():
        if len(ours) == len(theirs):
            ours.sort(key=lambda call: call.started_us)
            theirs.sort(key=lambda one: one.started_us)
            pairs.update({call.key: (one,) for call, one in zip(ours, theirs, strict=True)})
        elif len(ours) == 1 and theirs:
            pairs[ours[0].key] = tuple(theirs)


def _ids_of(calls: Iterable[Call], traced: Iterable[TracedCall]) -> set[str]:
    """Return the ids of what is recorded already, whether or not it needs LangSmith."""
    keys = {call.key for call in calls}
    return {one.id for one in traced if f"{_KEY}{one.id}" in keys or one.response_ids & keys}


def _recorded(run: Run, one: TracedCall) -> Call:
    """Return a call that only LangSmith knows."""
    return Call(
        key=f"{_KEY}{one.id}",
        started_us=one.started_us,
        node=one.node,
        run_id=run.run_id,
        subsystem=run.subsystem,
        provider=one.provider,
        model=one.model,
        usage=one.usage,
        cost=Cost(one.cost_nano, CostSource.LANGSMITH, one.price_ref),
        latency_ms=None if one.ended_us is None else max(one.ended_us - one.started_us, 0) // 1000,
        status=Status.ERROR if one.failed else Status.OK,
    )


def _summed(usages: Sequence[Usage]) -> Usage:
    if len(usages) == 1:
        return usages[0]
    if any(usage.state != UsageState.REPORTED for usage in usages):
        return Usage()
    return Usage(
        input_tokens=sum(usage.input_tokens or 0 for usage in usages),
        output_tokens=sum(usage.output_tokens or 0 for usage in usages),
        cache_read_tokens=sum(usage.cache_read_tokens for usage in usages),
        cache_write_tokens=sum(usage.cache_write_tokens for usage in usages),
        cache_write_1h_tokens=sum(usage.cache_write_1h_tokens for usage in usages),
        reasoning_tokens=sum(usage.reasoning_tokens for usage in usages),
        state=UsageState.REPORTED,
    )


def _same_tokens(ours: Usage, theirs: Usage) -> bool:
    return ours.state == theirs.state == UsageState.REPORTED and (ours.input_tokens, ours.output_tokens) == (
        theirs.input_tokens,
        theirs.output_tokens,
    )


def _same_model(call: Call, one: TracedCall) -> bool:
    """Return whether one model is meant: LangSmith knows the one that was asked for, by its short name or its long one."""
    theirs = _last(one.model).lower()
    ours = [_last(name).lower() for name in (call.model, call.model_asked) if name]
    return not ours or not theirs or any(name.startswith(theirs) or theirs.startswith(name) for name in ours)


def _same_node(ours: str, theirs: str) -> bool:
    return not ours or not theirs or _last(ours) == _last(theirs)


def _last(path: str) -> str:
    return path.rpartition("/")[2]


def _inside(run: Run, one: TracedCall) -> bool:
    ended_us = run.last_us if run.ended_us is None else run.ended_us
    return run.started_us - NEAR_US <= one.started_us <= max(ended_us, run.started_us) + NEAR_US
