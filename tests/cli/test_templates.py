"""`gatewayd type` and `gatewayd template`."""

from __future__ import annotations

import json
from pathlib import Path

from .conftest import Run

TYPES = """
[otp]
labels = { en = "One-time code", pt-BR = "Código" }
priority = "high"
validity = 300
secret = true

[ra_opened]
labels = { pt-BR = "RA aberta" }
"""
TEMPLATE = """
body = "Sua RA {{ protocol }} foi aberta."
fields = [{ name = "protocol", example = "20260001" }]
"""


def test_types_are_imported_listed_shown_and_forgotten(run: Run, config: Path, tmp_path: Path) -> None:
    file = tmp_path / "types.toml"
    file.write_text(TYPES)
    imported = run("type", "import", "-c", config, file)
    assert imported.output == "otp is version 1\nra_opened is version 1\n"
    assert run("type", "import", "-c", config, file).output == imported.output
    listed = run("type", "list", "-c", config).output
    assert "One-time code" in listed
    assert "RA aberta" in listed
    assert "pt-BR: Código" in run("type", "show", "-c", config, "otp").output
    assert run("type", "delete", "-c", config, "otp").status == 0
    assert [each["code"] for each in json.loads(run("type", "list", "-c", config, "--json").output)] == [
        "ra_opened"
    ]


def test_wrong_file_of_types_is_refused(run: Run, config: Path, tmp_path: Path) -> None:
    for name, content, words in (
        ("a.toml", "otp = 1", "a table for each code"),
        ("b.toml", "[otp", "b.toml"),
        ("c.json", "[]", "must hold an object"),
        ("d.toml", "[otp]\nlabels = {}", "labels"),
    ):
        (tmp_path / name).write_text(content)
        result = run("type", "import", "-c", config, tmp_path / name)
        assert result.status != 0
        assert words in result.errors
    assert "can't be read" in run("type", "import", "-c", config, tmp_path / "none.toml").errors


def test_template_is_saved_shown_and_tried(run: Run, config: Path, tmp_path: Path) -> None:
    file = tmp_path / "opened.toml"
    file.write_text(TEMPLATE)
    place = "ra_opened/sms/pt-BR"
    assert run("template", "put", "-c", config, place, file).output == f"{place}@1\n"
    assert "protocol:text" in run("template", "show", "-c", config, place).output
    made = run("template", "render", "-c", config, place, "--field", "protocol=7")
    assert "Sua RA 7 foi aberta." in made.output
    assert run("template", "render", "-c", config, place, "--field", "protocol").status != 0
    assert "fields.protocol" in run("template", "render", "-c", config, place).errors
    assert "ra_opened" in run("template", "list", "-c", config).output
    sent = run(
        "send", "-c", config, "+34600123456", "--template", "ra_opened", "--field", "protocol=7", "--dry-run"
    )
    assert "Sua RA 7 foi aberta." in sent.output
    assert run("template", "delete", "-c", config, place).status == 0
    assert json.loads(run("template", "list", "-c", config, "--json").output) == []
    assert "created by" in run("template", "versions", "-c", config, place).output.replace("_", " ")
