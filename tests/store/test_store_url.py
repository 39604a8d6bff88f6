"""A URL where a store's path belongs is refused, without repeating what may be a password."""

import pytest

from costtui.errors import StoreError
from costtui.store import open_store, open_writer


@pytest.mark.parametrize("open_it", [open_store, open_writer])
def test_a_url_is_no_store_and_its_password_is_not_repeated(open_it, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(StoreError, match="postgresql://… is a URL") as refused:
        open_it("postgresql://user:secret@host/costs")
    assert "secret" not in str(refused.value)
    assert list(tmp_path.iterdir()) == []
