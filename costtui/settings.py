"""Frozen settings from one TOML file and the environment, with one clear message per bad key.

The file is ``$COSTTUI_SETTINGS`` if set, else ``settings.toml`` in the user's configuration directory. The environment
wins over the file. Every section is described in ``docs/settings.md``.
"""

import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import tzinfo
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from costtui.alerts.channels import Channels
from costtui.alerts.rules import DEFAULTS, Rule, read_rules
from costtui.errors import SettingsError
from costtui.facts import Budget, Period, UnknownPrice
from costtui.money import nano, usd
from costtui.sections import Section, zone
from costtui.window import Window, parse_window

if TYPE_CHECKING:
    from costtui.attribution.experiment.plan import Plan
    from costtui.attribution.verdicts import Metric
    from costtui.pricing.overrides import PriceOverride

SCOPES = ("everything", "subsystem", "node", "model", "provider", "user", "lead")
TEXT_LIMIT = 1000
"""Characters of a prompt or completion that are kept."""


@dataclass(frozen=True)
class Recording:
    """What the library writes down."""

    enabled: bool = True
    texts: bool = True
    """Whether prompts and completions are kept (cut at 1,000 characters)."""
    redact: tuple[re.Pattern[str], ...] = ()
    """What matches is replaced in texts before they leave the process."""
    durable: bool = False
    """Whether a recording function returns only after its commit."""
    console: bool = True
    """Whether a tracker says on its program's terminal what runs and nodes cost."""
    enforce: bool = True
    """Whether a call that has no room in a budget is refused; else budgets only count and warn."""


@dataclass(frozen=True)
class Monitor:
    """How the monitor looks and behaves."""

    window: str = "6h"
    theme: str = "costtui-dark"
    keys: Mapping[str, str] = field(default_factory=dict)
    """Action id → keys, comma-separated."""


@dataclass(frozen=True)
class ProviderSettings:
    """A place where models are called that is not built in, or differs from what is built in."""

    base_url: str = ""
    wire: str = ""
    """Wire format: ``openai``, ``anthropic`` or ``gemini``; empty: that of the built-in provider, else openai."""
    key_env: str = ""
    """Environment variable that holds the key; never the key itself."""


@dataclass(frozen=True)
class Routing:
    """How the router chooses: references ``provider/model`` per level, best first."""

    simple: tuple[str, ...] = ("google/gemini-3.8-flash", "openai/gpt-5.4-mini", "anthropic/claude-haiku-5-5")
    moderate: tuple[str, ...] = (
        "anthropic/claude-haiku-4-5",
        "openai/gpt-4o-mini",
        "google/gemini-2.5-flash",
    )
    complex: tuple[str, ...] = (
        "anthropic/claude-sonnet-5-5",
        "openai/gpt-5.5",
        "google/gemini-3.1-pro-preview",
    )
    simple_below: float = 0.3
    complex_from: float = 0.7
    words: tuple[str, ...] = ()
    """Words that make a prompt complex; empty: the built-in list."""
    evidence: int = 20
    """Rated answers of each model on a node before feedback may prefer the cheaper one."""


@dataclass(frozen=True)
class Calling:
    """How models are called."""

    timeout_s: float = 120.0
    attempts: int = 3
    """Requests per call at most: one, and retries."""
    cache: bool = True
    cache_ttl_s: float = 3600.0
    cache_entries: int = 1000


@dataclass(frozen=True)
class Settings:
    """All settings, checked."""

    store: str = ""
    """Path of the default store; empty: in the user's data directory."""
    time_zone: str = ""
    """Zone for everything on screen; empty: the local one."""
    recording: Recording = Recording()
    monitor: Monitor = Monitor()
    budgets: tuple[Budget, ...] = ()
    price_book: str = "library"
    """Which price list goes first: ``library``, or ``classic`` for that of earlier cost trackers."""
    prices: "tuple[PriceOverride, ...]" = ()
    """Prices that go before those of the price book."""
    alert_rules: tuple[Rule, ...] = DEFAULTS
    alert_channels: Channels = Channels()
    providers: Mapping[str, ProviderSettings] = field(default_factory=dict)
    routing: Routing = Routing()
    calling: Calling = Calling()
    metrics: "tuple[Metric, ...]" = ()
    """Metric events that are judged, and what is known of them; empty: every event key is a metric of its own."""
    experiments: "tuple[Plan, ...]" = ()
    """What is known of experiments: metric, baseline, split, and the rules to decide by."""
    contexts: Mapping[str, Mapping[str, Mapping[str, Any]]] = field(default_factory=dict)
    """Name → kind → attributes of contexts that calls are tried for."""
    path: Path | None = None
    """Where the settings were read, None if there is no file."""

    @cached_property
    def zone(self) -> tzinfo:
        """The time zone of everything on screen."""
        return zone(self.time_zone, "time_zone") if self.time_zone else local_zone()

    @property
    def window(self) -> Window:
        """The window that everything starts with. Raises SettingsError."""
        try:
            return parse_window(self.monitor.window, self.zone)
        except ValueError as error:
            raise SettingsError(f"settings: monitor.window: {error}") from None

    @property
    def store_path(self) -> str:
        """The store that is opened where none is named."""
        return self.store or str(default_store())


