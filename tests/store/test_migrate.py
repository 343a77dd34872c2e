from __future__ import annotations

import importlib
import shutil
import sqlite3
import subprocess
import sys
from collections import namedtuple
from collections.abc import Iterator
from pathlib import Path

import pytest

import gatewayd
from gatewayd.clock import SystemClock, VirtualClock
from gatewayd.errors import StorageFull
from gatewayd.store import migrate
from gatewayd.store.database import open_database
from gatewayd.store.inline import InlineDatabase
from gatewayd.store.migrate import SchemaTooNew, steps
from gatewayd.store.settings import StoreSettings

STEP = '''
"""A later step."""
from alembic import op

revision = "{revision}"
down_revision = "{before}"


def upgrade() -> None:
    """Do it."""
    op.execute("{sql}")
'''


def schema_of(path: Path) -> dict[str, set[str]]:
    """Every object of a database by name: the parts of its definition, in no order."""
    raw = sqlite3.connect(path)
    rows = raw.execute(
        "SELECT type || ' ' || name, sql FROM sqlite_master WHERE sql NOT NULL AND tbl_name != 'alembic_version'"
    ).fetchall()
    raw.close()
    return {name: set(_parts(sql)) for name, sql in rows}


def _parts(sql: str) -> Iterator[str]:
    """What stands between the outer commas of a definition; SQLite itself writes added columns behind the rest."""
    head, _, body = sql.partition("(")
    yield " ".join(head.replace('"', "").split())  # SQLite quotes the name of a table that was renamed
    depth, part = 0, ""
    for character in body.rpartition(")")[0]:
        depth += {"(": 1, ")": -1}.get(character, 0)
        if character == "," and not depth:
            yield " ".join(part.split())
            part = ""
        else:
            part += character
    yield " ".join(part.split())
    yield " ".join(body.rpartition(")")[2].split())


def import_all_tables() -> None:
    (root,) = map(Path, gatewayd.__path__)
    for path in sorted([*root.rglob("tables.py"), *root.rglob("tables/__init__.py")]):
        name = ".".join(path.with_suffix("").relative_to(root.parent).parts)
        importlib.import_module(name.removesuffix(".__init__"))


@pytest.fixture
def later_steps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the migrations that steps can be added to."""
    copy = tmp_path / "migrations"
    shutil.copytree(migrate._MIGRATIONS, copy)
    monkeypatch.setattr(migrate, "_MIGRATIONS", copy)
    monkeypatch.setattr(migrate, "steps", steps.__wrapped__)
    return copy / "versions"


def add_step(versions: Path, sql: str) -> None:
    head = migrate.steps()[-1]
    revision = f"{int(head) + 1:04}"
    (versions / f"{revision}_later.py").write_text(STEP.format(revision=revision, before=head, sql=sql))


async def open_and_close(settings: StoreSettings) -> list[float]:
    extensions: list[float] = []
    async with open_database(settings, clock=VirtualClock(), extend=extensions.append):
        pass
    return extensions


async def test_migrations_end_in_the_schema_of_the_tables(settings: StoreSettings, tmp_path: Path) -> None:
    import_all_tables()
    InlineDatabase(tmp_path / "tables.db").close()
    await open_and_close(settings)
    assert schema_of(settings.path) == schema_of(tmp_path / "tables.db")


async def test_opening_asks_for_time_for_each_step_and_none_where_there_is_none(
    settings: StoreSettings,
) -> None:
    assert len(await open_and_close(settings)) == len(steps())
    assert await open_and_close(settings) == []
    assert list(settings.path.parent.glob("*.backup")) == []


def test_opening_without_a_step_to_run_does_not_import_alembic(settings: StoreSettings) -> None:
    program = (
        "import sys, trio\n"
        "from tests.store.test_migrate import open_and_close\n"
        "from gatewayd.store.settings import StoreSettings\n"
        f"trio.run(open_and_close, StoreSettings(url={settings.url!r}, reserve_mib=0))\n"
        "print('alembic' in sys.modules)\n"
    )
    said = [
        subprocess.run(
            [sys.executable, "-c", program], capture_output=True, text=True, check=True
        ).stdout.splitlines()[-1]
        for _ in range(2)
    ]
    assert said == ["True", "False"]


async def test_database_of_a_newer_release_is_refused_and_left_alone(settings: StoreSettings) -> None:
    await open_and_close(settings)
    raw = sqlite3.connect(settings.path)
    raw.execute("UPDATE alembic_version SET version_num = '9999'")
    raw.commit()
    raw.close()
    before = settings.path.read_bytes()
    with pytest.raises(SchemaTooNew, match=f"has schema 9999, this gatewayd knows up to {steps()[-1]}"):
        await open_and_close(settings)
    assert settings.path.read_bytes() == before


async def test_step_on_a_database_with_rows_is_preceded_by_a_backup(
    settings: StoreSettings, later_steps: Path
) -> None:
    await open_and_close(settings)
    head = steps()[-1]
    add_step(later_steps, "CREATE TABLE later (id INTEGER)")
    assert len(await open_and_close(settings)) == 2
    (backup,) = settings.path.parent.glob("*.backup")
    assert f"schema-{head}" in backup.name
    assert "table later" not in schema_of(backup)
    assert "table later" in schema_of(settings.path)


async def test_step_that_fails_leaves_the_schema_as_it_was(
    settings: StoreSettings, later_steps: Path
) -> None:
    await open_and_close(settings)
    before = schema_of(settings.path)
    add_step(later_steps, "CREATE TABLE half (id INTEGER)")
    with (later_steps / f"{migrate.steps()[-1]}_later.py").open("a") as step:
        step.write('    raise LookupError("half-way")\n')
    with pytest.raises(LookupError, match="half-way"):
        await open_and_close(settings)
    assert schema_of(settings.path) == before


async def test_step_that_leaves_rows_without_their_parents_is_refused(
    settings: StoreSettings, later_steps: Path
) -> None:
    await open_and_close(settings)
    add_step(later_steps, "CREATE TABLE child (of INTEGER REFERENCES consumer (name))")
    await open_and_close(settings)
    add_step(later_steps, "INSERT INTO child VALUES (7)")
    with pytest.raises(sqlite3.IntegrityError, match="rows of child"):
        await open_and_close(settings)


async def test_backups_above_the_configured_number_are_dropped_oldest_first(
    settings: StoreSettings, later_steps: Path
) -> None:
    few = settings.model_copy(update={"backups": 2})
    await open_and_close(few)
    for number in range(3):
        add_step(later_steps, f"CREATE TABLE later_{number} (id INTEGER)")
        async with open_database(few, clock=SystemClock()):
            pass
    kept = sorted(path.name.split(".schema-")[1] for path in few.path.parent.glob("*.backup"))
    assert kept == [f"{step}.backup" for step in migrate.steps()[-3:-1]]


async def test_step_without_room_for_its_backup_does_not_run(
    settings: StoreSettings, later_steps: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await open_and_close(settings)
    before = schema_of(settings.path)
    add_step(later_steps, "CREATE TABLE later (id INTEGER)")
    usage = namedtuple("usage", ["total", "used", "free"])
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: usage(1 << 30, (1 << 30) - 4096, 4096))
    with pytest.raises(StorageFull, match="needs"):
        await open_and_close(settings)
    assert schema_of(settings.path) == before
    assert list(settings.path.parent.glob("*.backup")) == []


def test_steps_are_numbered_without_gaps() -> None:
    assert steps() == tuple(f"{number:04}" for number in range(1, len(steps()) + 1))
