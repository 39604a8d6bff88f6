"""A box over the page: what all of them look like and how they are left."""

from typing import ClassVar, TypeVar

from textual.binding import Binding, BindingType
from textual.screen import ModalScreen

T = TypeVar("T")


class Box(ModalScreen[T]):
    """Returns an answer, or None when the user leaves with esc; a subclass puts its widgets into ``.box``."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "dismiss", "back")]
    DEFAULT_CSS = """
    Box {
        align: center middle;
        background: $background 60%;

        .box {
            width: 64; max-width: 100%; height: auto; max-height: 90%;
            background: $surface; padding: 0 1;
            border: round $primary; border-title-color: $primary; border-title-style: bold;
        }
        .box.tall { width: 92; height: 90%; }
        .box PickList { background: $surface; }
        .box Input { border: none; height: 1; padding: 0 1; margin: 1 0 0 0; background: $panel; }
        .box .problem { height: auto; color: $error; padding: 0 1; }
        .box TextView { height: auto; max-height: 20; margin: 1 0; }
    }
    """
