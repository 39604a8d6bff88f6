"""Contexts by name: those of the settings, and those in the box."""

from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Any

from costtui.attribution.contexts import Json, individuals
from costtui.attribution.named import describe, named_context, with_user
from costtui.errors import SettingsError
from costtui.settings import settings_path

Kinds = Mapping[str, Any]
"""Kind → attributes, with the key."""


class Palette:
    """Finds contexts, and keeps the user's own in the settings file."""

    def __init__(self, own: Mapping[str, Kinds], environment: Mapping[str, str] | None) -> None:
        """``environment`` says where the settings file is; None: contexts are kept until the monitor ends."""
        self._own = dict(own)
        self._environment = environment

    def choices(self) -> tuple[tuple[str, str], ...]:
        """Return name and meaning of the contexts that are listed, the user's own first."""
        from costtui.launchdarkly.sample import sample_context, sample_names

        own = [(name, f"own: {describe(named_context(name, kinds))}") for name, kinds in self._own.items()]
        box = [(name, describe(sample_context(name))) for name in sample_names() if name not in self._own]
        return (*own, *box)

    def own(self) -> frozenset[str]:
        """Return the names of the user's own contexts."""
        return frozenset(self._own)

    def context(self, name: str, user: str = "") -> Json:
        """Return a context by its name, for another user where one is given. Raises SettingsError."""
        from costtui.launchdarkly.sample import TIERS, sample_context

        if name in self._own:
            context = named_context(name, self._own[name])
            return with_user(context, user) if user else context
        try:
            return sample_context(name, user)
        except KeyError:
            raise SettingsError(
                f"no context is named {name!r}: choose {', '.join((*self._own, *TIERS))}, a name such as "
                f"premium-desktop-eu-west-acme, or add [contexts.NAME] to the settings"
            ) from None

    def kinds(self, name: str) -> dict[str, Json]:
        """Return a context as kind → attributes. Raises SettingsError."""
        return individuals(self.context(name))

    def matching(self, patterns: tuple[str, ...]) -> tuple[str, ...]:
        """Return the names that patterns such as ``premium-*`` stand for, in order. Raises SettingsError."""
        from costtui.launchdarkly.sample import all_sample_names

        known = (*self._own, *all_sample_names())
        found: dict[str, None] = {}
        for pattern in patterns:
            wild = [name for name in known if fnmatchcase(name, pattern)] if set(pattern) & set("*?[") else []
            if not wild:
                self.context(pattern)
            found.update(dict.fromkeys(wild or [pattern]))
        return tuple(found)

    def keep(self, name: str, kinds: Kinds, instead_of: str = "") -> str:
        """Keep a context under a name (and no more under the old one); return what was done. Raises SettingsError."""
        try:
            named_context(name, kinds)
        except ValueError as error:
            raise SettingsError(f"context {name!r}: {error}") from None
        gone = instead_of if instead_of != name and instead_of in self._own else ""
        told = self._write(name, kinds, gone)
        self._own.pop(gone, None)
        self._own[name] = {kind: dict(inner) for kind, inner in kinds.items()}
        return told

    def drop(self, name: str) -> str:
        """Forget a context of the user's own; return what was done. Raises SettingsError."""
        if name not in self._own:
            raise SettingsError(
                f"{name!r} is in the box and stays; only contexts of the settings can be deleted"
            )
        told = self._write("", {}, name)
        del self._own[name]
        return told

    def _write(self, name: str, kinds: Kinds, gone: str) -> str:
        words = f"context {name} is kept" if name else f"context {gone} is deleted"
        if self._environment is None:
            return f"{words}, here and until the monitor ends"
        from costtui.settings_file import change_tables

        path = settings_path(self._environment)
        change_tables(path, "contexts", put={name: kinds} if name else {}, drop=[gone] if gone else [])
        return f"{words} in {path}"
