"""Tokens estimated from text, where nobody reported them."""

from dataclasses import replace

from costtui.facts import Usage, UsageState

BYTES_PER_TOKEN = 4
CUT_STREAM = "the stream ends before the model was done: output tokens are estimated"


def estimate_tokens(text: str) -> int:
    """Return about how many tokens a text has: its UTF-8 bytes divided by four, rounded up (±30 %).

    Bytes, not characters: one CJK character (three bytes) is nearly a token, four Latin letters are about one.
    """
    return tokens_of_bytes(len(text.encode("utf-8", errors="surrogatepass")))


def tokens_of_bytes(length: int) -> int:
    """Return about how many tokens a text of this many UTF-8 bytes has."""
    return -(-length // BYTES_PER_TOKEN)


def of_cut_stream(usage: Usage, written_bytes: int) -> Usage:
    """Return the usage of a stream that was cut: the counts at its beginning do not know how far it came.

    Where the model wrote more than they say, the output is estimated, and the state is *estimated*.
    """
    written = tokens_of_bytes(written_bytes)
    if usage.state != UsageState.REPORTED or (usage.output_tokens or 0) >= written:
        return usage
    return replace(
        usage, output_tokens=written, state=UsageState.ESTIMATED, problems=(*usage.problems, CUT_STREAM)
    )


def estimate_usage(prompt: str | None, completion: str | None) -> Usage:
    """Return usage estimated from texts, state *estimated*; a text that is None leaves its side not known."""
    return Usage(
        input_tokens=None if prompt is None else estimate_tokens(prompt),
        output_tokens=None if completion is None else estimate_tokens(completion),
        state=UsageState.ESTIMATED,
    )
