"""Sums from which a ratio over any number of units is known exactly, without keeping the units."""

from dataclasses import dataclass
from math import inf, sqrt
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from costtui.analysis.stats import Sample


@dataclass(slots=True)
class Moments:
    """Sums over independent units of a numerator (nano-dollars, milliseconds) and a denominator (calls).

    They are whole numbers, so that squares of large costs lose no digit.
    """

    units: int = 0
    top: int = 0
    bottom: int = 0
    top_top: int = 0
    top_bottom: int = 0
    bottom_bottom: int = 0

    def add(self, top: int, bottom: int = 1) -> None:
        """Add one unit with its sums."""
        self.units += 1
        self.top += top
        self.bottom += bottom
        self.top_top += top * top
        self.top_bottom += top * bottom
        self.bottom_bottom += bottom * bottom

    def merge(self, other: "Moments") -> None:
        """Add the sums of other units."""
        self.units += other.units
        self.top += other.top
        self.bottom += other.bottom
        self.top_top += other.top_top
        self.top_bottom += other.top_bottom
        self.bottom_bottom += other.bottom_bottom

    def ratio(self) -> "Sample":
        """Return Σ numerator ÷ Σ denominator (delta method; Deng et al., KDD 2018): what ``stats.ratio_of`` returns."""
        # Imported here: every reader of a store knows these sums, few are asked for a ratio.
        from fractions import Fraction

        from costtui.analysis.stats import Sample

        if not self.bottom:
            return Sample(0, 0.0, inf)
        value = self.top / self.bottom
        if self.units < 2:
            return Sample(self.units, value, inf)
        squares = (
            self.top_top * self.bottom**2
            - 2 * self.top * self.bottom * self.top_bottom
            + self.top**2 * self.bottom_bottom
        )
        variance = Fraction(squares * self.units, self.bottom**4 * (self.units - 1))
        return Sample(self.units, value, sqrt(float(variance)))