def load(environment: Mapping[str, str] | None = None) -> Settings:
    """Return the settings of the file and the environment. Raises SettingsError."""
    env = os.environ if environment is None else environment
    path = settings_path(env)
    root = Section(_read(path), "")
    recording = _recording(root.take_section("recording"), env)
    monitor = _monitor(root.take_section("monitor"))
    budgets = (*_run_budget(env), *(read_budget(section) for section in root.take_sections("budgets")))
    alerts = root.take_section("alerts")
    channels = _channels(alerts, env)
    settings = Settings(
        store=env.get("COSTTUI_STORE") or root.take("store", str, ""),
        time_zone=root.take_zone("time_zone", ""),
        recording=recording,
        monitor=monitor,
        budgets=budgets,
        price_book=root.take_choice("price_book", ("library", "classic"), "library"),
        prices=_prices(root.take_sections("prices")),
        alert_rules=read_rules(alerts),
        alert_channels=channels,
        providers=_providers(root.take_section("providers")),
        routing=_routing(root.take_section("router")),
        calling=_calling(root.take_section("calls")),
        metrics=_metrics(root.take_section("metrics")),
        experiments=_experiments(root.take_section("experiments")),
        contexts=_contexts(root.take_section("contexts")),
        path=path if path.exists() else None,
    )
    alerts.close()
    root.take("store", str, "")
    root.close()
    names = [budget.name for budget in budgets]
    for name in names:
        if names.count(name) > 1:
            raise SettingsError(f"settings: two budgets are named {name!r}")
    return settings


def settings_path(environment: Mapping[str, str]) -> Path:
    """Return where the settings file is, or would be."""
    if named := environment.get("COSTTUI_SETTINGS"):
        return Path(named).expanduser()
    from platformdirs import user_config_path

    return user_config_path("costtui") / "settings.toml"


def default_store() -> Path:
    """Return the path of the store that is used where none is named."""
    from platformdirs import user_data_path

    return user_data_path("costtui") / "calls.db"


def local_zone() -> tzinfo:
    """Return the local time zone by its name, UTC where the machine does not say."""
    from tzlocal import get_localzone

    try:
        local: tzinfo = get_localzone()
    except (LookupError, ValueError, OSError):
        return ZoneInfo("UTC")
    return local


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:  # also a number of too many digits, which is no TOMLDecodeError
        raise SettingsError(f"settings: cannot read {path}: {error}") from None
    except RecursionError:
        raise SettingsError(f"settings: cannot read {path}: it is nested too deeply") from None


def _recording(section: Section, env: Mapping[str, str]) -> Recording:
    patterns = section.take("redact", list, [])
    try:
        redact = tuple(re.compile(pattern) for pattern in patterns)
    except (re.error, TypeError) as error:
        raise section.error("redact", f"must be an array of regular expressions: {error}") from None
    recording = Recording(
        enabled=_flag(env, "COST_TRACKING_ENABLED", section.take("enabled", bool, True)),
        texts=section.take("texts", bool, True),
        redact=redact,
        durable=section.take("durable", bool, False),
        console=_flag(env, "COSTTUI_CONSOLE", section.take("console", bool, True)),
        enforce=_flag(env, "COSTTUI_ENFORCE", section.take("enforce", bool, True)),
    )
    section.close()
    return recording


def _monitor(section: Section) -> Monitor:
    keys = section.take("keys", dict, {})
    for action, bound in keys.items():
        if not isinstance(bound, str):
            raise section.error(f"keys.{action}", f"must be text such as 'f5,ctrl+r', not {bound!r}")
    monitor = Monitor(section.take("window", str, "6h"), section.take("theme", str, "costtui-dark"), keys)
    section.close()
    return monitor


def _providers(section: Section) -> dict[str, ProviderSettings]:
    found = {}
    for name in section.names():
        given = section.take_section(name)
        provider = ProviderSettings(
            base_url=given.take("base_url", str, ""),
            wire=given.take_choice("wire", ("", "openai", "anthropic", "gemini"), ""),
            key_env=given.take("key_env", str, ""),
        )
        if provider.base_url and not re.match(r"https?://[^/\s]", provider.base_url):
            raise given.error("base_url", f"must begin with http:// or https://, not {provider.base_url!r}")
        if provider.key_env and not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", provider.key_env):
            raise given.error("key_env", "must be the name of an environment variable, never the key itself")
        given.close()
        found[name] = provider
    return found


