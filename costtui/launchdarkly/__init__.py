"""LaunchDarkly from both sides: what SDKs send (tap), and what happens in the process (plugin)."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from costtui.launchdarkly.contexts import build_context, build_multi_context
    from costtui.launchdarkly.plugin import AttributionPlugin

__all__ = ["AttributionPlugin", "build_context", "build_multi_context"]


def __getattr__(name: str) -> Any:
    if name == "AttributionPlugin":
        from costtui.launchdarkly.plugin import AttributionPlugin

        return AttributionPlugin
    if name in ("build_context", "build_multi_context"):
        from costtui.launchdarkly import contexts

        return getattr(contexts, name)
    raise AttributeError(name)
