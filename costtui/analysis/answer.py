"""What a comparison comes to, in one sentence."""

from collections.abc import Sequence

from costtui.analysis.compare import Comparison, Contrast, called

MOST_NAMED = 3


def answer(comparison: Comparison) -> str:
    """Return which group is the cheapest and whether it does as well, or why that cannot be said yet."""
    base = called(comparison.by, comparison.baseline)
    costs = [one for one in comparison.contrasts if one.quantity == "cost"]
    if len(comparison.arms) < 2:
        return "There is only one group: nothing to compare."
    if not costs:
        return "The groups cannot be compared: fewer than two have a known cost."
    found = {outcome: [one for one in costs if one.verdict.outcome == outcome] for outcome in _OUTCOMES}
    if found["lower"]:
        return _cheapest(comparison, found["lower"], base)
    if len(found["same"]) == len(costs):
        return f"No winner: {_names(comparison, costs)} and {base} cost the same, as far as it matters."
    if not found["unknown"]:
        others = found["higher"]
        reason = others[0].verdict.text if len(others) == 1 else f"{_names(comparison, others)} cost more"
        return f"{base} is the cheapest: {reason}."
    sure = f"{base} is cheaper than {_names(comparison, found['higher'])}; " if found["higher"] else ""
    open_ones = found["unknown"]
    if len(open_ones) == 1:
        return f"{sure or 'No winner yet: '}{_needs(comparison, open_ones[0])}."
    return f"{sure or 'No winner yet: '}not enough data on {_names(comparison, open_ones)}."


_OUTCOMES = ("lower", "higher", "same", "unknown")


def _cheapest(comparison: Comparison, cheaper: Sequence[Contrast], base: str) -> str:
    means = {arm.name: arm.cost.mean for arm in comparison.arms if arm.cost}
    best = min(cheaper, key=lambda one: means[one.arm])
    text = best.verdict.text
    sentence = text if text.endswith("free") else f"{text} than {base}"
    success = comparison.contrast(best.arm, "success")
    if success is None:
        return f"{sentence}."
    how_well = {
        "lower": f", but it succeeds less often: {success.verdict.text}",
        "higher": f", and it succeeds more often: {success.verdict.text}",
        "same": ", and it succeeds as often",
        "unknown": "; whether it succeeds as often cannot be said yet",
    }
    return f"{sentence}{how_well[success.verdict.outcome]}."


def _needs(comparison: Comparison, one: Contrast) -> str:
    missing = one.verdict.text.partition(": ")[2]
    name = _named(comparison, one)
    return f"{name} needs {missing}" if missing else f"not enough data on {name}"


def _named(comparison: Comparison, one: Contrast) -> str:
    return called(comparison.by, one.arm)


def _names(comparison: Comparison, contrasts: Sequence[Contrast]) -> str:
    names = [_named(comparison, one) for one in contrasts]
    if len(names) > MOST_NAMED:
        return f"{len(names)} others"
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
