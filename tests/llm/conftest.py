import pytest

from costtui.facts import Hold
from costtui.llm import LLMClient
from costtui.llm.evidence import Evidence
from costtui.record.holds import NOTHING
from costtui.settings import Calling, Settings


class Store:
    """Takes the place of a recorder."""

    def __init__(self):
        self.calls, self.claims, self.leases, self.settled, self.released = [], [], [], [], []
        self.refusal = None
        self.holds = self

    def reserve(self, claim, lease_s, dearest):
        if self.refusal:
            raise self.refusal
        self.claims.append(claim)
        self.leases.append(lease_s)
        return Hold(f"hold-{len(self.claims)}")

    def record(self, call, hold=NOTHING):
        self.calls.append(call)
        self.settled += [(hold.id, call.key)] if hold.id else []

    def write(self, settlement):
        self.released.append(settlement.hold_id)


@pytest.fixture
def store():
    return Store()


@pytest.fixture
def make_client(store, monkeypatch):
    """Return a function that makes a client whose requests go to a handler."""
    import httpx

    made = []

    def make(handler, *, environment=None, calling=None, **options):
        async def no_wait(seconds):
            made[-1].waits.append(seconds)

        settings = Settings(calling=calling or Calling())
        client = LLMClient(
            settings=options.pop("settings", settings),
            environment=environment if environment is not None else {"OPENAI_API_KEY": "sk-very-secret-key"},
            transport=httpx.MockTransport(handler),
            sleep=no_wait,
            seed=1,
            **options,
        )
        client.waits = []
        monkeypatch.setattr(client.ledger, "recorder", lambda: store)
        monkeypatch.setattr(client.ledger, "evidence", Evidence)
        made.append(client)
        return client

    yield make
    for client in made:
        client.close()
