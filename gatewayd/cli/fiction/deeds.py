"""What people did in the fictitious month: setting up, answering, putting right."""

from __future__ import annotations

import io
import random
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from gatewayd.access.limits import LimitsChange
from gatewayd.access.people.view import NewPerson
from gatewayd.access.registry import TokenRequest
from gatewayd.access.roles import Person, permissions_of
from gatewayd.access.scopes import Principal, Scope, person_principal
from gatewayd.batches.service import Batches
from gatewayd.batches.sheets import open_csv
from gatewayd.batches.view import BatchDraft, Options
from gatewayd.cli.fiction import cast
from gatewayd.cli.fiction.air import SMSC, Air, Phone
from gatewayd.cli.fiction.calendar import Calendar
from gatewayd.cli.fiction.hooks import Hooks
from gatewayd.cli.fiction.plan import Plan
from gatewayd.config import Config
from gatewayd.errors import Conflict, InvalidRequest
from gatewayd.message import State
from gatewayd.modem.simulator.deliveries import encode_deliver
from gatewayd.queue import modes
from gatewayd.queue.modes import Mode
from gatewayd.queue.receiving import take_message
from gatewayd.queue.view import Query
from gatewayd.store.database import Database
from gatewayd.store.transaction import Tx
from gatewayd.supervisor.wiring import Daemon
from gatewayd.templates.service import Templates
from gatewayd.templates.view import Channel, Place, TemplateDraft

_ANA: Final = "user:ana"
_BRUNO: Final = "user:bruno"
_ANSWERS: Final = 90


