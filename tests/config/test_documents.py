"""What is generated from the models: the reference and the example."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

from gatewayd.config import load, parse
from gatewayd.config.example import example
from gatewayd.config.model import SECTIONS
from gatewayd.config.reference import reference
from gatewayd.config.shape import nested, options

ROOT = Path(__file__).parents[2]


def test_example_beside_the_unit_is_what_the_program_prints() -> None:
    assert (ROOT / "systemd/gatewayd.example.toml").read_text() == example()


def test_page_of_the_reference_is_what_the_program_prints() -> None:
    assert (ROOT / "docs/configuration.md").read_text() == reference()


def test_example_is_valid_and_means_the_defaults() -> None:
    config = load(ROOT / "systemd/gatewayd.example.toml")
    defaults = parse({})
    assert (config.store, config.api, config.queue) == (defaults.store, defaults.api, defaults.queue)
    assert [modem.name for modem in config.modems] == ["phone1"]


def test_example_with_every_default_uncommented_is_valid_toml() -> None:
    with_values = re.sub(r"^#(?=[a-z_]+ = |\[)", "", example(), flags=re.MULTILINE)
    raw = tomllib.loads(with_values)
    assert set(raw) == set(SECTIONS)
    assert raw["queue"]["attempts"] == parse({}).queue.attempts


def test_reference_has_every_option_with_a_meaning() -> None:
    text = reference()
    for name, section in SECTIONS.items():
        tables = [
            (name, section.model),
            *((f"{name}.{key}", model) for key, model, _ in nested(section.model)),
        ]
        for where, model in tables:
            for key, field in options(model):
                assert field.description, f"{where}.{key} has no description"
                assert f"| `{key}` |" in text
