from __future__ import annotations

from pathlib import Path

import pytest

from gatewayd.config import ConfigError, load, parse
from gatewayd.log import LogLevel


def write(directory: Path, text: str) -> Path:
    path = directory / "gatewayd.toml"
    path.write_text(text)
    return path


def problems(directory: Path, text: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        load(write(directory, text))
    return [str(problem) for problem in caught.value.problems]


def test_configuration_without_anything_is_valid() -> None:
    config = parse({})
    assert config.modems == ()
    assert config.api.bind == ("127.0.0.1:8080",)
    assert config.log.level is LogLevel.INFO


def test_socket_that_is_not_configured_lies_beside_the_database(tmp_path: Path) -> None:
    config = load(write(tmp_path, '[store]\nurl = "sqlite:////srv/sms/queue.db"'))
    assert config.api.socket == Path("/srv/sms/queue.db.socket")


def test_socket_that_is_configured_stays(tmp_path: Path) -> None:
    config = load(write(tmp_path, '[api]\nsocket = "/run/gatewayd/gatewayd.sock"'))
    assert config.api.socket == Path("/run/gatewayd/gatewayd.sock")


def test_every_problem_of_a_file_is_named_at_once(tmp_path: Path) -> None:
    text = """
    stor = 1
    [api]
    bind = ["foo"]
    gracee = 3
    grace = "x"
    [queue]
    languages = ["pt", "xx"]
    retry_delays = [1, -2]
    [quotas.sim]
    minut = 2
    [recipients]
    countries = ["ES", "ZZ"]
    [[modem]]
    name = "a"
    port = "/dev/a"
    interval = -1
    allow_roaming = "maybe"
    [[modem]]
    driver = "foo"
    """
    assert problems(tmp_path, text) == [
        "stor: there is no such key; did you mean `store`?",
        "api.bind[1] = \"foo\": 'foo' is no address with port, such as 127.0.0.1:8080 or [::1]:8080",
        'api.grace = "x": must be a number',
        "api.gracee: there is no such key; did you mean `grace`?",
        "modem.a.interval = -1: must be greater than or equal to 0",
        'modem.a.allow_roaming = "maybe": must be true or false',
        "modem[2].name: is required",
        "modem[2].driver = \"foo\": must be 'at' or 'simulator'",
        "queue.retry_delays[2] = -2: must be greater than 0",
        "quotas.sim.minut: there is no such key; did you mean `minute`?",
        'recipients.countries = "ZZ": no country has this code; it is ISO 3166\'s, such as ES or PT',
    ]


def test_message_names_the_file_and_counts_its_problems(tmp_path: Path) -> None:
    path = write(tmp_path, "a = 1\nb = 2")
    with pytest.raises(ConfigError, match=f"^{path} has 2 problems:\n  a: there is no such key"):
        load(path)


def test_plain_http_on_other_than_loopback_is_refused_beside_other_mistakes(tmp_path: Path) -> None:
    (first, second) = problems(tmp_path, '[api]\nbind = ["0.0.0.0:8080"]\ngrace = "long"')
    assert first.startswith("api.grace")
    assert second.startswith("api: 0.0.0.0:8080 can be reached from other machines")


def test_plain_http_on_other_than_loopback_is_taken_where_allowed(tmp_path: Path) -> None:
    config = load(write(tmp_path, '[api]\nbind = ["0.0.0.0:8080"]\nallow_plain_http = true'))
    assert config.api.bind == ("0.0.0.0:8080",)


def test_plain_http_for_administration_on_other_than_loopback_is_refused(tmp_path: Path) -> None:
    (problem,) = problems(tmp_path, '[admin]\nbind = ["192.0.2.1:8081"]')
    assert "192.0.2.1:8081 can be reached from other machines" in problem
    parse({"admin": {"bind": ["192.0.2.1:8081"], "allow_plain_http": True}})


def test_administration_at_an_address_of_the_api_is_refused(tmp_path: Path) -> None:
    assert problems(tmp_path, '[admin]\nbind = ["localhost:8080"]') == [
        'admin.bind = "localhost:8080": [api] listens there already: use another port'
    ]


def test_modems_with_one_name_or_one_port_are_refused(tmp_path: Path) -> None:
    text = """
    [[modem]]
    name = "a"
    port = "/dev/a"
    [[modem]]
    name = "a"
    port = "/dev/b"
    [[modem]]
    name = "c"
    port = "/dev/a"
    """
    assert problems(tmp_path, text) == [
        'modem.a.name = "a": another modem has this name already',
        'modem.c.port = "/dev/a": the modem a has it already',
    ]


def test_route_to_an_unknown_modem_is_refused_even_beside_broken_modems(tmp_path: Path) -> None:
    text = """
    [[modem]]
    name = "a"
    [[route]]
    name = "pt"
    prefixes = ["+351"]
    modems = ["a", "b"]
    """
    assert problems(tmp_path, text) == [
        'modem.a: a modem with driver = "at" needs `port`',
        'route.pt.modems = "b": no modem has this name; there are a',
    ]


def test_unknown_national_language_is_refused_with_what_there_is(tmp_path: Path) -> None:
    (problem,) = problems(tmp_path, '[queue]\nlanguages = ["pt", "xx"]')
    assert problem.startswith('queue.languages = "xx": must be one of tr, es, pt')


def test_single_brackets_around_modem_are_explained(tmp_path: Path) -> None:
    assert problems(tmp_path, '[modem]\nname = "a"') == [
        "modem: must be written in double brackets, [[modem]], once for each"
    ]


def test_value_where_a_section_belongs_is_explained(tmp_path: Path) -> None:
    assert problems(tmp_path, "store = 3") == ["store = 3: must be a table, [store]"]


def test_database_too_deep_for_a_socket_beside_it_is_explained(tmp_path: Path) -> None:
    (problem,) = problems(tmp_path, f'[store]\nurl = "sqlite:////{"d" * 100}/gatewayd.db"')
    assert problem.endswith("left out, it lies beside the database, whose path is too long for that")


@pytest.mark.parametrize(
    ("content", "words"),
    [(b"[api\n", "it is not valid TOML: "), (b"\xff", "it is not a text in UTF-8")],
)
def test_file_that_is_no_toml_is_refused(tmp_path: Path, content: bytes, words: str) -> None:
    path = tmp_path / "gatewayd.toml"
    path.write_bytes(content)
    with pytest.raises(ConfigError, match=words):
        load(path)


def test_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"nowhere\.toml: it can't be read: No such file"):
        load(tmp_path / "nowhere.toml")
