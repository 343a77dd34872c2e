from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from gatewayd.store.settings import StoreSettings


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("sqlite:////var/lib/gatewayd/gatewayd.db", Path("/var/lib/gatewayd/gatewayd.db")),
        ("sqlite:///here.db", Path("here.db")),
        ("sqlite:////srv/with space/%41.db", Path("/srv/with space/%41.db")),
    ],
)
def test_url_with_a_file_gives_its_path(url: str, path: Path) -> None:
    assert StoreSettings(url=url).path == path


@pytest.mark.parametrize(
    "url",
    [
        "",
        "postgresql://host/db",
        "sqlite://",
        "sqlite:///",
        "sqlite:////",
        "/var/x.db",
        "sqlite:///x.db?mode=ro",
    ],
)
def test_url_without_a_file_is_refused(url: str) -> None:
    with pytest.raises(ValidationError, match="url"):
        StoreSettings(url=url)


def test_every_option_has_a_description() -> None:
    assert all(field.description for field in StoreSettings.model_fields.values())
