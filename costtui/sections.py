"""Tables of the settings file, read key by key: every bad key or value is named."""

from collections.abc import Mapping
from math import isfinite
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from costtui.errors import SettingsError
from costtui.money import nano
from costtui.text import plain

_T = TypeVar("_T")
_TOO_LARGE = 2**63
"""TOML and stores keep whole numbers below this."""
_LONGEST = 600
"""Characters of an error."""


class Section:
    """A table of the settings file that is read key by key; what is left over is an error."""

    def __init__(self, values: Mapping[str, Any], where: str) -> None:
        self._values = dict(values)
        self._where = where

    def take(self, key: str, kind: type[_T], default: _T) -> _T:
        """Remove and return a value of a type; an integer passes for a float, and numbers are finite."""
        value = self._values.pop(key, default)
        if isinstance(value, int) and abs(value) >= _TOO_LARGE:
            raise self.error(key, "is too large a number")
        if kind is float and isinstance(value, int) and not isinstance(value, bool):
            value = float(value)
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            raise self.error(key, f"must be {_WORDS.get(kind, kind.__name__)}, not {value!r:.200}")
        if isinstance(value, float) and not isfinite(value):
            raise self.error(key, f"must be a finite number, not {value!r}")
        return value

    def take_usd(self, key: str, default: int | None) -> int | None:
        """Remove and return an amount in dollars (number or text) as nano-dollars."""
        value = self._values.pop(key, None)
        if value is None:
            return default
        try:
            if isinstance(value, bool):
                raise ValueError
            amount = nano(value)
        except ValueError:
            raise self.error(key, f"must be an amount in dollars, not {value!r:.200}") from None
        if amount < 0:
            raise self.error(key, f"must not be negative: {value!r}")
        return amount

    def take_choice(self, key: str, choices: tuple[str, ...], default: str) -> str:
        """Remove and return one of some words."""
        value = self.take(key, str, default)
        if value not in choices:
            raise self.error(key, f"must be one of {', '.join(choices)}, not {value!r:.200}")
        return value

    def take_zone(self, key: str, default: str) -> str:
        """Remove and return the name of a time zone that exists."""
        name = self.take(key, str, default)
        if name:
            zone(name, f"{self._where}{key}")
        return name

    def take_section(self, key: str) -> "Section":
        """Remove and return a table inside this one, empty if absent."""
        return Section(self.take(key, dict, {}), f"{self._where}{key}.")

    def take_sections(self, key: str) -> list["Section"]:
        """Remove and return an array of tables inside this one."""
        values = self.take(key, list, [])
        for index, value in enumerate(values):
            if not isinstance(value, dict):
                raise self.error(f"{key}[{index}]", f"must be a table, not {value!r:.200}")
        return [Section(value, f"{self._where}{key}[{index}].") for index, value in enumerate(values)]

    def take_texts(self, key: str, default: tuple[str, ...]) -> tuple[str, ...]:
        """Remove and return an array of texts."""
        values = self.take(key, list, list(default))
        for value in values:
            if not isinstance(value, str):
                raise self.error(key, f"must be an array of texts, not {values!r:.200}")
        return tuple(values)

    def names(self) -> tuple[str, ...]:
        """Return the keys that are left, for tables whose keys are the user's."""
        return tuple(self._values)

    def take_rest(self) -> dict[str, Any]:
        """Remove and return all that is left, for tables whose keys are the user's."""
        rest, self._values = self._values, {}
        return rest

    def close(self) -> None:
        """Raise SettingsError where a key is left that nobody asked for."""
        for key in self._values:
            raise self.error(key, "is no setting that costtui knows")

    def error(self, key: str, problem: str) -> SettingsError:
        """Return the error that names a key of this section; keys are the file's, and may hold anything."""
        return SettingsError(plain(f"settings: {self._where}{key} {problem}")[:_LONGEST])


_WORDS: dict[type, str] = {
    bool: "true or false",
    str: "text",
    int: "a whole number",
    float: "a number",
    dict: "a table",
    list: "an array",
}


def zone(name: str, where: str) -> ZoneInfo:
    """Return a time zone by its name. Raises SettingsError naming the place where it stands."""
    try:
        return ZoneInfo(name)
    except (LookupError, ValueError, OSError):
        raise SettingsError(
            f"settings: {where} names no time zone: {name!r:.200}; use a name such as Europe/Berlin"
        ) from None
