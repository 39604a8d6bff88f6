"""What ``costtui doctor`` says of a recorded program: what was seen, what was not, and the fix for it."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from shlex import quote
from urllib.parse import urlsplit

from costtui.facts import Call, Status, UsageState
from costtui.llm.bodies import read_request
from costtui.llm.endpoints import model_host
from costtui.llm.exchange import Exchange
from costtui.record.autohook.ways_out import name_host, past_httpx, see_path

_SUSPECT = ("chat", "complet", "generat", "invoke", "messages", "predict")


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that keeps costs from being known, and what to do about it."""

    what: str
    fix: str


class Findings:
    """Collects what happens while a program runs; ``all`` says what was found."""

    def __init__(self) -> None:
        self.calls = 0
        self.pythons: list[str] = []
        self._hosts_seen: set[str] = set()
        self._contacted: dict[str, list[str]] = {}
        self._loaded: set[str] = set()
        self._skipped: Counter[str] = Counter()
        self._no_usage: Counter[tuple[str, str]] = Counter()
        self._unread: Counter[tuple[str, str]] = Counter()
        self._unpriced: Counter[tuple[str, str]] = Counter()
        self._unknown: Counter[str] = Counter()
        self._latest: dict[str, Counter[str]] = {}
        self._partial: Counter[str] = Counter()
        self._nowhere = 0

    def seen(self, exchange: Exchange, call: Call) -> None:
        """Take a call."""
        self.calls += 1
        host = urlsplit(exchange.url).netloc
        self._hosts_seen.add(host.partition(":")[0])
        self._nowhere += not call.node
        if call.status == Status.PARTIAL:
            self._partial[host] += 1
        if not exchange.provider:
            self._unknown[exchange.url] += 1
        if call.model_asked.endswith("-latest"):
            self._latest.setdefault(call.model_asked, Counter())[call.model] += 1
        if call.status != Status.OK:
            return
        if call.usage.state != UsageState.REPORTED:
            asked = exchange.url.endswith("/completions") and not read_request(exchange.request).wants_usage
            (self._no_usage if asked else self._unread)[call.model, call.node or "no node"] += 1
        if call.cost.nano is None:
            self._unpriced[call.provider, call.model] += 1

    def note(self, facts: Mapping[str, str]) -> None:
        """Take what an interpreter noticed."""
        if facts.get("kind") == "python":
            self.pythons.append(facts.get("version", ""))
        elif facts.get("kind") == "host":
            self._contacted[facts.get("host", "")] = facts.get("clients", "").split()
        elif facts.get("kind") == "loaded":
            self._loaded.update(facts.get("clients", "").split())
        elif facts.get("kind") == "skipped":
            url = facts.get("url", "")
            parts = urlsplit(url)
            if not model_host(parts.netloc) and any(word in parts.path.lower() for word in _SUSPECT):
                self._skipped[url] += 1

    def all(self) -> list[Finding]:
        """Return what was found, the most costly first."""
        return [*self._invisible(), *self._unmeasured(), *self._unnamed()]

    def _invisible(self) -> Iterable[Finding]:
        if not self.pythons:
            yield Finding(
                "no Python interpreter reported itself",
                "run Python 3.11 or newer itself (costtui run python app.py), without -I, -E or a PYTHONPATH of its "
                "own, or call costtui.instrument() in the program",
            )
        missed = {host: names for host, names in self._contacted.items() if host not in self._hosts_seen}
        for host, clients in missed.items():
            by = f" (loaded: {', '.join(clients)})" if clients else ""
            yield Finding(f"{host} was contacted, but not through httpx or httpx2{by}", past_httpx(clients))
        for url, count in self._skipped.items():
            yield Finding(
                f"{_times(count)} posted to {url}, which is no endpoint that costtui knows", see_path(url)
            )
        if self.pythons and not (self.calls or missed or self._skipped):
            by = f" (loaded: {', '.join(sorted(self._loaded))})" if self._loaded else ""
            yield Finding(
                f"no request to a model was seen{by}",
                past_httpx(self._loaded) if self._loaded else "run it on a way that calls a model",
            )

    def _unmeasured(self) -> Iterable[Finding]:
        for (model, node), count in self._no_usage.items():
            yield Finding(
                f"{_streams(count)} of {model} in {node} did not ask for usage: tokens are estimated",
                'pass stream_options={"include_usage": True}; with ChatOpenAI: stream_usage=True',
            )
        for (model, node), count in self._unread.items():
            yield Finding(
                f"{_answers(count)} of {model} in {node} said nothing of usage: tokens are estimated or not known",
                "update the server or gateway, so that it passes the provider's usage on",
            )
        for (provider, model), count in self._unpriced.items():
            yield Finding(
                f"no price for {provider}/{model}: the cost of {_answers(count)} is not known",
                f"costtui prices set {quote(model)} --provider {quote(provider)} --input USD --output USD (per million "
                "tokens; --free instead of both for a model of your own), then costtui reprice",
            )
        for host, count in self._partial.items():
            yield Finding(
                f"{_streams(count)} from {host} ended before the answer was complete",
                "look at the limits and timeouts of the provider, or of what is in between",
            )

    def _unnamed(self) -> Iterable[Finding]:
        for url, count in self._unknown.items():
            yield Finding(
                f"{urlsplit(url).netloc} is no provider that costtui knows: {_answers(count)} priced by the name of "
                "the model alone",
                f"{name_host(url)}\nand its models their own prices: costtui prices set MODEL --provider mine "
                "--input USD --output USD",
            )
        for model, answered in self._latest.items():
            versions = [version for version in answered if version != model]
            yield Finding(
                f"{model} may be another model tomorrow, at another price ({_answers(answered.total())})",
                f"ask for {versions[0]}, which answered" if versions else "ask for a version that has a date",
            )
        if self._nowhere:
            yield Finding(
                f"{_answers(self._nowhere)} outside of any node",
                'open one around the step: with costtui.node("extract"): …, or set COSTTUI_NODE for the process',
            )


def _times(count: int) -> str:
    return "a request was" if count == 1 else f"{count} requests were"


def _answers(count: int) -> str:
    return f"{count} call{'' if count == 1 else 's'}"


def _streams(count: int) -> str:
    return f"{count} stream{'' if count == 1 else 's'}"
