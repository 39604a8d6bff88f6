"""The metrics that the settings name: which event keys are judged, and what is known of them."""

from collections.abc import Sequence
from dataclasses import replace

from costtui.attribution.verdicts import Metric
from costtui.sections import Section

DEFAULT = "ai_cost_per_request"
"""The metric that commands judge where the settings name none."""


def read_metrics(section: Section) -> tuple[Metric, ...]:
    """Return the metrics of the settings, ``[metrics.EVENT_KEY]`` each. Raises SettingsError."""
    return tuple(_metric(name, section.take_section(name)) for name in section.names())


def chosen(
    known: Sequence[Metric], key: str, *, unit: str, flag: str, filters: Sequence[str], occurrences: bool
) -> tuple[Metric, ...]:
    """Return what a command judges: one metric by its key, as the settings know it where nothing else is said.

    Without a key, all that the settings name.
    """
    metrics = [each for each in known if key in ("", each.key)] or [Metric(key or DEFAULT)]
    return tuple(
        replace(
            each,
            unit=unit or each.unit,
            flag=flag or each.flag,
            numeric=each.numeric and not occurrences,
            filters=frozenset(filters) or each.filters,
        )
        for each in metrics
    )


def _metric(key: str, section: Section) -> Metric:
    metric = Metric(
        key,
        unit=section.take("unit", str, ""),
        flag=section.take("flag", str, ""),
        numeric=section.take("value", bool, True),
        filters=frozenset(section.take_texts("filters", ())),
    )
    section.close()
    return metric
