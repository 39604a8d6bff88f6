"""Why a metric event counts in an experiment, or does not: pure functions over exposures and metric events."""
