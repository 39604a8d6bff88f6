"""The tone in which a status is shown."""

from costtui.facts import Status

STATUS_TONES = {
    Status.OK: "ok",
    Status.ERROR: "error",
    Status.CANCELLED: "muted",
    Status.PARTIAL: "warn",
    Status.RUNNING: "accent",
    Status.INTERRUPTED: "error",
}
