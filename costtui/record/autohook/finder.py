"""Does something to a module right after it was imported, without importing it sooner.

This file is also loaded by itself, by programs that cannot import the rest of costtui: it needs only the standard library.
"""

import sys
from collections.abc import Callable, Collection, Sequence
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

LIBRARIES = ("httpx", "httpx2")
"""What requests are sent with."""
SDKS = tuple(
    f"{package}._base_client" for package in ("openai", "anthropic", "groq", "cerebras.cloud.sdk", "together")
)
"""Modules of SDKs that take an exception raised in a request for their own."""


class AfterImport:
    """A finder that lets the other finders work, and calls back when one of some modules has been executed."""

    def __init__(self, names: Collection[str], then: Callable[[ModuleType], None]) -> None:
        self._names = frozenset(names)
        self._then = then

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return the spec that another finder found, with a loader that calls back; None for all other modules."""
        if name not in self._names:
            return None
        for finder in self._after():
            spec: ModuleSpec | None = finder.find_spec(name, path, target)
            if spec is not None:
                if spec.loader is not None:
                    spec.loader = _Loader(spec.loader, self._then)  # type: ignore[assignment]
                return spec
        return None

    def _after(self) -> list[Any]:
        """Return the finders behind this one: those in front were asked already, and may be asking now."""
        finders = list(sys.meta_path)
        behind = finders[finders.index(self) + 1 :] if self in finders else finders
        return [finder for finder in behind if hasattr(finder, "find_spec")]


class _Loader:
    def __init__(self, loader: Any, then: Callable[[ModuleType], None]) -> None:
        self._loader = loader
        self._then = then

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        created: ModuleType | None = self._loader.create_module(spec)
        return created

    def exec_module(self, module: ModuleType) -> None:
        module.__loader__ = self._loader
        if module.__spec__ is not None:
            module.__spec__.loader = self._loader
        self._loader.exec_module(module)
        try:
            self._then(module)
        except Exception as error:  # whatever is wrong with the recorder, the program goes on
            sys.stderr.write(f"costtui: {module.__name__} is not recorded: {type(error).__name__}: {error}\n")


def after_import(names: Collection[str], then: Callable[[ModuleType], None]) -> AfterImport:
    """Call back for each named module: at once where it is imported already, else right after its import."""
    for name in names:
        module = sys.modules.get(name)
        if module is not None:
            then(module)
    finder = AfterImport(names, then)
    sys.meta_path.insert(0, finder)
    return finder
