"""AI Configs as the official SDK serves them: with a live key, from a flag file, or from the sample project."""

import io
import json
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext, redirect_stderr, suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from costtui.attribution.contexts import Json
from costtui.errors import SettingsError
from costtui.launchdarkly.sample import sample_flags
from costtui.text import plain, plain_lines

if TYPE_CHECKING:
    from ldclient.plugin import Plugin

SDK_KEY = "LAUNCHDARKLY_SDK_KEY"
"""Environment variable that holds the key of a live environment."""
_START_S = 5.0
_OFFLINE_KEY = "sdk-costtui-offline"
_STARTING = threading.Lock()
"""Held while a file is read: the stream of errors is one for the whole process."""


@dataclass(frozen=True, slots=True)
class FlagSource:
    """Where flag data comes from: a live key, else a file, else the sample project."""

    sdk_key: str = field(default="", repr=False)
    path: str = ""

    @property
    def name(self) -> str:
        """In words."""
        return "live environment" if self.sdk_key else self.path or "sample project"


@dataclass(frozen=True, slots=True)
class Served:
    """What an AI Config served to a context."""

    config: str
    enabled: bool
    variation: str
    version: int
    reason: str
    """Why, in the SDK's words: ``RULE_MATCH premium-desktop, in experiment``."""
    model: str
    provider: str
    parameters: Mapping[str, Any]
    custom: Mapping[str, Any]
    """Further values of the model, such as ``costPerInputToken``."""
    messages: tuple[Mapping[str, str], ...]


class Flags:
    """A client of the official SDK for a while; a context manager. Events go to ``events_uri``, nowhere if empty."""

    def __init__(
        self, source: FlagSource, *, events_uri: str = "", plugins: "tuple[Plugin, ...]" = ()
    ) -> None:
        """Start a client. Raises SettingsError where flag data cannot be had."""
        from ldclient import LDClient
        from ldclient.config import Config

        from costtui.launchdarkly.details import Details
        from costtui.launchdarkly.sdk_log import SdkLog

        self._details = Details()
        self._source = source
        options: dict[str, Any] = {
            "events_uri": events_uri or "http://127.0.0.1:9",
            "send_events": bool(events_uri),
            "diagnostic_opt_out": True,
            "plugins": list(plugins),
            "hooks": [self._details],
        }
        self._file: Path | None = None
        if not source.sdk_key:
            from ldclient.integrations import Files

            path = self._checked(source.path) if source.path else self._sample()
            options |= {"update_processor_class": Files.new_data_source([str(path)])}
        self._log = SdkLog()
        config = Config(source.sdk_key or _OFFLINE_KEY, **options)
        with nullcontext() if source.sdk_key else _unprinted():
            self._client: Any = LDClient(config, start_wait=_START_S)
        if not self._client.is_initialized():
            self.close()
            raise SettingsError(
                f"LaunchDarkly did not answer within {_START_S:.0f} s: check {SDK_KEY} and the network"
                if source.sdk_key
                else f"{source.name}: the SDK could not read these flags ({self._log.first}); they must be in the form of its"
                " file data source"
            )

    def serve(self, config: str, context: Json, variables: Mapping[str, Any] | None = None) -> Served:
        """Return what an AI Config serves to a context; an exposure is sent where it is in an experiment.

        Raises SettingsError where its value is no AI Config.
        """
        from ldai import LDAIClient
        from ldai.models import AICompletionConfigDefault
        from ldclient import Context

        who = Context.from_dict(dict(context))
        default = AICompletionConfigDefault(enabled=False)
        try:
            found = LDAIClient(self._client).completion_config(config, who, default, dict(variables or {}))
            model = found.model.to_dict() if found.model else {}
        except (AttributeError, TypeError, ValueError, LookupError) as error:  # the SDK trusts its flags
            raise SettingsError(
                f"{config}: what it serves is no AI Config ({error}): check the flag in {self._source.name}"
            ) from None
        detail = self._details.of(config)
        value, reason = (detail.value, detail.reason) if detail is not None else (None, None)
        variation, version = _identity(value)
        return Served(
            config=config,
            enabled=bool(found.enabled),
            variation=variation,
            version=version,
            reason=_reason(reason),
            model=plain(str(model.get("name") or "")),
            provider=plain(str(found.provider.name if found.provider else "")),
            parameters=_plain(model.get("parameters")),
            custom=_plain(model.get("custom")),
            messages=tuple(
                {"role": message.role, "content": plain_lines(message.content)}
                for message in found.messages or ()
            ),
        )

    def look(self, config: str, context: Json) -> tuple[str, str]:
        """Return variation (key of an AI Config's, else index) and reason of what a context would be served.

        Nothing is sent for it; both are empty for a flag that is not known.
        """
        from ldclient import Context

        state = self._client.all_flags_state(Context.from_dict(dict(context)), with_reasons=True)
        index = state.to_json_dict()["$flagsState"].get(config, {}).get("variation")
        variation = _identity(state.get_flag_value(config))[0] or ("" if index is None else str(index))
        return variation, _reason(state.get_flag_reason(config))

    def track(self, metric: str, context: Json, data: Mapping[str, Any], value: float) -> None:
        """Track a metric event."""
        from ldclient import Context

        self._client.track(metric, Context.from_dict(dict(context)), dict(data), value)

    def close(self) -> None:
        """Deliver what is waiting, and stop."""
        self._client.close()
        self._log.close()
        if self._file is not None:
            with suppress(OSError):
                self._file.unlink()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _checked(self, path: str) -> Path:
        try:
            json.loads(Path(path).read_bytes())
        except OSError as error:
            raise SettingsError(f"cannot read the flag file {path}: {error.strerror}") from None
        except ValueError as error:
            raise SettingsError(f"{path} holds no JSON with flags: {error}") from None
        except RecursionError:
            raise SettingsError(f"{path} holds no JSON with flags: it is nested too deeply") from None
        return Path(path)

    def _sample(self) -> Path:
        """Write the sample project to a file: the SDK reads full flag data from files only."""
        with tempfile.NamedTemporaryFile(
            "w", prefix="costtui-", suffix=".json", delete=False, encoding="utf-8"
        ) as file:
            json.dump(sample_flags(), file)
        self._file = Path(file.name)
        return self._file


