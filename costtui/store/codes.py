"""Enumerations as the small numbers that a store keeps; a word's place is its number, so words are only added at the end."""

from costtui.facts import CostSource, Mode, Status, UsageState

STATUS = (Status.OK, Status.ERROR, Status.CANCELLED, Status.PARTIAL, Status.RUNNING, Status.INTERRUPTED)
COST_SOURCE = (
    CostSource.PROVIDER,
    CostSource.LANGSMITH,
    CostSource.PRICED,
    CostSource.HEURISTIC,
    CostSource.UNKNOWN,
)
USAGE_STATE = (UsageState.REPORTED, UsageState.ESTIMATED, UsageState.MISSING)
MODE = (Mode.PASSTHROUGH, Mode.SMART_ROUTER)

STATUS_CODE = {word: code for code, word in enumerate(STATUS)}
COST_SOURCE_CODE = {word: code for code, word in enumerate(COST_SOURCE)}
USAGE_STATE_CODE = {word: code for code, word in enumerate(USAGE_STATE)}
MODE_CODE = {word: code for code, word in enumerate(MODE)}
