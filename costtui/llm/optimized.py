"""``CostOptimizedLLMProvider``: the calls of an earlier system, on the one client and the one store."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from os import PathLike
from types import TracebackType
from typing import Any, Self

from costtui.alerts.rules import by_name
from costtui.facts import Call
from costtui.filter import parse_filter
from costtui.format import money, percent
from costtui.llm.client import LLMClient
from costtui.llm.config import Completion, LLMConfig, Messages
from costtui.money import NANO_PER_USD
from costtui.reading import CallQuery
from costtui.store import open_store
from costtui.sums import Sums
from costtui.window import DAY_US, Span, days

_PAGE = 5_000
_ENOUGH_CALLS = 100
"""Calls below which a cache hit rate says nothing."""


class CostOptimizedLLMProvider:
    """Calls models through the router, the cache and the budgets, and sums up what they cost."""

    def __init__(self, store: str | PathLike[str] | None = None, **options: Any) -> None:
        """Use a store (default: that of the settings); ``options`` are those of ``LLMClient``."""
        self.client = LLMClient(store, **options)

    def complete(
        self,
        prompt: str | Messages,
        config: LLMConfig | None = None,
        max_tokens: int = 1000,
        temperature: float | None = None,
    ) -> Completion | Awaitable[Completion]:
        """Return the answer; inside a running event loop: something to await for it.

        ``temperature`` defaults to that of the config, else 0.7. Raises as ``LLMClient.complete`` does.
        """
        options: dict[str, Any] = {"max_tokens": max_tokens, "temperature": temperature}
        try:
            asyncio.get_running_loop()
        except RuntimeError:
            return self.client.complete_sync(prompt, config, **options)
        return self.client.complete(prompt, config, **options)

    def get_daily_spend(self) -> float:
        """Return the dollars spent today, in the time zone of the settings; unpriced calls are not in it."""
        now_us = _now_us()
        edges = days(now_us, now_us + 1, self.client.settings.zone)
        return self._sums(Span(edges)).cost_nano / NANO_PER_USD

    def get_cost_per_lead_avg(self, days: int = 7) -> float:
        """Return the mean dollars per lead of the last days, over leads with at least one priced call; 0 without any."""
        costs: dict[str, int] = {}
        for call in self._calls_with_lead(_last(days)):
            if call.cost.nano is not None:
                costs[call.lead_id] = costs.get(call.lead_id, 0) + call.cost.nano
        return sum(costs.values()) / len(costs) / NANO_PER_USD if costs else 0.0

    def get_cache_hit_rate(self, days: int = 7) -> float:
        """Return the share (0 to 1) of the last days' calls that the response cache answered; 0 without any call."""
        sums = self._sums(_last(days))
        return sums.cache_hits / sums.calls if sums.calls else 0.0

    def check_cost_alerts(self) -> dict[str, Any]:
        """Return ``has_alerts``, ``alerts`` (type, message, severity) and ``metrics``, by the thresholds of the settings."""
        metrics = {
            "daily_spend": self.get_daily_spend(),
            "cost_per_lead": self.get_cost_per_lead_avg(),
            "cache_hit_rate": self.get_cache_hit_rate(),
        }
        words: dict[str, tuple[str, str, Callable[[float], str]]] = {
            "daily_spend": ("daily_spend_high", "spent {} today, above {}", _dollars),
            "cost_per_lead": ("cost_per_lead_high", "{} per lead over 7 days, above {}", _dollars),
            "cache_hit_rate": (
                "cache_hit_rate_low",
                "{} of the calls of 7 days came from the cache, below {}",
                percent,
            ),
        }
        rules = by_name(self.client.settings.alert_rules)
        few = self._sums(_last(7)).calls < _ENOUGH_CALLS
        alerts = []
        for name, (kind, message, show) in words.items():
            rule = rules.get(name)
            if rule is None or (name == "cache_hit_rate" and few) or not rule.begins(metrics[name]):
                continue
            said = message.format(show(metrics[name]), show(rule.threshold))
            alerts.append({"type": kind, "message": said, "severity": str(rule.severity)})
        return {"has_alerts": bool(alerts), "alerts": alerts, "metrics": metrics}

    def close(self) -> None:
        """Release connections and store."""
        self.client.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _sums(self, span: Span) -> Sums:
        recorder = self.client.ledger.recorder()
        recorder.flush()
        total = Sums()
        with open_store(recorder.path) as opened:
            for sums in opened.reader.totals(span).series.values():
                total.merge(sums)
        return total

    def _calls_with_lead(self, span: Span) -> Iterator[Call]:
        recorder = self.client.ledger.recorder()
        recorder.flush()
        before: int | None = None
        with open_store(recorder.path) as opened:
            while True:
                where = parse_filter('!lead=""')
                page = opened.reader.calls(CallQuery(span=span, where=where, limit=_PAGE, before_id=before))
                yield from page
                if len(page) < _PAGE:
                    return
                before = page[-1].id


def _now_us() -> int:
    return time.time_ns() // 1000


def _last(days: int) -> Span:
    """Return the last days until the end of the present quarter of an hour."""
    quarter = DAY_US // 96
    end = (_now_us() // quarter + 1) * quarter
    return Span((end - days * DAY_US, end))


def _dollars(amount: float) -> str:
    return money(round(amount * NANO_PER_USD))
