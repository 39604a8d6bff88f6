"""A mergeable log-scaled histogram: percentiles with at most 1 % relative error by construction.

Bucket ``i`` holds values in ``(GAMMA**(i-1), GAMMA**i]``; its representative ``2·GAMMA**i / (GAMMA+1)``
is never further than ``(GAMMA-1)/(GAMMA+1)`` from a value inside (DDSketch, Masson et al., VLDB 2019).
"""

import sys
from array import array
from collections import Counter
from collections.abc import Iterable, Mapping
from math import ceil, log

RELATIVE_ERROR = 0.01
GAMMA = (1 + RELATIVE_ERROR) / (1 - RELATIVE_ERROR)
_SCALE = 1 / log(GAMMA)
_ZERO = -1
"""The bucket of values below 1: less than one unit (1 ms) is shown as 0."""
_MAX_BUCKET = 4000
"""Beyond every float that matters (1e34): no input makes an encoded histogram large."""
_MOST = 2**64 - 1
_LANE = 4
"""Bytes per bucket while encoded histograms are added up as one big integer."""
_VALUES, _DENSE = 0, (1, 2, 4, 8)
"""First byte of an encoded histogram: single values, or the bytes per bucket of the dense form."""


def bucket(value: float) -> int:
    """Return the bucket of a value (0 or more)."""
    return _ZERO if value < 1 else min(ceil(log(value) * _SCALE), _MAX_BUCKET)


def representative(index: int) -> float:
    """Return the value that stands for every value of a bucket."""
    return 0.0 if index == _ZERO else 2 * GAMMA**index / (GAMMA + 1)


class Histogram:
    """Counts of values by bucket; add, merge, ask for a percentile."""

    __slots__ = ("counts",)

    def __init__(self, counts: Mapping[int, int] | None = None) -> None:
        self.counts: dict[int, int] = dict(counts) if counts else {}

    def __len__(self) -> int:
        return sum(self.counts.values())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Histogram) and self.counts == other.counts

    __hash__ = None  # type: ignore[assignment]

    def add(self, value: float, count: int = 1) -> None:
        """Count a value; a negative count takes it away again."""
        self._count(bucket(value), count)

    def merge(self, other: "Histogram", sign: int = 1) -> None:
        """Add all counts of another histogram; with ``sign=-1`` take them away again."""
        for index, count in other.counts.items():
            self._count(index, sign * count)

    def percentile(self, fraction: float) -> float | None:
        """Return the value at a fraction (0.5 = median) of the counted values, None without any."""
        total = len(self)
        if total <= 0:
            return None
        rank = max(ceil(fraction * total), 1)
        for index in sorted(self.counts):
            rank -= self.counts[index]
            if rank <= 0:
                return representative(index)
        return None

    def encode(self) -> bytes:
        """Return a compact form for the store: the bucket of each value where they are few, else one lane per bucket."""
        if not self.counts:
            return b""
        low, high, most = min(self.counts), max(self.counts), max(self.counts.values())
        width = next((width for width in _DENSE if most < 1 << (8 * width)), _DENSE[-1])
        if 2 * len(self) < (high - low + 1) * width:
            values = sorted(self.counts.items())
            return bytes([_VALUES]) + b"".join(
                (index - _ZERO).to_bytes(2, "little") * count for index, count in values
            )
        lanes = bytearray((high - low + 1) * width)
        for index, count in self.counts.items():
            place = (index - low) * width
            lanes[place : place + width] = min(count, _MOST).to_bytes(width, "little")
        return bytes([width]) + (low - _ZERO).to_bytes(2, "little") + lanes

    @classmethod
    def decode(cls, data: bytes) -> "Histogram":
        """Return the histogram that was encoded; raises ValueError for anything else."""
        return merged_encoded((data,))

    def _count(self, index: int, count: int) -> None:
        left = self.counts.get(index, 0) + count
        if left > 0:
            self.counts[index] = left
        else:
            self.counts.pop(index, None)


def merged(histograms: Iterable[Histogram]) -> Histogram:
    """Return one histogram with the counts of all."""
    total = Histogram()
    for histogram in histograms:
        total.merge(histogram)
    return total


def merged_encoded(encoded: Iterable[bytes]) -> Histogram:
    """Return one histogram with the counts of all encoded ones; a few microseconds each.

    Single values are counted in one go, dense forms are widened to equal lanes and added as big integers.
    Raises ValueError for anything that ``encode`` does not return.
    """
    total = Histogram()
    singles: list[bytes] = []
    lanes = 0
    for data in encoded:
        if not data:
            continue
        width = data[0]
        if width == _VALUES and len(data) % 2:
            singles.append(data[1:])
        elif width in _DENSE and len(data) > 3 and (len(data) - 3) % width == 0:
            first = data[1] + 256 * data[2]
            if width <= _LANE:
                lanes += int.from_bytes(_widened(data[3:], width), "little") << (8 * _LANE * first)
            else:
                _add_lanes(total, data[3:], width, first)
        else:
            raise ValueError("not an encoded histogram")
    for place, count in Counter(_numbers(b"".join(singles), 2)).items():
        total._count(place + _ZERO, count)
    if lanes:
        size = -(-lanes.bit_length() // (8 * _LANE)) * _LANE
        _add_lanes(total, lanes.to_bytes(size, "little"), _LANE, 0)
    return total


def _add_lanes(total: Histogram, lanes: bytes, width: int, first: int) -> None:
    for place, count in enumerate(_numbers(lanes, width), first + _ZERO):
        if count:
            total._count(place, count)


def _numbers(data: bytes, width: int) -> "array[int]":
    numbers = array({2: "H", 4: "I", 8: "Q"}[width], data)
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers


def _widened(lanes: bytes, width: int) -> bytes:
    if width == _LANE:
        return lanes
    out = bytearray(len(lanes) // width * _LANE)
    for byte in range(width):
        out[byte::_LANE] = lanes[byte::width]
    return bytes(out)