def _routing(section: Section) -> Routing:
    default = Routing()
    routing = Routing(
        simple=section.take_texts("simple", default.simple),
        moderate=section.take_texts("moderate", default.moderate),
        complex=section.take_texts("complex", default.complex),
        simple_below=section.take("simple_below", float, default.simple_below),
        complex_from=section.take("complex_from", float, default.complex_from),
        words=section.take_texts("words", default.words),
        evidence=section.take("evidence", int, default.evidence),
    )
    for level in ("simple", "moderate", "complex"):
        for reference in getattr(routing, level):
            if not re.fullmatch(r"[^/\s]+/\S+", reference):
                raise section.error(level, f"must hold references such as openai/gpt-4o, not {reference!r}")
    if not 0 <= routing.simple_below <= routing.complex_from <= 1:
        raise section.error("simple_below", "and complex_from must be in this order between 0 and 1")
    if routing.evidence < 2:
        raise section.error("evidence", f"must be at least 2, not {routing.evidence}")
    section.close()
    return routing


def _calling(section: Section) -> Calling:
    default = Calling()
    calling = Calling(
        timeout_s=section.take("timeout_s", float, default.timeout_s),
        attempts=section.take("attempts", int, default.attempts),
        cache=section.take("cache", bool, default.cache),
        cache_ttl_s=section.take("cache_ttl_s", float, default.cache_ttl_s),
        cache_entries=section.take("cache_entries", int, default.cache_entries),
    )
    for key in ("timeout_s", "attempts", "cache_ttl_s", "cache_entries"):
        if getattr(calling, key) <= 0:
            raise section.error(key, f"must be above 0, not {getattr(calling, key)}")
    section.close()
    return calling


def _contexts(section: Section) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = section.take_rest()
    if found:
        from costtui.attribution.named import named_context

        for name, kinds in found.items():
            if not isinstance(kinds, dict):
                raise section.error(name, f"must be a table of kinds, not {kinds!r:.60}")
            try:
                named_context(name, kinds)
            except ValueError as error:
                raise section.error(name, str(error)) from None
    return found


def _channels(section: Section, env: Mapping[str, str]) -> Channels:
    command = section.take("command", list, [])
    if not all(isinstance(word, str) for word in command):
        raise section.error("command", 'must be an array of texts such as ["notify-send", "costtui"]')
    webhook = env.get("COSTTUI_ALERT_WEBHOOK") or section.take("webhook", str, "")
    section.take("webhook", str, "")
    if webhook and not webhook.startswith(("http://", "https://")):
        raise section.error("webhook", "must be an http:// or https:// address")
    return Channels(webhook, tuple(command))


def _run_budget(env: Mapping[str, str]) -> tuple[Budget, ...]:
    amounts = Section({key: env[key] for key in env if key.startswith("COST_BUDGET_")}, "")
    warning = amounts.take_usd("COST_BUDGET_WARNING_THRESHOLD", nano("1.00"))
    maximum = amounts.take_usd("COST_BUDGET_MAX", nano("5.00"))
    if warning is None or maximum is None or not _flag(env, "COST_TRACKING_ENABLED", True):
        return ()
    return (Budget("run", maximum, min(warning, maximum), period=Period.RUN, source="environment"),)


def read_budget(section: Section) -> Budget:
    """Return the budget that a table of the settings describes. Raises SettingsError."""
    maximum = section.take_usd("max", None)
    if maximum is None:
        raise section.error("max", "is missing: the limit in dollars")
    warning = section.take_usd("warning", maximum * 8 // 10)
    scope = section.take("scope", str, "everything")
    if scope not in SCOPES and not re.fullmatch(r"tag:[^\s:]+", scope):
        raise section.error("scope", f"must be one of {', '.join(SCOPES)} or tag:NAME, not {scope!r}")
    value = section.take("value", str, "")
    period = Period(section.take_choice("period", tuple(Period), Period.RUN))
    name = section.take("name", str, "") or " ".join(filter(None, (scope, value, "/", period)))
    budget = Budget(
        name=name,
        max_nano=maximum,
        warning_nano=warning if warning is not None else maximum,
        scope=scope,
        scope_value=value,
        period=period,
        time_zone=section.take_zone("time_zone", "UTC"),
        unknown_price=UnknownPrice(
            section.take_choice("unknown_price", tuple(UnknownPrice), UnknownPrice.ALLOW)
        ),
    )
    if budget.warning_nano > budget.max_nano:
        raise section.error("warning", f"is above max (${usd(budget.max_nano)})")
    section.close()
    return budget


def _prices(sections: list[Section]) -> "tuple[PriceOverride, ...]":
    if not sections:
        return ()
    from costtui.pricing.overrides import read_override

    return tuple(
        read_override(section, f"settings prices[{index}]") for index, section in enumerate(sections)
    )


def _metrics(section: Section) -> "tuple[Metric, ...]":
    if not section.names():
        return ()
    from costtui.attribution.watched import read_metrics

    return read_metrics(section)


def _experiments(section: Section) -> "tuple[Plan, ...]":
    if not section.names():
        return ()
    from costtui.attribution.experiment.plan import read_plans

    return read_plans(section)


def _flag(env: Mapping[str, str], name: str, default: bool) -> bool:
    text = env.get(name, "").strip().lower()
    if not text:
        return default
    if text in ("1", "true", "yes", "on"):
        return True
    if text in ("0", "false", "no", "off"):
        return False
    raise SettingsError(f"environment: {name} must be true or false, not {text!r}")
