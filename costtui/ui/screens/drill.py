"""What the pages of calls have in common: Enter goes one layer deeper, ``b`` to what burns the worst budget."""

from importlib import import_module
from typing import Any

from costtui.ui.screens.page import PageScreen
from costtui.view.table import Cells
from costtui.view.target import Target


class DrillScreen(PageScreen):
    """A page from which targets can be opened."""

    def open(self, target: Target) -> None:
        """Open what Enter leads to: a detail on top of this page, or another screen."""
        screen = _detail(target)
        if screen is None:
            self.monitor.action_go(target.place)
        else:
            self.monitor.push_screen(screen)

    def show_missing(self, text: str) -> None:
        """Say that what this page is about is not there."""
        self.page = None
        self.show_absence(text)

    def row_record(self) -> dict[str, Any] | None:
        """Return the row under the cursor as plain values."""
        table = self.table
        row = table.row(table.cursor_key) if table is not None and table.cursor_key is not None else None
        return row.cells.record() if row is not None and isinstance(row.cells, Cells) else None

    def call_at_hand(self) -> str:
        """Return the id of the call that the page or its row under the cursor is, empty where there is none."""
        table = self.table
        return (table.cursor_key or "") if table is not None and table.id == "calls" else ""

    def action_attribution_of_call(self) -> None:
        """Show what was evaluated and tracked for a call's context."""
        call = self.call_at_hand()
        if call.isdecimal():
            from costtui.ui.screens.trace import TraceScreen

            self.monitor.push_screen(TraceScreen(int(call)))

    def model_at_hand(self) -> tuple[str, str] | None:
        """Return provider and model that the page or its row under the cursor is of, None where there is none."""
        return None

    def action_price_bind(self) -> None:
        """Ask for the price of a model, and price its calls."""
        model = self.model_at_hand()
        if model is not None:
            self.monitor.ask_price(*model)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer what is about a call or a model only where there is one, and to cancel only where something is tried."""
        if action == "try_cancel":
            return False
        if action == "attribution_of_call":
            return bool(self.call_at_hand())
        if action == "price_bind":
            known = self.monitor.binds_prices and self.model_at_hand() is not None
            return known and super().check_action(action, parameters)
        return super().check_action(action, parameters)

    def action_budget_worst(self) -> None:
        """Go to the overview, and on to what burns the worst budget."""
        self.monitor.action_go("overview")
        self.monitor.call_after_refresh(self._open_worst)

    def _open_worst(self) -> None:
        from costtui.ui.screens.overview import OverviewScreen

        screen = self.monitor.page_screen
        if isinstance(screen, OverviewScreen):  # another key may have led on
            screen.open_worst()


def _detail(target: Target) -> PageScreen | None:
    """Return the screen of a target, None where a mode of its own shows it; screens are imported when opened."""

    def make(module: str, name: str, *arguments: object, **options: object) -> PageScreen:
        screen: PageScreen = getattr(import_module(f"costtui.ui.screens.{module}"), name)(
            *arguments, **options
        )
        return screen

    match target.place:
        case "budget":
            return make("budget", "BudgetScreen", target.key)
        case "leads":
            return make("leads", "LeadsScreen")
        case "node":
            return make("node", "NodeScreen", target.key)
        case "run":
            return make("run", "RunScreen", target.key)
        case "work":
            return make("work", "WorkScreen", target.key, target.part)
        case "evidence":
            return make("evidence", "EvidenceScreen", target.key)
        case "call" if target.key.isdecimal():
            return make("call", "CallScreen", int(target.key))
        case "calls" if target.filter:
            return make(
                "calls", "CallsScreen", scope=target.filter, between=target.between, title=target.title
            )
        case "runs" if target.filter:
            return make("runs", "RunsScreen", scope=target.filter)
        case _:
            return None
