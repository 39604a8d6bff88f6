"""Untrusted text made printable: no escape sequence, control or bidi character survives."""

_REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_TABLE: dict[int, str] = {
    **{code: chr(0x2400 + code) for code in range(0x20)},  # C0 controls, as their pictures
    0x0A: "\N{RETURN SYMBOL}",
    0x09: " ",
    0x7F: "\N{SYMBOL FOR DELETE}",
    **dict.fromkeys(range(0x80, 0xA0), _REPLACEMENT),  # C1 controls, CSI among them
    **dict.fromkeys(range(0x202A, 0x202F), _REPLACEMENT),  # bidi embeddings and overrides
    **dict.fromkeys(range(0x2066, 0x206A), _REPLACEMENT),  # bidi isolates
    **dict.fromkeys((0x061C, 0x200E, 0x200F, 0x2028, 0x2029, 0xFEFF), _REPLACEMENT),
    **dict.fromkeys(range(0xD800, 0xE000), _REPLACEMENT),  # lone surrogates cannot be encoded
}


def plain(text: str) -> str:
    """Return text that may go to a terminal as it is: one line, every control character visible."""
    return text if text.isprintable() else text.translate(_TABLE)


def plain_lines(text: str) -> str:
    """Return text that may go to a terminal, keeping its line breaks (and tabs as spaces)."""
    return "\n".join(plain(line.expandtabs(4)) for line in text.splitlines())


def plain_piece(text: str) -> str:
    """Return a piece of a longer text that may go to a terminal, keeping the line breaks at its ends, too."""
    return "\n".join(plain(line.expandtabs(4)) for line in text.replace("\r\n", "\n").split("\n"))


def shorten(text: str, width: int) -> str:
    """Return text cut to a number of characters, with an ellipsis where something was cut."""
    return text if len(text) <= width else text[: max(width - 1, 0)] + "…" * (width > 0)


def csv_cell(value: object) -> object:
    """Return a value as a cell of a CSV file; text that a spreadsheet would take for a formula gets an apostrophe."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return f"{value:.9f}".rstrip("0").rstrip(".")
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value


def from_csv_cell(cell: str) -> str:
    """Return the text of a cell that ``csv_cell`` wrote."""
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(_FORMULA) else cell
