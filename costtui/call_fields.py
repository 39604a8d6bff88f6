"""The fields of a call that filters know: the names that the store's queries understand."""

SERIES_FIELDS = ("node", "provider", "model", "subsystem", "status")
"""Fields that calls are grouped by."""
TEXT_FIELDS = (
    *SERIES_FIELDS,
    "asked",
    "run",
    "lead",
    "session",
    "user",
    "mode",
    "source",
    "error",
    "config",
    "variation",
)
"""Fields with words; a bare word of a filter looks into all of them, and into the values of tags."""
NUMBER_FIELDS = (
    "cost",
    "saved",
    "latency",
    "ttft",
    "tokens",
    "input",
    "output",
    "cached",
    "attempt",
    "quality",
)
"""Fields with numbers: dollars, milliseconds, tokens, counts."""
TAG = "tag."
"""Before the name of a tag: ``tag.customer``."""
