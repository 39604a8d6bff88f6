import pytest
from autohook_server import serve


@pytest.fixture(scope="session")
def provider():
    server = serve()
    yield server
    server.shutdown()
    server.server_close()
