"""Statements that are compiled once and then go straight to the driver.

SQLAlchemy's ``execute`` costs tens of microseconds a call even when the compiled form is in its cache; what happens
some hundred times a second can't afford that. A ``Prepared`` is made once, at import, of an ordinary Core statement
with ``bindparam``; each call then picks the values, converts those whose type asks for it, and is one driver call.
"""

from __future__ import annotations

import sqlite3
from collections import namedtuple
from collections.abc import Callable, Iterable, Mapping
from operator import itemgetter
from typing import Any

from sqlalchemy import exc
from sqlalchemy.dialects.sqlite import dialect as sqlite_dialect
from sqlalchemy.sql.expression import Executable

from gatewayd.store.transaction import Tx

Values = Mapping[str, Any]
_Processor = Callable[[Any], Any]

#: mypy knows named tuples with literal fields only.
_namedtuple: Any = namedtuple
_DIALECT = sqlite_dialect(paramstyle="qmark")


class _Form:
    """A statement as the driver takes it."""

    def __init__(self, statement: Executable) -> None:
        compiled: Any = statement.compile(dialect=_DIALECT)  # type: ignore[attr-defined] # every Core statement has it
        if compiled.literal_execute_params or compiled.post_compile_params:
            raise TypeError("a statement whose SQL depends on its values (IN with a list) can't be prepared")
        self.sql: str = compiled.string
        names: list[str] = compiled.positiontup or []
        #: Values that are written in the statement itself.
        self.fixed = {name: bind.value for name, bind in compiled.binds.items() if not bind.required}
        self._processors = [
            (index, processor)
            for index, name in enumerate(names)
            if (processor := _bind_processor(compiled.binds[name].type)) is not None
        ]
        self._pick = _picker(names)
        self.row = _row_maker(compiled)

    def arguments(self, values: Values) -> list[Any]:
        """The values in the order of the statement's question marks, as the driver takes them."""
        arguments = list(self._pick({**self.fixed, **values} if self.fixed else values))
        for index, processor in self._processors:
            arguments[index] = processor(arguments[index])
        return arguments


def _bind_processor(type_: Any) -> _Processor | None:
    processor: _Processor | None = type_.dialect_impl(_DIALECT).bind_processor(_DIALECT)
    return processor


def _picker(names: list[str]) -> Callable[[Values], Iterable[Any]]:
    if len(names) > 1:
        return itemgetter(*names)
    # itemgetter of one name returns the value itself, and of none raises.
    return lambda values: [values[name] for name in names]


def _row_maker(compiled: Any) -> _Processor | None:
    columns = compiled._result_columns
    if not columns:
        return None
    make: _Processor = _namedtuple("Row", [column.keyname for column in columns], rename=True)._make
    processors = [
        (index, processor)
        for index, column in enumerate(columns)
        if (processor := column.type.dialect_impl(_DIALECT).result_processor(_DIALECT, None)) is not None
    ]
    if not processors:
        return make

    def convert(raw: tuple[Any, ...]) -> Any:
        row = list(raw)
        for index, processor in processors:
            row[index] = processor(row[index])
        return make(row)

    return convert


class Prepared:
    """A Core statement with ``bindparam``, ready to be executed in any ``Tx``.

    Columns and labels are the fields of its rows (a named tuple). Every ``bindparam`` without a value of its own must
    be given; defaults written in Python on a column aren't applied.
    """

    def __init__(self, statement: Executable) -> None:
        self._statement = statement
        self._compiled: _Form | None = None

    @property
    def _form(self) -> _Form:
        # Compiling waits for the first use: imports stay quick.
        if self._compiled is None:
            self._compiled = _Form(self._statement)
        return self._compiled

    def insert(self, tx: Tx, values: Values) -> int:
        """Insert one row and return its integer primary key. Raises sqlalchemy.exc.IntegrityError."""
        return self._execute(tx, values).lastrowid or 0

    def change(self, tx: Tx, values: Values) -> int:
        """Execute an INSERT, UPDATE or DELETE and return how many rows it changed. Raises IntegrityError."""
        return self._execute(tx, values).rowcount

    def change_many(self, tx: Tx, rows: Iterable[Values]) -> int:
        """Execute it once for each mapping and return how many rows were changed in all. Raises IntegrityError."""
        form = self._form
        try:
            return tx.raw.executemany(form.sql, map(form.arguments, rows)).rowcount
        except sqlite3.IntegrityError as error:
            raise exc.IntegrityError(form.sql, None, error) from error

    def all(self, tx: Tx, values: Values) -> list[Any]:
        """All rows of a SELECT, or of a RETURNING."""
        rows = self._execute(tx, values).fetchall()
        return list(map(self._form.row, rows)) if self._form.row else rows

    def first(self, tx: Tx, values: Values) -> Any | None:
        """The first row, or None."""
        row = self._execute(tx, values).fetchone()
        return self._form.row(row) if self._form.row and row is not None else row

    def scalar(self, tx: Tx, values: Values) -> Any | None:
        """The first column of the first row, or None."""
        row = self.first(tx, values)
        return None if row is None else row[0]

    def _execute(self, tx: Tx, values: Values) -> sqlite3.Cursor:
        form = self._compiled or self._form
        try:
            return tx.raw.execute(form.sql, form.arguments(values))
        except sqlite3.IntegrityError as error:
            raise exc.IntegrityError(form.sql, None, error) from error
