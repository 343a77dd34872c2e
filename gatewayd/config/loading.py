"""Reading the file: TOML, then each table by its own model, then all together. Every problem is found in one go."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any, TypeVar, cast

from pydantic import BaseModel, ValidationError

from gatewayd.api.settings import ApiSettings
from gatewayd.config import checks, secrets
from gatewayd.config.model import SECTIONS, Config, Section
from gatewayd.config.problems import ConfigError, Problem, explain, show, unknown
from gatewayd.store.settings import StoreSettings

M = TypeVar("M", bound=BaseModel)


def load(path: Path) -> Config:
    """Read the file ``path``. Raises ConfigError that names every problem."""
    try:
        with path.open("rb") as file:
            raw = tomllib.load(file)
    except OSError as error:
        raise ConfigError(path, [Problem("", f"it can't be read: {error.strerror}")]) from error
    except UnicodeDecodeError as error:
        raise ConfigError(path, [Problem("", f"it is not a text in UTF-8: {error.reason}")]) from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(path, [Problem("", f"it is not valid TOML: {error}")]) from error
    return parse(raw, path)


def parse(raw: dict[str, Any], path: Path | None = None) -> Config:
    """Make the configuration of what TOML gave; ``path`` is for error messages. Raises ConfigError."""
    problems = [Problem(key, unknown(key, SECTIONS)) for key in raw if key not in SECTIONS]
    found = {name: _read_section(name, section, raw, problems) for name, section in SECTIONS.items()}
    problems += _checked_together(found, raw)
    if problems:
        raise ConfigError(path, problems)
    values: dict[str, Any] = {SECTIONS[name].attribute: value for name, value in found.items()}
    values["api"] = _with_socket(values["api"], values["store"])
    return Config(**values)


def _read_section(name: str, section: Section, raw: dict[str, Any], problems: list[Problem]) -> Any:
    """The section's object, or a tuple of them; what is wrong is left out of it."""
    if not section.many:
        return _validate(section.model, raw.get(name, {}), name, problems)
    tables = raw.get(name, [])
    if not isinstance(tables, list):
        problems.append(Problem(name, f"must be written in double brackets, [[{name}]], once for each"))
        return ()
    validated = (
        _validate(section.model, table, _name_of(name, number, table), problems)
        for number, table in enumerate(tables, start=1)
    )
    return tuple(table for table in validated if table is not None)


def _name_of(kind: str, number: int, table: Any) -> str:
    """How to call a table of an array: by its name, or by its place where it has none."""
    name = table.get("name") if isinstance(table, dict) else None
    return f"{kind}.{name}" if name and isinstance(name, str) else f"{kind}[{number}]"


def _validate(model: type[M], raw: Any, where: str, problems: list[Problem]) -> M | None:
    if not isinstance(raw, dict):
        problems.append(Problem(where, f"must be a table, [{where}]", show(raw)))
        return None
    before = len(problems)
    raw = secrets.resolve(model, raw, where, problems)
    try:
        found = model.model_validate(raw)
    except ValidationError as error:
        details = error.errors(include_url=False)
        problems += [explain(each, model, where) for each in details]
        problems += _hidden(model, raw, where, {str(each["loc"][0]) for each in details if each["loc"]})
        return None
    return found if len(problems) == before else None


def _hidden(model: type[BaseModel], raw: dict[str, Any], where: str, wrong: set[str]) -> list[Problem]:
    """What pydantic only looks at once every key is right for itself: how keys go together."""
    if not wrong:
        return []
    try:
        model.model_validate({key: value for key, value in raw.items() if key not in wrong})
    except ValidationError as error:
        whole = [each for each in error.errors(include_url=False) if not each["loc"]]
        # Of a key that was left out here nothing can be said.
        return [explain(each, model, where) for each in whole if not any(key in each["msg"] for key in wrong)]
    return []


def _checked_together(found: dict[str, Any], raw: dict[str, Any]) -> list[Problem]:
    modems, routes = _tables(raw, "modem"), _tables(raw, "route")
    problems = [
        *checks.check_names("modem", modems),
        *checks.check_names("route", routes),
        *checks.check_names("on_call", _tables(raw, "on_call")),
        *checks.check_names("mail_sender", _tables(raw, "mail_sender")),
        *checks.check_mail(found["mail_in"], found["mail_sender"]),
        *checks.check_ports(found["modem"]),
        *checks.check_routes(routes, modems),
    ]
    if found["queue"] is not None:
        problems += checks.check_languages(found["queue"])
    if found["prices"] is not None:
        problems += checks.check_prices(found["prices"], found["clients"])
    if found["recipients"] is not None:
        problems += checks.check_regions(found["recipients"])
        problems += checks.check_on_call(found["on_call"], found["recipients"], found["queue"])
    if found["api"] is not None and found["admin"] is not None:
        problems += checks.check_addresses(found["api"], found["admin"])
    if found["api"] is not None and found["store"] is not None:
        path = _with_socket(found["api"], found["store"]).socket
        problems += checks.check_socket(cast(Path, path), raw.get("api", {}))
    return problems


def _tables(raw: dict[str, Any], name: str) -> list[Any]:
    tables = raw.get(name)
    return tables if isinstance(tables, list) else []


def _with_socket(api: ApiSettings, store: StoreSettings) -> ApiSettings:
    """Where no socket is configured, it lies beside the database."""
    if api.socket is not None:
        return api
    filled = api.model_copy(update={"socket": store.path.with_name(store.path.name + ".socket")})
    # What was filled in here does not stand in the file.
    filled.model_fields_set.discard("socket")
    return filled
