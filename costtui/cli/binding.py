"""Sets the price of a model from within the monitor, and prices its calls that have none."""

from collections.abc import Sequence
from glob import escape

from costtui.cli.prices_set import set_price
from costtui.cli.reprice import change, compared
from costtui.errors import PayloadError, StoreError
from costtui.format import money
from costtui.pricing import PriceBook
from costtui.pricing.overrides import read_override
from costtui.sections import Section
from costtui.settings import Settings, load
from costtui.sources.detect import foreign_kinds
from costtui.store import open_store
from costtui.view.typed_price import typed_price


def bind_price(
    paths: Sequence[str], settings: Settings, alone: bool, provider: str, model: str, text: str
) -> str:
    """Do what ``costtui prices set`` and ``costtui reprice`` do, for one model, and say so in a sentence.

    ``alone``: the price holds for the calls of this store only, and the settings file stays as it is. Raises CosttuiError.
    """
    path = _own_store(paths)
    try:
        entry = {"model": model, "provider": provider, **typed_price(text)}
    except ValueError as error:
        raise PayloadError(str(error)) from None
    if alone:
        named = {key: value for key, value in entry.items() if value}
        prices = PriceBook.load(settings, overrides=[read_override(Section(named, "price: "), "set here")])
    else:
        set_price(entry)
        prices = PriceBook.load(load())
    with open_store(path) as opened:
        meant = escape(f"{provider}/{model}" if provider else model)
        tallies, ids = compared(opened.reader, prices, meant, every=False)
        changed = change(path, opened.reader, prices, ids, every=False) if ids else 0
    sentence = f"{model} has a price now: {_calls(changed)} priced"
    if changed:
        sentence += f", {money(sum(tally.difference_nano for tally in tallies))}"
    if unpriced := sum(tally.unpriced for tally in tallies):
        sentence += f"; still unpriced: {_calls(unpriced)}"
    return sentence


def _own_store(paths: Sequence[str]) -> str:
    """Return the one store that may be altered. Raises StoreError before anything is."""
    instead = "set the price with: costtui prices set"
    if len(paths) != 1:
        raise StoreError(f"several stores are open: {instead}, and then costtui reprice STORE for each")
    (path,) = paths
    if "://" not in path and foreign_kinds(path):
        raise StoreError(f"{path} is followed and never altered: {instead}, for calls recorded by costtui")
    return path


def _calls(number: int) -> str:
    return f"{number:,} call{'' if number == 1 else 's'}"
