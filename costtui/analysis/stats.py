"""Means and ratios with honest intervals: Welch, delta method, always-valid sequences, posteriors, SRM.

Everything works on a ``Sample``: a mean, or a ratio of sums over independent units, and its standard error.
Costs per call of one customer are not independent; grouping them into units first (``ratio_of``) is what keeps the
error rate at its word.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil, exp, expm1, inf, log, sqrt

from costtui.analysis.distributions import (
    chi2_sf,
    normal_cdf,
    normal_pdf,
    normal_quantile,
    score_interval,
    t_quantile,
    t_sf,
    wilson,
)

LEVEL = 0.95
"""Confidence of every interval unless said otherwise."""
TUNED_FOR = 200
"""Number of units at which an always-valid interval is narrowest; it must not depend on the data."""
_VAGUE = 1e6
"""A variance of a logarithm beyond which an interval has no end that a float could hold."""
SRM_LIMIT = 0.001
"""A p-value below this is a sample-ratio mismatch."""


@dataclass(frozen=True, slots=True)
class Sample:
    """A mean or a ratio, and how precisely it is known."""

    units: int
    """Independent units behind it: runs, users, calls."""
    value: float
    error: float
    """Standard error of the value; infinite where it cannot be known."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A value with its interval and the p-value of its being zero."""

    value: float
    low: float
    high: float
    p_value: float

    @property
    def significant(self) -> bool:
        """Whether the interval leaves zero out."""
        return self.low > 0 or self.high < 0


Units = Mapping[str, tuple[float, float]]
"""Unit → (sum of the numerator, sum of the denominator): dollars and calls of each user, say."""


def ratio_of(units: Units) -> Sample:
    """Return Σ numerator ÷ Σ denominator over independent units (delta method; Deng et al., KDD 2018)."""
    influence = _influence(units)
    count, below = len(units), sum(pair[1] for pair in units.values())
    if not below:
        return Sample(0, 0.0, inf)
    value = sum(pair[0] for pair in units.values()) / below
    if count < 2:
        return Sample(count, value, inf)
    return Sample(count, value, sqrt(count / (count - 1) * sum(part * part for part in influence.values())))


def covariance_of(a: Units, b: Units) -> float:
    """Return the covariance of two ratios over units that may be in both, 0 where none is."""
    left, right = _influence(a), _influence(b)
    if min(len(left), len(right)) < 2:
        return 0.0
    shared = sum(part * right[unit] for unit, part in left.items() if unit in right)
    return shared * sqrt(len(a) / (len(a) - 1) * len(b) / (len(b) - 1))


def _influence(units: Units) -> dict[str, float]:
    """Return how far each unit moves the ratio."""
    above, below = (sum(pair[side] for pair in units.values()) for side in (0, 1))
    if not below:
        return {}
    ratio = above / below
    return {unit: (top - ratio * bottom) / below for unit, (top, bottom) in units.items()}


def interval(sample: Sample, level: float = LEVEL) -> Estimate:
    """Return a sample's value with its Student interval."""
    return _student(sample.value, sample.error, sample.units - 1, level)


def sequential_interval(sample: Sample, level: float = LEVEL) -> Estimate:
    """Return a sample's value with an interval that holds however often one looks (see ``sequential``)."""
    once = interval(sample, level)
    if inf in (sample.error, once.high):
        return once
    half = max(sample.error * sequence_width(sample.units, level), once.high - once.value)
    return Estimate(once.value, once.value - half, once.value + half, 1.0)


def difference(a: Sample, b: Sample, level: float = LEVEL, covariance: float = 0.0) -> Estimate:
    """Return b − a with its Welch interval; give the covariance where both hold the same units."""
    error = sqrt(max(a.error**2 + b.error**2 - 2 * covariance, 0.0))
    return _student(b.value - a.value, error, _welch_df(a.error, a.units, b.error, b.units), level)


def lift(a: Sample, b: Sample, level: float = LEVEL, covariance: float = 0.0) -> Estimate:
    """Return (b − a) ÷ a with its interval; 0 ± ∞ where a is not positive.

    The interval is the delta method's on the logarithm of b ÷ a: a ratio of means of skewed costs is far from normal
    itself, and the answer must not depend on which of the two is called the baseline.
    """
    gap, error = _log_ratio(a, b, covariance)
    df = _welch_df(a.error / a.value, a.units, b.error / b.value, b.units) if error < inf else 0.0
    return _relative(_student(gap, error, df, level))


