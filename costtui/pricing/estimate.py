"""Tokens estimated from text, where nobody reported them."""

from costtui.facts import Usage, UsageState

BYTES_PER_TOKEN = 4


def estimate_tokens(text: str) -> int:
    """Return about how many tokens a text has: its UTF-8 bytes divided by four, rounded up (±30 %).

    Bytes, not characters: one CJK character (three bytes) is nearly a token, four Latin letters are about one.
    """
    return tokens_of_bytes(len(text.encode("utf-8", errors="surrogatepass")))


def tokens_of_bytes(length: int) -> int:
    """Return about how many tokens a text of this many UTF-8 bytes has."""
    return -(-length // BYTES_PER_TOKEN)


def estimate_usage(prompt: str | None, completion: str | None) -> Usage:
    """Return usage estimated from texts, state *estimated*; a text that is None leaves its side not known."""
    return Usage(
        input_tokens=None if prompt is None else estimate_tokens(prompt),
        output_tokens=None if completion is None else estimate_tokens(completion),
        state=UsageState.ESTIMATED,
    )
