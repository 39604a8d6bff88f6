"""Contexts, what was served to them, and the metric events that they sent."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Context:
    """A LaunchDarkly context as it was used, in canonical form."""

    id: str
    canonical: str
    """Canonical JSON: sorted keys, JSON types."""


@dataclass(frozen=True, slots=True)
class Exposure:
    """The evaluation of a flag or AI Config for a context, as one witness saw it."""

    environment: str
    """Salted fingerprint of the SDK key or path prefix; never the key."""
    flag: str
    at_us: int
    order: int
    """Position among events of the same instant."""
    context: Mapping[str, Any] | None
    """The context with its attributes; None where only its keys are known."""
    units: Mapping[str, str]
    """Context kind → key, for each individual context."""
    witness: str
    """``feature``, ``plugin``, ``debug``, ``usage``, ``tracker``, ``index`` or ``summary``."""
    in_experiment: bool = False
    variation: str = ""
    version: int | None = None
    reason: str = ""
    ai_run_id: str = ""
    redacted: tuple[str, ...] = ()
    call_site: str = ""
    count: int = 1
    """How many evaluations a ``summary`` stands for."""
    sender: str = ""
    """The SDK that sent it: ``PythonClient/9.20.0``."""


@dataclass(frozen=True, slots=True)
class MetricEvent:
    """A ``track()`` call, as one witness saw it."""

    environment: str
    key: str
    at_us: int
    order: int
    context: Mapping[str, Any] | None
    units: Mapping[str, str]
    witness: str
    """``custom`` (seen on the wire) or ``plugin`` (seen in the process)."""
    value: Any = None
    data: Any = None
    ai_run_id: str = ""
    config_key: str = ""
    variation_key: str = ""
    redacted: tuple[str, ...] = ()
    call_site: str = ""
    delivered: bool | None = None
    sender: str = ""
    """The SDK that sent it: ``PythonClient/9.20.0``."""
