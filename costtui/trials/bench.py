"""What calls are tried with: store, settings, keys, flags, contexts, and a provider that answers here."""

import os
from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

from costtui.settings import ProviderSettings, Settings
from costtui.trials.palette import Palette

if TYPE_CHECKING:
    from costtui.launchdarkly.flags import FlagSource
    from costtui.llm import LLMClient
    from costtui.record.recorder import Recorder

FLAG_FILE = "COSTTUI_FLAGS"
"""Environment variable that may name a flag file."""


class Bench:
    """Holds what is needed; everything heavy is imported when it is first used."""

    def __init__(
        self,
        store: str,
        settings: Settings,
        environment: Mapping[str, str] | None = None,
        *,
        alone: bool = False,
    ) -> None:
        """``alone``: the settings file stays as it is."""
        self.store = store
        self.environment = os.environ if environment is None else environment
        self.palette = Palette(settings.contexts, None if alone else self.environment)
        self._given = settings

    @cached_property
    def settings(self) -> Settings:
        """The settings, with a provider that answers here and costs nothing."""
        from costtui.demo.simulated import BASE_URL, NAME
        from costtui.pricing.overrides import PriceOverride

        free = PriceOverride("*", NAME, {"input": 0, "output": 0}, origin="nothing is called")
        return replace(
            self._given,
            providers={**self._given.providers, NAME: ProviderSettings(BASE_URL, "openai")},
            prices=(free, *self._given.prices),
        )

    def client(self, recorder: "Recorder | None" = None) -> "LLMClient":
        """Return a client that also knows the simulated provider."""
        from costtui.demo.simulated import SimulatedModel
        from costtui.llm import LLMClient

        return LLMClient(
            recorder or self.store,
            settings=self.settings,
            environment=self.environment,
            transport=SimulatedModel(),
        )

    def flags(self) -> "FlagSource":
        """Return where flags come from."""
        from costtui.launchdarkly.flags import SDK_KEY, FlagSource

        return FlagSource(self.environment.get(SDK_KEY, ""), self.environment.get(FLAG_FILE, ""))
