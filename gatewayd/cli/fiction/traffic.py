"""What the applications send: more by day than by night, more on weekdays than at the end of the week."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Final

from gatewayd.cli.fiction import cast
from gatewayd.cli.fiction.air import Air
from gatewayd.cli.fiction.plan import Plan
from gatewayd.message import Doubt
from gatewayd.queue import accepting
from gatewayd.queue.draft import Draft, Rejected
from gatewayd.queue.service import Queue
from gatewayd.store.transaction import Tx

#: Weight of each hour (UTC) and of each day of the week, from Monday.
_HOURS: Final = (1, 1, 1, 1, 1, 2, 6, 14, 22, 24, 22, 18, 14, 16, 20, 22, 18, 12, 8, 6, 4, 3, 2, 1)
_WEEKDAYS: Final = (10, 11, 11, 10, 9, 3, 2)
#: What ends later than this is over before it could expire.
_SOON: Final = timedelta(hours=31)
#: Of a type's messages, how many are accepted for later.
_PLANNED: Final = {"maintenance": 0.4}
#: Whose letters cost a second part, so that their messages are mostly sent without them.
_SHORTENED: Final = frozenset({"pt-BR", "pl", "ca"})
#: What goes on for another part.
_LONG: Final = " {d}: 8:00–10:00, 10:00–12:00, 14:00–16:00. noc@example.org, https://status.example/{n}"


_Deed = Callable[[Tx], None]


class Traffic:
    """Plans messages of the applications ``clients`` (numbers by name)."""

    def __init__(
        self, queue: Queue, plan: Plan, air: Air, rng: random.Random, clients: Mapping[str, int]
    ) -> None:
        self._queue = queue
        self._plan = plan
        self._air = air
        self._rng = rng
        self._clients = clients
        self._number = 4711

    def spread(self, messages: int, begin: datetime, end: datetime) -> None:
        """Plan so many messages between the two moments."""
        hours = []
        at = begin.replace(minute=0)
        while at < end:
            hours.append(at)
            at += timedelta(hours=1)
        weights = [_HOURS[hour.hour] * _WEEKDAYS[hour.weekday()] for hour in hours]
        for hour in self._rng.choices(hours, weights, k=messages):
            moment = hour + timedelta(seconds=self._rng.uniform(0, 3600))
            if not begin < moment < end:
                moment = begin + (end - begin) * self._rng.random()
            self._plan.add(moment, self._one(moment))

    def _one(self, at: datetime) -> _Deed:
        shares = [share for share, _ in cast.APPLICATIONS.values()]
        name = self._rng.choices(list(cast.APPLICATIONS), shares)[0]
        kind = self._rng.choice(cast.APPLICATIONS[name][1])
        draft = self._draft(kind, at)
        return lambda tx: self._accept(tx, name, draft, at)

    def _draft(self, kind: str, at: datetime) -> Draft:
        rng = self._rng
        self._number += rng.randrange(1, 4)
        language = rng.choices(cast.LANGUAGES, (40, 20, 12, 14, 14))[0]
        text = cast.TEXTS[kind][language]
        if rng.random() < 0.03:
            text += _LONG
        day = f"{at + timedelta(days=rng.randrange(2, 15)):%d/%m}"
        planned = _PLANNED.get(kind, 0.01)
        referenced = kind.startswith("ra_")
        return Draft(
            to=cast.number(language, int(rng.triangular(0, cast.PER_LANGUAGE, 20))),
            text=text.format(n=f"{self._number:06d}", d=day),
            type=kind,
            send_at=at + timedelta(hours=rng.randrange(2, 30)) if rng.random() < planned else None,
            transliterate=language in _SHORTENED and rng.random() < 0.85,
            report=True,
            reference=f"RA-2026-{self._number:06d}" if referenced else f"{kind[:3].upper()}-{self._number}",
            in_doubt=Doubt.HOLD,
            template=f"{kind}/sms/{language}@1" if kind == "ra_opened" and "{d}" not in text else None,
        )

    def _accept(self, tx: Tx, name: str, draft: Draft, at: datetime) -> None:
        client = self._clients[name]
        prepared = self._queue.try_row(draft, client)
        if isinstance(prepared, Rejected):
            return  # who opted out gets nothing
        row = accepting.row_of(prepared, client, self._queue.route_of(prepared, name), at)
        accepting.accept(tx, [row], at)
        for due in (row["not_before"], row["expires_at"]):
            if due is not None and due - at < _SOON:
                self._air.look_again(due)
        if row["ready"]:
            self._air.wake(at)
