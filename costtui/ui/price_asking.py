"""Asks for the price of a model, and has it set in a thread while the monitor goes on."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from costtui.errors import CosttuiError
from costtui.ui import crash
from costtui.ui.screens.price import PriceBox

if TYPE_CHECKING:
    from costtui.ui.app import MonitorApp

BindPrice = Callable[[str, str, str], str]
"""Takes provider, model and a typed price, sets it, and returns what came of it. May raise CosttuiError."""


def ask_price(app: "MonitorApp", bind: BindPrice, provider: str, model: str) -> None:
    """Ask for a price, set it, and tell what came of it."""

    def take(text: str | None) -> None:
        if text is not None:
            work = partial(_set_price, app, bind, provider, model, text)
            app.run_worker(work, thread=True, exit_on_error=False, group="price")

    app.push_screen(PriceBox(model), take)


def _set_price(app: "MonitorApp", bind: BindPrice, provider: str, model: str, text: str) -> None:
    try:
        told, bad = bind(provider, model, text), False
    except CosttuiError as error:
        told, bad = str(error), True
    except Exception as error:  # the feed goes on, and is not to blame
        crash.write_report(error)
        told, bad = crash.summary(error), True
    app.tell(told, bad=bad)
