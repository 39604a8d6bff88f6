"""Everything that can be tried, for the Try page and for commands."""

import threading
from collections.abc import Callable, Mapping
from typing import Any

from costtui.errors import CosttuiError
from costtui.settings import Settings
from costtui.trials.bench import Bench
from costtui.view.matrix import Grid, Matrix
from costtui.view.trial import ROUTER, SIMULATED, Ask, Choices, Outcome, Plan, Tally


class Trials:
    """Tries calls and records them into a store; everything heavy is imported when it is first used."""

    def __init__(
        self,
        store: str,
        settings: Settings,
        environment: Mapping[str, str] | None = None,
        *,
        alone: bool = False,
    ) -> None:
        """``alone``: contexts are kept until the monitor ends, and the settings file stays as it is."""
        self.bench = Bench(store, settings, environment, alone=alone)

    def choices(self) -> Choices:
        """Return what can be chosen. Raises CosttuiError."""
        from costtui.launchdarkly.flags import config_keys
        from costtui.trials.at_hand import hint, local_models

        source = self.bench.flags()
        with self.bench.client() as client:
            routing = self.bench.settings.routing
            known = dict.fromkeys((*routing.simple, *routing.moderate, *routing.complex))
            ready = [name for name in known if client.planner.ready(name.partition("/")[0])]
            local = list(local_models(self.bench, client))
            words = hint(self.bench, client, local)
        models = [("", "as the AI Config serves, else simulated"), (SIMULATED, "answers here, costs nothing")]
        if ready:
            models.append((ROUTER, "the router chooses"))
        models += [(name, f"at {where}") for name, where in local]
        models += [(name, "its key is set") for name in ready]
        configs = [
            ("", "no AI Config: nothing is tracked"),
            *((key, source.name) for key in config_keys(source)),
        ]
        palette = self.bench.palette
        return Choices(tuple(models), tuple(configs), palette.choices(), source.name, words, palette.own())

    def plan(self, ask: Ask) -> Plan:
        """Return what a call would be; no event is sent."""
        from costtui.trials.plan import plans

        try:
            return plans(self.bench, [ask])[0]
        except CosttuiError as error:
            return Plan(ask, ask.model, problem=str(error))

    def fire(
        self,
        ask: Ask,
        tell: Callable[[str], None],
        stopped: threading.Event,
        count: Callable[[Tally], None] = lambda tally: None,
    ) -> Outcome:
        """Make the call as often as wanted, and judge what was tracked for it."""
        from costtui.trials.outcome import outcome
        from costtui.trials.session import Session

        try:
            with Session(self.bench, tracks=bool(ask.config)) as session:
                first = tell if ask.repeat == 1 else lambda text: None
                series = session.run(
                    [ask] * ask.repeat, tell=first, each=lambda made, tally: count(tally), stopped=stopped
                )
                return outcome(series, session.judge())
        except CosttuiError as error:
            return Outcome(problem=str(error))

    def grid(self, grid: Grid) -> Matrix:
        """Return what each context would be served by each AI Config."""
        from costtui.trials.matrix import served_matrix

        try:
            return served_matrix(self.bench, grid)
        except CosttuiError as error:
            return Matrix(problem=str(error))

    def fire_grid(
        self, grid: Grid, stopped: threading.Event, count: Callable[[Tally], None] = lambda tally: None
    ) -> Matrix:
        """Make a call for each context and AI Config, and judge each."""
        from costtui.trials.matrix import called_matrix

        try:
            return called_matrix(self.bench, grid, stopped, count)
        except CosttuiError as error:
            return Matrix(problem=str(error))

    def context(self, name: str) -> Mapping[str, Any]:
        """Return kind → attributes of a context. Raises SettingsError."""
        return self.bench.palette.kinds(name)

    def keep_context(self, name: str, context: Mapping[str, Any], instead_of: str = "") -> str:
        """Keep kind → attributes under a name, and return what was done in words. Raises SettingsError."""
        return self.bench.palette.keep(name, context, instead_of)

    def drop_context(self, name: str) -> str:
        """Forget a context of the user's own, and return what was done in words. Raises SettingsError."""
        return self.bench.palette.drop(name)
