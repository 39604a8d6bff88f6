"""A mergeable log-scaled histogram: percentiles with at most 1 % relative error by construction.

Bucket ``i`` holds values in ``(GAMMA**(i-1), GAMMA**i]``; its representative ``2·GAMMA**i / (GAMMA+1)``
is never further than ``(GAMMA-1)/(GAMMA+1)`` from a value inside (DDSketch, Masson et al., VLDB 2019).
"""

from array import array
from collections.abc import Iterable, Mapping
from math import ceil, log

RELATIVE_ERROR = 0.01
GAMMA = (1 + RELATIVE_ERROR) / (1 - RELATIVE_ERROR)
_SCALE = 1 / log(GAMMA)
_ZERO = -1
"""The bucket of values below 1: less than one unit (1 ms) is shown as 0."""
_MAX_BUCKET = 4000
"""Beyond every float that matters (1e34): no input makes an encoded histogram large."""
_LANE = 8
"""Bytes per bucket while encoded histograms are added up as one big integer."""
_PAIRS, _DENSE = 0, (1, 2, 4, 8)
"""First byte of an encoded histogram: pairs, or the bytes per bucket of the dense form."""


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
        """Return a compact form for the store: pairs where values are few, else one lane per bucket."""
        if not self.counts:
            return b""
        low, high, most = min(self.counts), max(self.counts), max(self.counts.values())
        width = next(width for width in _DENSE if most < 1 << (8 * width) or width == _LANE)
        lanes = high - low + 1
        if lanes * width > 3 * len(self.counts):
            return _pairs(self.counts)
        values = array("Q", bytes(lanes * _LANE))
        for index, count in self.counts.items():
            values[index - low] = count
        return bytes([width]) + (low - _ZERO).to_bytes(2, "little") + _narrowed(values.tobytes(), width)

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
    """Return one histogram with the counts of all encoded ones; about 1 µs each.

    Dense forms are widened to equal lanes and added as big integers. Raises ValueError for anything that
    ``encode`` does not return.
    """
    total = Histogram()
    lanes = 0
    for data in encoded:
        if not data:
            continue
        if data[0] == _PAIRS:
            for index, count in _read_pairs(data):
                total.counts[index] = total.counts.get(index, 0) + count
        elif data[0] in _DENSE and len(data) > 3 and (len(data) - 3) % data[0] == 0:
            first = int.from_bytes(data[1:3], "little")
            lanes += int.from_bytes(_widened(data[3:], data[0]), "little") << (8 * _LANE * first)
        else:
            raise ValueError("not an encoded histogram")
    if lanes:
        size = -(-lanes.bit_length() // (8 * _LANE)) * _LANE
        for place, count in enumerate(array("Q", lanes.to_bytes(size, "little"))):
            if count:
                index = place + _ZERO
                total.counts[index] = total.counts.get(index, 0) + count
    return total


def _narrowed(lanes: bytes, width: int) -> bytes:
    out = bytearray(len(lanes) // _LANE * width)
    for byte in range(width):
        out[byte::width] = lanes[byte::_LANE]
    return bytes(out)


def _widened(lanes: bytes, width: int) -> bytes:
    if width == _LANE:
        return lanes
    out = bytearray(len(lanes) // width * _LANE)
    for byte in range(width):
        out[byte::_LANE] = lanes[byte::width]
    return bytes(out)


def _pairs(counts: Mapping[int, int]) -> bytes:
    out = bytearray([_PAIRS])
    last = _ZERO
    for index in sorted(counts):
        _write_varint(out, index - last)
        _write_varint(out, counts[index])
        last = index
    return bytes(out)


def _read_pairs(data: bytes) -> list[tuple[int, int]]:
    numbers = _read_varints(data[1:])
    if len(numbers) % 2:
        raise ValueError("a histogram has an even number of varints")
    pairs: list[tuple[int, int]] = []
    index = _ZERO
    for step, count in zip(numbers[::2], numbers[1::2], strict=True):
        index += step
        pairs.append((index, count))
    return pairs


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
