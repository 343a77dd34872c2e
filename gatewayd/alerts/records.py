"""Every statement on the alerts, built once. Private to this package."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from sqlalchemy import Integer, String, bindparam, column, delete, select, table, update
from sqlalchemy.dialects.sqlite import insert as upsert

from gatewayd.alerts.news import Firing, Known
from gatewayd.alerts.tables import alert_group
from gatewayd.alerts.view import GroupView
from gatewayd.store.prepared import Prepared
from gatewayd.store.transaction import Tx

#: Of another package, and known by name only: whose group it is.
_client = table("client", column("id", Integer), column("name", String))

_KEY = (alert_group.c.client_id, alert_group.c.list, alert_group.c.digest)
_OF_GROUP = Prepared(
    select(alert_group).where(
        alert_group.c.client_id == bindparam("client_id"), alert_group.c.digest == bindparam("digest")
    )
)
_new = upsert(alert_group)
_SAVE = Prepared(
    _new.on_conflict_do_update(
        index_elements=_KEY,
        set_={c.name: _new.excluded[c.name] for c in alert_group.c if c.name not in {k.name for k in _KEY}},
    )
)
_SEEN = Prepared(
    update(alert_group)
    .where(
        alert_group.c.client_id == bindparam("b_client_id"),
        alert_group.c.list == bindparam("b_list"),
        alert_group.c.digest == bindparam("b_digest"),
    )
    .values(seen_at=bindparam("b_at"))
)
_newest = (
    select(alert_group, _client.c.name.label("client"))
    .join_from(alert_group, _client, alert_group.c.client_id == _client.c.id)
    .order_by(alert_group.c.seen_at.desc(), alert_group.c.list)
    .limit(bindparam("limit", required=True))
)
_NEWEST = Prepared(_newest)
_NEWEST_OF_CLIENT = Prepared(_newest.where(alert_group.c.client_id == bindparam("client_id")))
_FORGET = Prepared(delete(alert_group).where(alert_group.c.seen_at < bindparam("before")))


def of_group(tx: Tx, client_id: int, digest: str) -> dict[str, Known]:
    """What each list knows of a group of this client's, by the list's name."""
    return {row.list: _known(row) for row in _OF_GROUP.all(tx, {"client_id": client_id, "digest": digest})}


def save(tx: Tx, key: tuple[int, str, str], name: str, known: Known, result: str, at: datetime) -> None:
    """Write down what a list knows; ``key``: client, list and digest of the group, ``name``: the group for people."""
    client_id, list_, digest = key
    _SAVE.change(
        tx,
        {
            "client_id": client_id,
            "list": list_,
            "digest": digest,
            "name": name,
            "firing": _encode(known.firing),
            "told": _encode(known.told),
            "result": result,
            "messages": json.dumps(known.messages),
            "held_until": known.held_until,
            "notices": known.notices,
            "told_at": known.told_at,
            "seen_at": at,
        },
    )


def seen(tx: Tx, key: tuple[int, str, str], at: datetime) -> None:
    """Write down that a group is as it was when Alertmanager spoke of it at that time."""
    client_id, list_, digest = key
    _SEEN.change(tx, {"b_client_id": client_id, "b_list": list_, "b_digest": digest, "b_at": at})


def forget(tx: Tx, before: datetime) -> int:
    """Remove what was last heard of before then; return how many lists' groups."""
    return _FORGET.change(tx, {"before": before})


def newest(tx: Tx, client_id: int | None, limit: int) -> list[GroupView]:
    """Up to ``limit`` groups of one client, or of all (None), last heard of first."""
    values: dict[str, Any] = {"limit": limit}
    if client_id is None:
        return [_view(row) for row in _NEWEST.all(tx, values)]
    return [_view(row) for row in _NEWEST_OF_CLIENT.all(tx, values | {"client_id": client_id})]


def _known(row: Any) -> Known:
    return Known(
        firing=_decode(row.firing),
        told=_decode(row.told),
        held_until=row.held_until,
        messages=tuple(json.loads(row.messages)),
        notices=row.notices,
        told_at=row.told_at,
    )


def _view(row: Any) -> GroupView:
    return GroupView(
        client=row.client,
        list=row.list,
        group=row.name,
        firing=len(json.loads(row.firing)),
        result=row.result,
        messages=tuple(json.loads(row.messages)),
        held_until=row.held_until,
        notices=row.notices,
        told_at=row.told_at,
        seen_at=row.seen_at,
    )


def _encode(firing: Firing) -> str:
    return json.dumps(
        {name: begun.isoformat() for name, begun in sorted(firing.items())}, separators=(",", ":")
    )


def _decode(text: str) -> dict[str, datetime]:
    return {name: datetime.fromisoformat(begun) for name, begun in json.loads(text).items()}
