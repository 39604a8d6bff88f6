"""The three distributions that the statistics need, from the standard library's mathematics alone."""

from collections.abc import Callable
from math import exp, fabs, inf, lgamma, log, pi, sqrt
from statistics import NormalDist

_NORMAL = NormalDist()
_TINY = 1e-300
_EPSILON = 1e-15
_STEPS = 500

normal_cdf: Callable[[float], float] = _NORMAL.cdf
normal_pdf: Callable[[float], float] = _NORMAL.pdf
normal_quantile: Callable[[float], float] = _NORMAL.inv_cdf


def t_sf(t: float, df: float) -> float:
    """Return the probability that Student's t with ``df`` degrees of freedom exceeds ``t``."""
    if df == inf:
        return 1 - normal_cdf(t) if t < 0 else normal_cdf(-t)
    tail = 0.5 * _beta(df / 2, 0.5, df / (df + t * t), t * t / (df + t * t)) if t * t < inf else 0.0
    return tail if t >= 0 else 1 - tail


def t_quantile(p: float, df: float) -> float:
    """Return the value that Student's t falls below with probability ``p``."""
    if df == inf:
        return normal_quantile(p)
    if p < 0.5:
        return -t_quantile(1 - p, df)
    scale = exp(lgamma((df + 1) / 2) - lgamma(df / 2)) / sqrt(df * pi)
    t = normal_quantile(p)  # below the answer, and the curve is concave: Newton's steps never pass it
    for _ in range(_STEPS):
        step = (t_sf(t, df) - (1 - p)) / (scale * (1 + t * t / df) ** (-(df + 1) / 2))
        t += step
        if step <= 1e-14 * t:
            break
    return t


def chi2_sf(x: float, df: float) -> float:
    """Return the probability that chi-square with ``df`` degrees of freedom exceeds ``x``."""
    shape, half = df / 2, x / 2
    if half <= 0:
        return 1.0
    scale = exp(-half + shape * log(half) - lgamma(shape))
    if half < shape + 1:
        return 1 - scale * _gamma_series(shape, half)
    return scale * _gamma_fraction(shape, half)


def _gamma_series(shape: float, x: float) -> float:
    term = total = 1 / shape
    for step in range(1, _STEPS):
        term *= x / (shape + step)
        total += term
        if term < total * _EPSILON:
            break
    return total


def _gamma_fraction(shape: float, x: float) -> float:
    b = x + 1 - shape
    c = 1 / _TINY
    d = result = 1 / b
    for step in range(1, _STEPS):
        factor = step * (shape - step)
        b += 2
        d = 1 / _away_from_zero(factor * d + b)
        c = _away_from_zero(b + factor / c)
        result *= c * d
        if fabs(c * d - 1) < _EPSILON:
            break
    return result


def _beta(a: float, b: float, x: float, y: float) -> float:
    """Return the regularised incomplete beta function at x = 1 − y (continued fraction, Numerical Recipes 6.4).

    Both are given because the smaller one loses its digits in a subtraction.
    """
    if x <= 0 or y <= 0:
        return float(y <= 0)
    front = exp(lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) + b * log(y))
    if x < (a + 1) / (a + b + 2):
        return front * _beta_fraction(a, b, x) / a
    return 1 - front * _beta_fraction(b, a, y) / b


def _beta_fraction(a: float, b: float, x: float) -> float:
    c = 1.0
    d = result = 1 / _away_from_zero(1 - (a + b) * x / (a + 1))
    for m in range(1, _STEPS):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        for factor in (even, odd):
            d = 1 / _away_from_zero(1 + factor * d)
            c = _away_from_zero(1 + factor / c)
            result *= c * d
        if fabs(c * d - 1) < _EPSILON:
            break
    return result


def _away_from_zero(value: float) -> float:
    return value if fabs(value) > _TINY else _TINY


def wilson(successes: int, trials: int, level: float = 0.95) -> tuple[float, float]:
    """Return the interval of a proportion (Wilson 1927), sane for 0 and for all; (0, 1) without trials."""
    if not trials:
        return 0.0, 1.0
    return score_interval(successes / trials, trials, normal_quantile(0.5 + level / 2))


def score_interval(share: float, trials: float, z: float) -> tuple[float, float]:
    """Return Wilson's interval of a share for so many standard errors; ``trials`` may be an effective number."""
    centre = share + z * z / (2 * trials)
    half = z * sqrt(share * (1 - share) / trials + z * z / (4 * trials * trials))
    scale = 1 + z * z / trials
    return max((centre - half) / scale, 0.0), min((centre + half) / scale, 1.0)
