"""Filters as people type them: ``node:extract !status:ok cost>0.01 timeout``."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

Operator = Literal[":", "=", ">", "<", ">=", "<="]
Value = str | float | int | None

_TERM = re.compile(r'(!?)(?:([A-Za-z_][\w.]*)(>=|<=|[:=<>]))?(?:"([^"]*)"?|(\S+))')


@dataclass(frozen=True, slots=True)
class Term:
    """One condition; terms of a filter must all hold."""

    field: str
    """Lower-case name of a field; empty: any text of the row."""
    operator: Operator
    """``:`` contains (case-insensitive), ``=`` equals, the others compare numbers."""
    text: str
    negated: bool = False

    @property
    def number(self) -> float | None:
        """The value as a number (``$``, ``%`` and thousands separators are ignored), None if it is none."""
        try:
            return float(self.text.strip("$%").replace(",", ""))
        except ValueError:
            return None

    def matches(self, value: Value) -> bool:
        """Return whether a field's value fulfils the condition (before negation)."""
        if self.operator in (":", "="):
            own, other = self.text.casefold(), "" if value is None else str(value).casefold()
            return own == other if self.operator == "=" else own in other
        number = self.number
        if number is None or isinstance(value, str) or value is None:
            return False
        return {
            ">": value > number,
            "<": value < number,
            ">=": value >= number,
            "<=": value <= number,
        }[self.operator]


@dataclass(frozen=True, slots=True)
class Filter:
    """All terms of a filter; an empty one lets everything through."""

    terms: tuple[Term, ...] = ()
    text: str = ""

    def __bool__(self) -> bool:
        return bool(self.terms)

    def matches(self, get: Callable[[str], Value], texts: Callable[[], str]) -> bool:
        """Return whether a row passes: ``get`` gives a field's value, ``texts`` all of the row's words."""
        return all(
            term.matches(get(term.field) if term.field else texts()) != term.negated for term in self.terms
        )


def parse_filter(text: str) -> Filter:
    """Return the filter that a text describes; every text describes one."""
    terms = tuple(
        Term(field.lower(), operator or ":", quoted or word, bool(bang))
        for bang, field, operator, quoted, word in _TERM.findall(text)
    )
    return Filter(terms, text.strip())
