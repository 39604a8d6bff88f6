"""Money as integer nano-dollars: exact in the store, in sums and in comparisons."""

from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation

NANO_PER_USD = 1_000_000_000
TOKENS_PER_RATE = 1_000_000
MAX_NANO = 2**63 - 1
"""The largest amount a store can hold ($9.2 billion)."""


def nano(usd: Decimal | str | float) -> int:
    """Return an amount in dollars as integer nano-dollars, rounded half to even.

    A float is read by its shortest decimal form, so ``nano(0.1) == 100_000_000``.
    Raises ValueError for anything that is not a finite amount of less than $9.2 billion.
    """
    try:
        amount = Decimal(str(usd)) if isinstance(usd, float) else Decimal(usd)
    except (InvalidOperation, TypeError, ValueError):
        raise ValueError(f"not an amount of money: {usd!r}") from None
    if not amount.is_finite() or abs(amount) > MAX_NANO // NANO_PER_USD:
        raise ValueError(f"not an amount of money: {usd!r}")
    return int((amount * NANO_PER_USD).quantize(Decimal(1), rounding=ROUND_HALF_EVEN))


def usd(amount_nano: int) -> Decimal:
    """Return integer nano-dollars as an exact amount in dollars."""
    return Decimal(amount_nano).scaleb(-9)


def cost(tokens: int, rate_nano: int) -> int:
    """Return what tokens cost at a rate in nano-dollars per million tokens, rounded half to even."""
    quotient, remainder = divmod(tokens * rate_nano, TOKENS_PER_RATE)
    if not remainder:
        return quotient
    doubled = 2 * remainder
    if doubled > TOKENS_PER_RATE or (doubled == TOKENS_PER_RATE and quotient % 2):
        return quotient + 1
    return quotient
