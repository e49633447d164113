"""One serving process a database file."""

from pathlib import Path

import pytest

from server.exclusive import only_server
from server.settings import SettingsError


def test_a_second_server_on_one_file_is_refused(tmp_path: Path) -> None:
    database = tmp_path / "data" / "shop.db"
    with only_server(database):
        with pytest.raises(SettingsError, match="is being served already"), only_server(database):
            pytest.fail("let in")
        with only_server(tmp_path / "other" / "shop.db"):
            pass
    with only_server(database):
        pass
