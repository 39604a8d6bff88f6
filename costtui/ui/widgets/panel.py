"""A titled part of a page that can be zoomed."""

from textual.containers import Vertical
from textual.content import Content
from textual.widget import Widget


class Panel(Vertical):
    """A rule with a title, and what stands below it."""

    ALLOW_MAXIMIZE = True
    DEFAULT_CSS = """
    Panel {
        border-top: solid $border-blurred;
        border-title-color: $foreground 70%;
        border-title-align: left;
        border-title-style: none;
        border-subtitle-color: $foreground 70%;
        border-subtitle-align: right;
        height: 1fr;
        &:focus-within { border-top: solid $primary 60%; border-title-color: $primary; border-title-style: bold; }
    }
    """

    def __init__(
        self, title: str, *children: Widget, id: str | None = None, classes: str | None = None
    ) -> None:
        super().__init__(*children, id=id, classes=classes)
        self.retitle(title)

    def retitle(self, title: str) -> None:
        """Write another title; it is text, not markup."""
        self.border_title = Content(f" {title} ")
