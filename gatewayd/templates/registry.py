"""What changes templates: functions inside a transaction, each with its line in the audit."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from gatewayd.audit import trail
from gatewayd.errors import NotFound, PreconditionFailed
from gatewayd.store.transaction import Tx
from gatewayd.templates import records
from gatewayd.templates.fields import Field, FieldType
from gatewayd.templates.view import Channel, Place, TemplateDraft, TemplateView

#: What a COMMIT is announced as after which templates are others.
TEMPLATES_TOPIC = "templates"


def every(tx: Tx) -> list[TemplateView]:
    """All templates as they are in force, by kind, channel and language."""
    return [_view(row) for row in records.every.all(tx, {})]


def find(tx: Tx, place: Place, version: int | None = None) -> TemplateView:
    """A template as it is in force, or one of its versions, of deleted ones too. Raises NotFound."""
    where = _where(place)
    row = (
        records.find.first(tx, where)
        if version is None
        else records.version.first(tx, where | {"version": version})
    )
    if row is None:
        raise NotFound(
            f"there is no template {place}" + ("" if version is None else f" in version {version}")
        )
    return _view(row)


def versions(tx: Tx, place: Place) -> list[TemplateView]:
    """Every version of a template, newest first, of deleted ones too. Raises NotFound."""
    found = [_view(row) for row in records.versions.all(tx, _where(place))]
    if not found:
        raise NotFound(f"there is no template {place}")
    return found


def put(
    tx: Tx, place: Place, wanted: TemplateDraft, *, version: int | None, actor: str, at: datetime
) -> tuple[TemplateView, bool]:
    """Have a template say what is ``wanted``, in a new version; return it, and whether there was none before.

    What is wanted has been checked. ``version``: the one that whoever changes it has seen; None: whatever it is now.
    Raises PreconditionFailed where it is another.
    """
    row = records.place.first(tx, _where(place))
    there = row is not None and row.active
    _require_version(row if there else None, version)
    if there and _same(before := find(tx, place), wanted):
        return before, False
    number = 1 if row is None else row.version + 1
    if row is None:
        facts = {**_where(place), "id": None, "version": number, "active": True}
        id_ = records.insert_template.insert(tx, facts)
    else:
        id_ = row.id
        records.set_version.change(tx, {"b_id": id_, "b_version": number, "b_active": True})
    records.insert_version.insert(
        tx,
        {
            "template_id": id_,
            "version": number,
            "fields": encode_fields(wanted.fields),
            "subject": wanted.subject,
            "body": wanted.body,
            "created_at": at,
            "created_by": actor[:80],
        },
    )
    _record(tx, "template.put", place, {"version": number}, actor, at)
    return find(tx, place), not there


def delete(tx: Tx, place: Place, *, version: int | None, actor: str, at: datetime) -> None:
    """Take a template out of use; its versions stay. Raises NotFound and PreconditionFailed."""
    row = records.place.first(tx, _where(place))
    if row is None or not row.active:
        raise NotFound(f"there is no template {place}")
    _require_version(row, version)
    records.set_version.change(tx, {"b_id": row.id, "b_version": row.version, "b_active": False})
    _record(tx, "template.delete", place, {"version": row.version}, actor, at)


def _record(tx: Tx, action: str, place: Place, after: dict[str, Any], actor: str, at: datetime) -> None:
    # What it says is in its version: the audit need not repeat it.
    trail.record(tx, actor=actor, action=action, object=f"template:{place}", after=after, at=at)
    tx.announce(TEMPLATES_TOPIC)


def _require_version(row: Any | None, version: int | None) -> None:
    if version is not None and (row is None or row.version != version):
        raise PreconditionFailed


def _same(view: TemplateView, wanted: TemplateDraft) -> bool:
    return (view.fields, view.subject, view.body) == (wanted.fields, wanted.subject, wanted.body)


def _where(place: Place) -> dict[str, Any]:
    return {"kind": place.kind, "channel": place.channel, "language": place.language}


def encode_fields(fields: Sequence[Field]) -> str:
    """Write definitions of fields down."""
    return json.dumps([asdict(field) for field in fields], ensure_ascii=False, separators=(",", ":"))


def _decode_fields(text: str) -> tuple[Field, ...]:
    return tuple(
        Field(**{**item, "type": FieldType(item["type"]), "choices": tuple(item["choices"])})
        for item in json.loads(text)
    )


def _view(row: Any) -> TemplateView:
    return TemplateView(
        place=Place(row.kind, Channel(row.channel), row.language),
        version=row.version,
        fields=_decode_fields(row.fields),
        body=row.body,
        subject=row.subject,
        created_at=row.created_at,
        created_by=row.created_by,
    )
