"""A run over issues, read from files, as the facts that a store keeps."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from costtui.facts import (
    AgentExecution,
    Call,
    Cost,
    CostSource,
    Issue,
    Run,
    TokenUsage,
    Usage,
    UsageState,
)
from costtui.facts.issues import issue_step_key, step_of
from costtui.record.metrics_facts import IssueMetrics, RunMetrics
from costtui.record.metrics_ledger import stored_config

PREFIX = "metrics:"
"""Begins the keys of calls that were read from files."""


def run_facts(run: RunMetrics) -> Iterator[Any]:
    """Yield a run, what went wrong outside of its issues, and what it used beyond them; not the issues."""
    yield Run(
        run_id=run.run_id,
        started_us=run.started_us,
        subsystem=run.project_id,
        status=run.status,
        ended_us=run.ended_us,
        source_method="priced",
        config=stored_config(run.config),
    )
    for number, error in enumerate(run.errors):
        yield replace(error, run_id=run.run_id, key=error.key or f"{PREFIX}{run.run_id}:error:{number}")


def rest_facts(run: RunMetrics) -> Iterator[Call]:
    """Yield what a run used beyond what its issues did."""
    rest = _rest(run.tokens, (issue.tokens for issue in run.issues))
    yield from _calls(run, rest, f"{PREFIX}{run.run_id}", run.started_us)


def issue_facts(run: RunMetrics, issue: IssueMetrics) -> Iterator[Any]:
    """Yield an issue of a run, everything that happened for it, and its tokens as calls."""
    place: dict[str, Any] = {"run_id": run.run_id, "issue_id": issue.issue_id}
    prefix = f"{PREFIX}{run.run_id}:{issue.issue_id}"
    yield Issue(
        **place,
        started_us=issue.started_us,
        status=issue.status,
        ended_us=issue.ended_us,
        code=issue.code,
        expected_agents=run.config.expected_agents,
    )
    for number, agent in enumerate(issue.agents):
        key = agent.key or f"{prefix}:agent:{number}"
        yield from _agent(run, issue, replace(agent, key=key, **place))
    for pipeline in issue.pipelines:
        yield replace(pipeline, **place)
    for number, cycle in enumerate(issue.debugging_cycles):
        yield replace(cycle, **place, key=cycle.key or f"{prefix}:debugging:{number}")
    for number, tool in enumerate(issue.tool_calls):
        yield replace(tool, **place, id=tool.id or f"{prefix}:tool:{number}")
    for number, error in enumerate(issue.errors):
        yield replace(error, **place, key=error.key or f"{prefix}:error:{number}")
    rest = _rest(issue.tokens, (agent.tokens for agent in issue.agents))
    step = issue_step_key(run.run_id, issue.issue_id)
    yield from _calls(run, rest, prefix, issue.started_us, issue=issue, step_key=step)


def _agent(run: RunMetrics, issue: IssueMetrics, agent: AgentExecution) -> Iterator[Any]:
    yield step_of(agent)
    yield agent
    key = f"{PREFIX}{run.run_id}:{agent.key}"
    yield from _calls(
        run, agent.tokens, key, agent.started_us, issue=issue, step_key=agent.key, node=agent.agent
    )


def _calls(
    run: RunMetrics,
    tokens: TokenUsage,
    key: str,
    at_us: int,
    *,
    issue: IssueMetrics | None = None,
    step_key: str = "",
    node: str = "",
) -> Iterator[Call]:
    """Yield tokens as one call: how many calls used them is not written down. What has no price is one more."""
    if not (tokens.total_tokens or tokens.cost_nano or tokens.unpriced):
        return
    priced = tokens.cost_nano is not None
    call = Call(
        key=key,
        started_us=at_us,
        node=node,
        run_id=run.run_id,
        subsystem=run.project_id,
        step_key=step_key,
        provider=run.config.llm.provider,
        model=run.config.llm.model,
        usage=Usage(tokens.input_tokens, tokens.output_tokens, state=UsageState.REPORTED),
        cost=Cost(tokens.cost_nano, CostSource.PRICED if priced else CostSource.UNKNOWN),
        tags={"issue": issue.issue_id} if issue else {},
    )
    yield call
    if priced and tokens.unpriced:
        yield replace(call, key=f"{key}:unpriced", usage=Usage(), cost=Cost(None, CostSource.UNKNOWN))


def _rest(whole: TokenUsage, parts: Iterator[TokenUsage]) -> TokenUsage:
    total = sum(parts, TokenUsage())
    cost = None if whole.cost_nano is None else max(whole.cost_nano - (total.cost_nano or 0), 0)
    return TokenUsage(
        max(whole.input_tokens - total.input_tokens, 0),
        max(whole.output_tokens - total.output_tokens, 0),
        cost or None,
        max(whole.unpriced - total.unpriced, 0),
    )
