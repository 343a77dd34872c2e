from __future__ import annotations

import json
from pathlib import Path

from gatewayd.sealing import new_key, parse_key

from .conftest import Run

HOOK = ("webhook", "create", "https://93.184.216.34/hook", "-c")


def configure(config: Path, **keys: str) -> Path:
    """The same gateway with these keys."""
    lines = "".join(f'{name} = "{value}"\n' for name, value in keys.items())
    other = config.with_name("keyed.toml")
    other.write_text(f"{config.read_text()}\n[secrets]\n{lines}")
    return other


def test_new_key_is_one(run: Run) -> None:
    assert len(parse_key(run("secrets", "new-key").output)) == 32


def test_resealed_secrets_no_longer_need_the_key_before(run: Run, config: Path) -> None:
    first, second = new_key(), new_key()
    run(*HOOK, configure(config, key=first))
    both = configure(config, key=second, previous_key=first)
    done = run("secrets", "reseal", "-c", both)
    assert done.output == "1 sealed with the present key; the previous one is not needed any more\n"
    after = configure(config, key=second)
    assert json.loads(run("secrets", "reseal", "-c", after, "--json").output) == {"resealed": 0, "broken": []}
    alone = json.loads(run("secrets", "reseal", "-c", configure(config, key=first), "--json").output)
    assert len(alone["broken"]) == 1


def test_secret_that_no_key_opens_is_named(run: Run, config: Path) -> None:
    made = json.loads(run(*HOOK, configure(config, key=new_key()), "--json").output)
    done = run("secrets", "reseal", "-c", configure(config, key=new_key()))
    assert done.status == 1
    assert f"no key opens webhook:{made['id']}:secret" in done.output


def test_status_says_which_key_has_sealed_what_and_changes_nothing(run: Run, config: Path) -> None:
    first, second = new_key(), new_key()
    made = json.loads(run(*HOOK, configure(config, key=first), "--json").output)
    both = configure(config, key=second, previous_key=first)
    for _ in range(2):
        seen = run("secrets", "status", "-c", both)
        assert (seen.status, seen.output) == (0, "0 sealed with the present key, 1 with the previous one\n")
    lost = run("secrets", "status", "-c", configure(config, key=second))
    assert lost.status == 1
    assert f"no configured key opens webhook:{made['id']}:secret" in lost.output


def test_number_is_erased_by_the_command_and_named_by_its_pseudonym(run: Run, config: Path) -> None:
    done = run("erase", "--number", "+34600123456", "--reason", "asked", "-c", config)
    assert done.status == 0, done.errors
    assert "the audit calls it #" in done.output
    entries = json.loads(run("secrets", "status", "-c", config, "--json").output)
    assert entries == {"current": 1, "previous": 0, "broken": []}