def sequential(a: Sample, b: Sample, level: float = LEVEL, covariance: float = 0.0) -> Estimate:
    """Return (b − a) ÷ a with an interval that holds however often one looks.

    The asymptotic confidence sequence of Waudby-Smith et al. (Annals of Statistics 2024, theorem 2.2) on the logarithm
    of b ÷ a, tuned for TUNED_FOR units; never narrower than the interval of a single look.
    """
    once = lift(a, b, level, covariance)
    gap, error = _log_ratio(a, b, covariance)
    if error == inf:
        return once
    units = a.units + b.units
    precision = _precision(units, level)
    width = error * sequence_width(units, level)
    z = gap / error if error else (inf if gap else 0.0)
    p_value = min(1.0, sqrt(precision + 1) * exp(-(z**2) * precision / (2 * (precision + 1))))
    always = _relative(Estimate(gap, gap - width, gap + width, p_value))
    return Estimate(
        once.value, min(always.low, once.low), max(always.high, once.high), max(p_value, once.p_value)
    )


def sequential_difference(a: Sample, b: Sample, level: float = LEVEL, covariance: float = 0.0) -> Estimate:
    """Return b − a, in its own unit, with an interval that holds however often one looks.

    The same sequence as in ``sequential`` without the logarithm: for amounts that may be zero, and for sums of money.
    """
    once = difference(a, b, level, covariance)
    error = sqrt(max(a.error**2 + b.error**2 - 2 * covariance, 0.0))
    if inf in (error, once.high):
        return once
    units = a.units + b.units
    half = max(error * sequence_width(units, level), once.high - once.value)
    precision = _precision(units, level)
    z = once.value / error if error else (inf if once.value else 0.0)
    p_value = min(1.0, sqrt(precision + 1) * exp(-(z**2) * precision / (2 * (precision + 1))))
    return Estimate(once.value, once.value - half, once.value + half, max(p_value, once.p_value))


def sequential_rate(
    hits: int, trials: int, units: int, effect: float = 1.0, level: float = LEVEL
) -> Estimate:
    """Return a share with an interval that holds however often one looks: Wilson's, as wide as the sequence is.

    ``effect`` is Kish's design effect: how many trials that come in units are worth one that stands for itself.
    """
    if not trials:
        return Estimate(0.0, 0.0, 1.0, 1.0)
    effect = max(effect, 1.0)
    z = max(sequence_width(max(units, 1), level), normal_quantile(0.5 + level / 2))
    low, high = score_interval(hits / trials, trials / effect, z)
    return Estimate(hits / trials, low, high, 1.0)


def sequence_width(units: int, level: float = LEVEL) -> float:
    """Return the half width of an always-valid interval in standard errors (1.96 would be a single look's)."""
    precision = _precision(units, level)
    return sqrt(2 * (precision + 1) / precision * log(sqrt(precision + 1) / (1 - level)))


def rate_difference(a: tuple[int, int], b: tuple[int, int], level: float = LEVEL) -> Estimate:
    """Return the difference b − a of two (successes, trials), in shares, by Newcombe's hybrid score interval."""
    (hits_a, trials_a), (hits_b, trials_b) = a, b
    if not trials_a or not trials_b:
        return Estimate(0.0, -1.0, 1.0, 1.0)
    (low_a, high_a), (low_b, high_b) = wilson(hits_a, trials_a, level), wilson(hits_b, trials_b, level)
    change = shares_apart(
        Estimate(hits_a / trials_a, low_a, high_a, 1.0), Estimate(hits_b / trials_b, low_b, high_b, 1.0)
    )
    pooled = (hits_a + hits_b) / (trials_a + trials_b)
    error = sqrt(pooled * (1 - pooled) * (1 / trials_a + 1 / trials_b))
    p_value = 2 * normal_cdf(-abs(change.value) / error) if error else 1.0
    return Estimate(change.value, change.low, change.high, p_value)


