"""A mergeable log-scaled histogram: percentiles with at most 1 % relative error by construction.

Bucket ``i`` holds values in ``(GAMMA**(i-1), GAMMA**i]``; its representative ``2·GAMMA**i / (GAMMA+1)``
is never further than ``(GAMMA-1)/(GAMMA+1)`` from a value inside (DDSketch, Masson et al., VLDB 2019).
"""

from collections.abc import Iterable, Mapping
from math import ceil, log

RELATIVE_ERROR = 0.01
GAMMA = (1 + RELATIVE_ERROR) / (1 - RELATIVE_ERROR)
_SCALE = 1 / log(GAMMA)
_ZERO = -1
"""The bucket of values below 1: less than one unit (1 ms) is shown as 0."""


def bucket(value: float) -> int:
    """Return the bucket of a value (0 or more)."""
    return _ZERO if value < 1 else ceil(log(value) * _SCALE)


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

    def merge(self, other: "Histogram") -> None:
        """Add all counts of another histogram."""
        for index, count in other.counts.items():
            self._count(index, count)

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
        """Return a compact form for the store: pairs of bucket step and count as varints, ascending."""
        out = bytearray()
        last = _ZERO
        for index in sorted(self.counts):
            _write_varint(out, index - last)
            _write_varint(out, self.counts[index])
            last = index
        return bytes(out)

    @classmethod
    def decode(cls, data: bytes) -> "Histogram":
        """Return the histogram that was encoded; raises ValueError for anything else."""
        numbers = _read_varints(data)
        if len(numbers) % 2:
            raise ValueError("a histogram has an even number of varints")
        histogram = cls()
        index = _ZERO
        for step, count in zip(numbers[::2], numbers[1::2], strict=True):
            index += step
            histogram.counts[index] = count
        return histogram

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


def _write_varint(out: bytearray, number: int) -> None:
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)


def _read_varints(data: bytes) -> list[int]:
    numbers: list[int] = []
    value = shift = 0
    for byte in data:
        value |= (byte & 0x7F) << shift
        if byte & 0x80:
            shift += 7
        else:
            numbers.append(value)
            value = shift = 0
    if shift:
        raise ValueError("a varint is cut off")
    return numbers
