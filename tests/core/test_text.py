"""No control character of an untrusted text reaches the terminal."""

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from costtui.text import plain, plain_lines, shorten

BIDI = set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u061c\u200e\u200f")


def is_safe(text: str) -> bool:
    return not any(unicodedata.category(char) in ("Cc", "Cs", "Zl", "Zp") or char in BIDI for char in text)


@given(st.text(st.characters()))
def test_every_text_becomes_printable_and_encodable(text: str) -> None:
    safe = plain(text)
    assert is_safe(safe)
    safe.encode()


@given(st.text(st.characters()))
def test_lines_stay_lines(text: str) -> None:
    lines = plain_lines(text)
    assert is_safe(lines.replace("\n", ""))


def test_escape_sequences_stay_visible_but_inert() -> None:
    assert plain("\x1b[2J\x1b]52;c;AAAA\x07\x9b2J") == "␛[2J␛]52;c;AAAA␇\ufffd2J"


def test_joined_emoji_survive() -> None:
    assert plain("👩\u200d🚀 ok") == "👩\u200d🚀 ok"


def test_a_long_text_is_cut_with_an_ellipsis() -> None:
    assert [shorten("abcdef", width) for width in (6, 4, 1, 0)] == ["abcdef", "abc…", "…", ""]