class Deeds:
    """Plans what people do, with the services of ``daemon``, which does not run."""

    def __init__(
        self,
        config: Config,
        daemon: Daemon,
        database: Database,
        calendar: Calendar,
        plan: Plan,
        air: Air,
        phones: Sequence[Phone],
        rng: random.Random,
    ) -> None:
        self._daemon = daemon
        self._calendar = calendar
        self._plan = plan
        self._air = air
        self._phones = phones
        self._rng = rng
        self._templates = Templates(
            database,
            calendar,
            config.templates,
            zone=config.api.zone,
            region=config.recipients.region or "ZZ",
        )
        self._batches = Batches(database, daemon.queue, self._templates, calendar, config.batches)
        self._hooks = Hooks(config, daemon, database, calendar, plan)
        self.clients: dict[str, int] = {}
        """Numbers of the applications by name."""

    async def set_up(self, password: str) -> None:
        """The first morning: people, applications, types and templates."""
        people, access, queue = self._daemon.people, self._daemon.access, self._daemon.queue
        for name, display_name, language, roles in cast.PEOPLE:
            asked = NewPerson(name, password, roles, display_name, language, f"{name}@example.org", False)
            await people.create(asked, actor="local:uid 0" if name == "ana" else _ANA)
        for name in cast.APPLICATIONS:
            self.clients[name] = (await access.create_client(name, actor=_ANA)).id
            await access.issue(TokenRequest(name, (Scope.SEND, Scope.READ), "production"), actor=_ANA)
        await access.change_limits(
            LimitsChange("billing", {"parts_per_hour": 600, "parts_per_day": 2000}), actor=_ANA
        )
        for code, wanted in cast.TYPES.items():
            await queue.types.put(code, wanted, actor=_ANA)
        for kind, bodies in cast.TEMPLATE_BODIES.items():
            for language, body in bodies.items():
                draft = TemplateDraft(cast.TEMPLATE_FIELDS[kind], body)
                await self._templates.put(Place(kind, Channel.SMS, language), draft, actor=_ANA)
        await queue.refresh()
        self._plan.add_service(self._calendar.now() + timedelta(hours=1), self._hooks.set_up)

    def spread(self, begin: datetime, end: datetime) -> None:
        """Plan what they do between the two moments."""
        for _ in range(_ANSWERS):
            self._plan_answer(begin + (end - begin) * self._rng.random())
        for day in range((end - begin).days):
            evening = begin + timedelta(days=day, hours=10.5)
            self._plan.add_service(evening, partial(self._tidy_up, evening))
        batches = (
            (24, "November invoices", 240),
            (12, "Survey on the new meters", 90),
            (4, "Works in ring 2", 60),
        )
        for days, name, rows in batches:
            self._plan_batch(end - timedelta(days=days, hours=3), name, rows)
        self._plan.add_service(
            end - timedelta(minutes=50), partial(self._make_batch, "December invoices", 180, 6, False)
        )
        self._plan_batch(end - timedelta(minutes=4), "Meter readings, north", 120)
        self._plan_works(begin, end)
        self._hooks.spread(end)

    # --- people who write back ---

    def _plan_answer(self, at: datetime) -> None:
        answer = self._rng.choices(cast.ANSWERS, [answer.share for answer in cast.ANSWERS])[0]
        phone = self._rng.choice(self._phones)
        sender = cast.number(answer.language, self._rng.randrange(30))
        pdus = encode_deliver(
            sender, answer.text, smsc=SMSC, reference=self._rng.randrange(256), at=at - timedelta(seconds=4)
        )
        for index, octets in enumerate(pdus):
            moment = at + timedelta(seconds=2 * index)
            self._plan.add(moment, partial(self._receive, phone=phone, octets=octets, at=moment))

    def _receive(self, tx: Tx, *, phone: Phone, octets: bytes, at: datetime) -> None:
        take_message(tx, phone.name, phone.iccid, octets, at, self._daemon.queue.receiving_rules())

    # --- people who put things right ---

    async def _tidy_up(self, at: datetime) -> None:
        """An operator's evening: some of what failed is sent again, most of what is in doubt settled."""
        queue = self._daemon.queue
        await queue.refresh()
        since = at - timedelta(days=1)
        doubts = await queue.find(Query(states=(State.IN_DOUBT,), since=since, until=at))
        for message in doubts.messages[:1]:
            verdict = self._rng.choice(("sent", "failed"))
            with suppress(Conflict):
                await queue.resolve(
                    None, message.id, verdict, actor=_BRUNO, reason="asked the recipient by telephone"
                )
        failed = await queue.find(Query(states=(State.FAILED,), since=since, until=at))
        for message in failed.messages[:1]:
            with suppress(Conflict, InvalidRequest):
                await queue.retry(None, message.id, actor=_BRUNO)
        waiting = await queue.find(Query(states=(State.QUEUED,), since=since, until=at))
        for message in waiting.messages[:1]:
            with suppress(Conflict):
                await queue.cancel(None, message.id, actor=_BRUNO)
        self._air.wake(at)

    def _plan_works(self, begin: datetime, end: datetime) -> None:
        """Pauses of a phone, a new version of a template, somebody who leaves, an opt-out by letter."""
        people, queue = self._daemon.people, self._daemon.queue
        for days in (21, 9, 2):
            at = end - timedelta(days=days, hours=2)
            self._plan.add(at, partial(_set_mode, mode=Mode.PAUSED, reason="the SIM is being changed", at=at))
            at += timedelta(minutes=25)
            self._plan.add(at, partial(_set_mode, mode=Mode.RUNNING, reason="the new SIM is in", at=at))
        place = Place("ra_opened", Channel.SMS, "en")
        body = "Your request {{ protocol }} is registered. We will tell you when it is resolved."
        wanted = TemplateDraft(cast.TEMPLATE_FIELDS["ra_opened"], body)
        self._plan.add_service(
            begin + timedelta(days=11, hours=2),
            partial(self._templates.put, place, wanted, actor="user:zofia"),
        )
        self._plan.add_service(
            begin + timedelta(days=16),
            partial(
                people.set_disabled, "grace", True, actor=_ANA, reason="on leave until the end of the month"
            ),
        )
        self._plan.add_service(
            end - timedelta(days=1),
            partial(people.set_disabled, "grace", False, actor=_ANA, reason="is back"),
        )
        self._plan.add_service(
            begin + timedelta(days=5),
            partial(
                queue.opt_outs.add,
                cast.number("pl", 77),
                reason="asked by letter",
                actor="user:montse",
            ),
        )

    # --- batches ---

    def _plan_batch(self, at: datetime, name: str, rows: int) -> None:
        self._plan.add_service(at, partial(self._make_batch, name, rows, 2, True))
        for minutes in (5, 10, 60, 120):
            self._plan.add_service(at + timedelta(minutes=minutes), self._move_on)

    async def _make_batch(self, name: str, rows: int, wrong: int, approved: bool) -> None:
        """A list of recipients in five languages' numbers, with some that can't be right."""
        lines = ["to;invoice;due"]
        for index in range(rows):
            language = cast.LANGUAGES[index % len(cast.LANGUAGES)]
            to = "12345" if index < wrong else cast.number(language, index % cast.PER_LANGUAGE)
            lines.append(f"{to};90{index:04d};2026-12-10")
        sheet = open_csv(io.BytesIO("\n".join(lines).encode()), delimiter=";")
        draft = BatchDraft(
            name,
            template="invoice",
            language="es",
            options=Options(type="invoice", report=True),
        )
        batch, _ = await self._batches.create(await self._principal("bruno"), draft, sheet)
        await self._move_on()
        if approved:
            await self._batches.approve(await self._principal("carmen"), batch.id, reason="the list is right")
            await self._move_on()

    async def _move_on(self) -> None:
        """Give the batches turns for as long as there is something to do at once."""
        while await self._batches.turn() == float("-inf"):
            pass
        self._air.wake(self._calendar.now())

    async def _principal(self, name: str) -> Principal:
        found = await self._daemon.people.find(name)
        roles = frozenset(found.roles)
        person = Person(found.id, name, found.display_name, found.language, roles, permissions_of(roles))
        web = self.clients.get("web")
        if web is None:
            web = self.clients["web"] = (await self._daemon.access.create_client("web", actor=_ANA)).id
        return person_principal(web, "web", person)


def _set_mode(tx: Tx, *, mode: Mode, reason: str, at: datetime) -> None:
    modes.set_mode(tx, "phone2", mode, lambda _mode, _reason: None, actor=_BRUNO, reason=reason, at=at)
