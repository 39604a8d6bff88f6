"""A price as people type it into a line: two amounts, or ``free``."""

from costtui.money import nano

PROMPT = "dollars per million tokens: INPUT OUTPUT, or free"


def typed_price(text: str) -> dict[str, str | bool]:
    """Return what was typed as keys of a ``[[prices]]`` table of the settings. Raises ValueError in words."""
    words = text.split()
    if [word.lower() for word in words] == ["free"]:
        return {"free": True}
    amounts = [_amount(word) for word in words]
    match amounts:
        case []:
            raise ValueError("two amounts are wanted, such as 0.9 1.2, or free")
        case [_]:
            raise ValueError("half a price is no price: say what output tokens cost, too")
        case [input_, output]:
            return {"input": input_, "output": output}
        case _:
            raise ValueError(f"two amounts are wanted, input and output, not {len(amounts)}")


def _amount(word: str) -> str:
    amount = word.removeprefix("$")
    try:
        negative = nano(amount) < 0
    except ValueError:
        raise ValueError(f"{word} is no amount in dollars; such as 0.9 1.2, or free") from None
    if negative:
        raise ValueError(f"a price cannot be negative: {word}")
    return amount
