"""What no section can check alone."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from gatewayd.access.settings import ClientsSettings
from gatewayd.alerts.settings import OnCallSettings
from gatewayd.api.compat.mail.settings import MailSenderSettings, MailSettings
from gatewayd.config.problems import Problem, show
from gatewayd.http.settings import AdminSettings, parse_address
from gatewayd.http.settings import ApiSettings as ServerSettings
from gatewayd.modem.settings import ModemSettings
from gatewayd.phone import PhoneError, is_region, parse
from gatewayd.queue.admission import NO_REGION, policy_of
from gatewayd.queue.prices import Prices
from gatewayd.queue.settings import PricesSettings, QueueSettings, RecipientsSettings
from gatewayd.sms.languages import NationalLanguage

_LONGEST_SOCKET = 107  # bytes; sun_path of unix(7) less its closing zero


def check_names(kind: str, tables: Iterable[Any]) -> Iterator[Problem]:
    """Each ``[[kind]]`` has a name of its own."""
    seen: set[str] = set()
    for table in tables:
        name = table.get("name") if isinstance(table, dict) else None
        if not isinstance(name, str):
            continue
        if name in seen:
            yield Problem(f"{kind}.{name}.name", f"another {kind} has this name already", show(name))
        seen.add(name)


def check_ports(modems: Iterable[ModemSettings]) -> Iterator[Problem]:
    """No two modems on one port."""
    users: dict[Path, str] = {}
    for modem in modems:
        if modem.port is None:
            continue
        user = users.setdefault(modem.port, modem.name)
        if user != modem.name:
            yield Problem(
                f"modem.{modem.name}.port", f"the modem {user} has it already", show(str(modem.port))
            )


def check_routes(routes: Iterable[Any], modems: Iterable[Any]) -> Iterator[Problem]:
    """Routes lead to modems that exist. Takes the tables as they stand in the file, right or wrong."""
    known = [modem["name"] for modem in modems if isinstance(modem, dict) and "name" in modem]
    for route in routes:
        named = route.get("modems") if isinstance(route, dict) else None
        for modem in named if isinstance(named, list) else ():
            if isinstance(modem, str) and modem not in known:
                there = f"there are {', '.join(map(str, known))}" if known else "none is configured"
                yield Problem(
                    f"route.{route.get('name', '?')}.modems", f"no modem has this name; {there}", show(modem)
                )


def check_languages(queue: QueueSettings) -> Iterator[Problem]:
    """The national language tables exist."""
    known = [language.code for language in NationalLanguage]
    for language in queue.languages:
        if language not in known:
            yield Problem("queue.languages", f"must be one of {', '.join(known)}", show(language))


def check_regions(recipients: RecipientsSettings) -> Iterator[Problem]:
    """The countries exist."""
    named = [("region", recipients.region)] if recipients.region else []
    named += [("countries", country) for country in recipients.countries or ()]
    for key, country in named:
        if not is_region(country):
            yield Problem(
                f"recipients.{key}",
                "no country has this code; it is ISO 3166's, such as ES or PT",
                show(country),
            )


def check_prices(prices: PricesSettings, clients: ClientsSettings | None) -> Iterator[Problem]:
    """Countries exist, and money limits nothing where nothing has a price."""
    for country in prices.countries:
        if not is_region(country):
            yield Problem(
                f"prices.countries.{country}", "no country has this code; it is ISO 3166's, such as ES or PT"
            )
    if clients is not None and clients.money_per_month is not None and not Prices(prices).priced:
        yield Problem("clients.money_per_month", "limits nothing while parts have no price: set [prices] too")


def check_on_call(
    lists: Iterable[OnCallSettings], recipients: RecipientsSettings, queue: QueueSettings | None
) -> Iterator[Problem]:
    """Whoever is on call can be sent to: a wrong number must not come to light when there is an alert."""
    for each in lists:
        for place, number in enumerate(each.recipients, start=1):
            try:
                policy_of(recipients).check(parse(number, recipients.region or NO_REGION))
            except PhoneError as error:
                # The number itself is not shown: problems are logged where a file is read again.
                yield Problem(f"on_call.{each.name}.recipients[{place}]", str(error))
        if queue is not None and each.parts > queue.max_parts:
            words = f"no message has more than [queue] max_parts = {queue.max_parts}"
            yield Problem(f"on_call.{each.name}.parts", words, show(each.parts))


def check_mail(mail: MailSettings | None, senders: Iterable[MailSenderSettings]) -> Iterator[Problem]:
    """Mail is taken from somebody, and nobody is two senders."""
    owners: dict[str, str] = {}
    for sender in senders:
        for address in sender.addresses:
            owner = owners.setdefault(address, sender.name)
            if owner != sender.name:
                words = f"the sender {owner} has it already"
                yield Problem(f"mail_sender.{sender.name}.addresses", words, show(address))
    if mail is not None and mail.bind and not owners:
        yield Problem("mail_in.bind", "nobody may send by mail yet: add a [[mail_sender]]")


def check_addresses(api: ServerSettings, admin: AdminSettings) -> Iterator[Problem]:
    """Administration has addresses of its own."""
    taken = {parse_address(address) for address in api.bind}
    for address in admin.bind:
        if (parsed := parse_address(address)) in taken and parsed[1]:  # port 0 is any that is free
            yield Problem("admin.bind", "[api] listens there already: use another port", show(address))


def check_socket(path: Path, api: Mapping[str, Any]) -> Iterator[Problem]:
    """The Unix socket's path can be bound."""
    if len(os.fsencode(path)) > _LONGEST_SOCKET:
        chosen = "socket" in api
        words = f"a socket's path has at most {_LONGEST_SOCKET} bytes"
        if not chosen:
            words += "; left out, it lies beside the database, whose path is too long for that"
        yield Problem("api.socket", words, show(str(path)))
