from __future__ import annotations

import json
from pathlib import Path

from .conftest import Run


def test_token_create_prints_the_token_alone(run: Run, config: Path) -> None:
    made = run("token", "create", "--config", config, "--name", "shop", "--scope", "send", "--scope", "read")
    assert (made.status, made.errors) == (0, "")
    assert made.output.startswith("gwd_")
    assert made.output.count("\n") == 1


def test_token_create_makes_its_client_once(run: Run, config: Path) -> None:
    for _ in range(2):
        assert run("token", "create", "-c", config, "--name", "shop", "--scope", "send").status == 0
    clients = json.loads(run("client", "list", "-c", config, "--json").output)
    assert [client["name"] for client in clients].count("shop") == 1
    tokens = json.loads(run("token", "list", "-c", config, "--client", "shop", "--json").output)
    assert [token["scopes"] for token in tokens] == [["send"], ["send"]]


def test_token_with_an_unknown_scope_is_refused(run: Run, config: Path) -> None:
    result = run("token", "create", "-c", config, "--name", "shop", "--scope", "everything")
    assert result.status == 1
    assert result.output == ""
    assert "send" in result.errors
    assert "admin" in result.errors


def test_token_that_is_revoked_is_listed_as_such(run: Run, config: Path) -> None:
    made = json.loads(
        run("token", "create", "-c", config, "--name", "shop", "--scope", "send", "--json").output
    )
    assert run("token", "revoke", "-c", config, made["id"]).output == f"token {made['id']} is revoked\n"
    (token,) = json.loads(run("token", "list", "-c", config, "--json").output)
    assert token["revoked_at"] is not None


def test_revoking_an_unknown_token_fails(run: Run, config: Path) -> None:
    result = run("token", "revoke", "-c", config, "0123456789ab")
    assert (result.status, result.errors) == (1, "gatewayd: there is no token '0123456789ab'\n")


def test_client_can_be_added_shut_out_and_let_in_again(run: Run, config: Path) -> None:
    assert run("client", "create", "-c", config, "shop").status == 0
    assert run("client", "create", "-c", config, "shop").status == 1
    assert (
        run("client", "disable", "-c", config, "shop", "--reason", "leaked").output
        == "client shop is disabled\n"
    )
    assert "yes" in run("client", "list", "-c", config).output
    assert run("client", "enable", "-c", config, "shop", "--reason", "new token").status == 0


def test_tables_without_rows_say_so(run: Run, config: Path) -> None:
    assert run("token", "list", "-c", config).output == "there are no tokens\n"


def test_token_is_rotated_with_an_overlap_or_at_once(run: Run, config: Path) -> None:
    made = json.loads(
        run("token", "create", "-c", config, "--name", "shop", "--scope", "send", "--json").output
    )
    rotated = run("token", "rotate", "-c", config, made["id"], "--overlap", "0", "--reason", "stolen")
    assert (rotated.status, rotated.output.startswith("gwd_")) == (0, True)
    old, new = json.loads(run("token", "list", "-c", config, "--client", "shop", "--json").output)
    assert (old["revoked_at"] is not None, new["replaces"], new["scopes"]) == (True, made["id"], ["send"])
    kept = run("token", "rotate", "-c", config, new["id"], "--overlap", "7d", "--json")
    assert json.loads(kept.output)["replaces"] == new["id"]
    for overlap in ("1x", "24", "-1h"):
        assert run("token", "rotate", "-c", config, new["id"], f"--overlap={overlap}").status != 0


def test_client_limits_are_set_shown_and_taken_away(run: Run, config: Path) -> None:
    assert run("client", "create", "-c", config, "shop").status == 0
    assert run("client", "limits", "-c", config, "shop").output == "client shop: no limits of its own\n"
    said = run(
        "client",
        "limits",
        "-c",
        config,
        "shop",
        "--per-hour",
        "50",
        "--countries",
        "ES,PT",
        "--in-doubt",
        "resend",
    )
    assert said.output == "client shop: parts per hour 50, countries ES PT, in doubt resend\n"
    assert run("client", "limits", "-c", config, "shop", "--per-hour", "none").output.endswith(
        "countries ES PT, in doubt resend\n"
    )
    assert "countries ES PT" in run("client", "list", "-c", config).output
    assert "parts waiting" in run("client", "usage", "-c", config, "shop").output
    money = run("client", "limits", "-c", config, "shop", "--money-per-month", "5")
    assert (money.status, "set [prices]" in money.errors) == (1, True)
    assert run("client", "limits", "-c", config, "shop", "--queue-cap", "many").status == 2