def config_keys(source: FlagSource) -> tuple[str, ...]:
    """Return the AI Configs of a flag file or the sample project; none of a live environment, which does not list them."""
    if source.sdk_key:
        return ()
    try:
        data = json.loads(Path(source.path).read_bytes()) if source.path else sample_flags()
    except (OSError, ValueError, RecursionError) as error:
        raise SettingsError(f"cannot read the flag file {source.path}: {error}") from None
    flags = data.get("flags") if isinstance(data, dict) else None
    return tuple(
        plain(key)
        for key, flag in (flags.items() if isinstance(flags, dict) else ())
        if isinstance(flag, dict)
        and isinstance(variations := flag.get("variations"), list)
        and any(isinstance(value, dict) and "_ldMeta" in value for value in variations)
    )


@contextmanager
def _unprinted() -> Iterator[None]:
    """Keep what the SDK prints from the terminal: the traceback of a file that it cannot read."""
    with _STARTING, redirect_stderr(io.StringIO()):
        yield


def _plain(found: Any) -> dict[str, Any]:
    """Return named values with names and texts that can be shown."""
    return {
        plain(str(name)): plain(value) if isinstance(value, str) else value
        for name, value in (found.items() if isinstance(found, dict) else ())
    }


def _identity(value: Any) -> tuple[str, int]:
    """Return key and version of the variation that a flag's value is."""
    meta = value.get("_ldMeta") if isinstance(value, dict) else None
    meta = meta if isinstance(meta, dict) else {}
    version = meta.get("version")
    return plain(str(meta.get("variationKey") or "")), version if isinstance(version, int) else 0


def _reason(found: Any) -> str:
    if not isinstance(found, dict):
        return ""
    words = [str(found.get("kind", "")), str(found.get("ruleId") or found.get("errorKind") or "")]
    text = " ".join(filter(None, words))
    return plain(text + (", in experiment" if found.get("inExperiment") else ""))