def shares_apart(a: Estimate, b: Estimate) -> Estimate:
    """Return b − a of two shares with intervals of any kind (Newcombe 1998, method 10); its p-value is not known: 1."""
    value = b.value - a.value
    low = value - sqrt((b.value - b.low) ** 2 + (a.high - a.value) ** 2)
    high = value + sqrt((b.high - b.value) ** 2 + (a.value - a.low) ** 2)
    return Estimate(value, low, high, 1.0)


@dataclass(frozen=True, slots=True)
class Posterior:
    """What to believe of b against a after the data."""

    lower: float
    """Probability that b's value is the lower one: that b is cheaper."""
    loss: float
    """Expected loss per unit of choosing b, in the unit of the values: how much it costs to be wrong."""


def posterior(a: Sample, b: Sample, covariance: float = 0.0) -> Posterior:
    """Return the normal posterior of b − a under a flat prior (lower is better)."""
    gap = b.value - a.value
    error = sqrt(max(a.error**2 + b.error**2 - 2 * covariance, 0.0))
    if error == inf:
        return Posterior(0.5, inf)
    if not error:
        return Posterior(0.5 if not gap else float(gap < 0), max(gap, 0.0))
    z = gap / error
    return Posterior(normal_cdf(-z), error * normal_pdf(z) + gap * normal_cdf(z))


def sample_ratio(counts: Sequence[int], shares: Sequence[float]) -> float:
    """Return the p-value of observed counts under the intended shares; below SRM_LIMIT something is wrong."""
    total, whole = sum(counts), sum(shares)
    if not total or not whole:
        return 1.0
    expected = [total * share / whole for share in shares]
    if any(count and not wanted for count, wanted in zip(counts, expected, strict=True)):
        return 0.0
    kept = [(count, wanted) for count, wanted in zip(counts, expected, strict=True) if wanted]
    statistic = sum((count - wanted) ** 2 / wanted for count, wanted in kept)
    return chi2_sf(statistic, len(kept) - 1) if len(kept) > 1 else 1.0


def quantile(ordered: Sequence[float], fraction: float) -> float:
    """Return the quantile of ascending values, interpolated (Hyndman & Fan type 7)."""
    place = fraction * (len(ordered) - 1)
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)


def units_needed(units: int, half_width: float, wanted: float) -> int:
    """Return about how many units make an interval as narrow as wanted (it shrinks with the square root)."""
    return ceil(units * (half_width / wanted) ** 2)


def _precision(units: int, level: float) -> float:
    alpha = 1 - level
    return units * (-2 * log(alpha) + log(1 - 2 * log(alpha))) / TUNED_FOR


def _student(value: float, error: float, df: float, level: float) -> Estimate:
    if error == inf or df < 1:
        return Estimate(value, -inf, inf, 1.0)
    half = t_quantile(0.5 + level / 2, df) * error
    p_value = 2 * t_sf(abs(value) / error, df) if error else float(not value)
    return Estimate(value, value - half, value + half, p_value)


def _welch_df(error_a: float, units_a: int, error_b: float, units_b: int) -> float:
    if min(units_a, units_b) < 2 or inf in (error_a, error_b):
        return 0.0
    below = error_a**4 / (units_a - 1) + error_b**4 / (units_b - 1)
    return (error_a**2 + error_b**2) ** 2 / below if below else float(units_a + units_b - 2)


def _log_ratio(a: Sample, b: Sample, covariance: float) -> tuple[float, float]:
    """Return log(b ÷ a) and its standard error, infinite where there is no logarithm or it says nothing."""
    if a.value <= 0 or b.value <= 0:
        return 0.0, inf
    gap = log(b.value) - log(a.value)
    left, right = a.error / a.value, b.error / b.value
    variance = left * left + right * right - 2 * covariance / a.value / b.value
    return gap, sqrt(max(variance, 0.0)) if variance < _VAGUE else inf


def _relative(logarithm: Estimate) -> Estimate:
    low, value, high = (_expm1(part) for part in (logarithm.low, logarithm.value, logarithm.high))
    return Estimate(value, low, high, logarithm.p_value)


def _expm1(exponent: float) -> float:
    return expm1(exponent) if exponent < 700 else inf
