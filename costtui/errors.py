"""Everything that costtui raises on purpose.

CosttuiError
├── SettingsError       a bad key or value in the settings file or the environment
├── StoreError          a store that cannot be opened, read or written
│   ├── StoreMissing        nothing at that path yet
│   ├── StoreForeign        a file, but no store that we know
│   ├── StoreNewer          written by a newer costtui: readable, never written
│   └── StoreUnavailable    locked, unreadable, corrupt or full: may pass
├── BudgetExceeded      a budget has no room for the next call
├── PriceUnknown        no price for a model, and the budget's policy needs one
├── ProviderError       a model endpoint failed, or answered with an error
└── PayloadError        text that was to be read as JSON, events or usage, and is not

Each message says what happened, where, and what to do about it.
"""


class CosttuiError(Exception):
    """Base of every error raised on purpose; the command line prints its message, never a traceback."""

    exit_code = 1


class SettingsError(CosttuiError):
    """A key or value in the settings file or the environment that cannot be used."""

    exit_code = 2


class StoreError(CosttuiError):
    """A store that cannot be opened, read or written."""

    exit_code = 3


class StoreMissing(StoreError):
    """Nothing at that path yet."""


class StoreForeign(StoreError):
    """A file or directory that is no store known to costtui."""


class StoreNewer(StoreError):
    """A store with a newer schema: it can be read, and is never written."""


class StoreUnavailable(StoreError):
    """A store that is locked, unreadable, corrupt or full; the condition may pass."""


class BudgetExceeded(CosttuiError):
    """A budget has no room for the next call; raised before money is spent."""

    exit_code = 4


class PriceUnknown(CosttuiError):
    """No price is known for a model, and the policy of the budget needs one."""


class ProviderError(CosttuiError):
    """A model endpoint that could not be reached, or that answered with an error."""


class PayloadError(CosttuiError):
    """Text that was to be read as JSON, events or usage, and is not."""

    exit_code = 2
