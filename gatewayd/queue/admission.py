"""Whether a draft may become a message, and what it will be then. Pure: every objection at once, nothing written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType

from gatewayd import phone
from gatewayd.access.limits import NO_LIMITS, ClientLimits
from gatewayd.access.settings import ClientsSettings
from gatewayd.errors import FieldError, InvalidRequest
from gatewayd.message import Doubt, Priority
from gatewayd.queue import optout
from gatewayd.queue.draft import Draft
from gatewayd.queue.prices import Prices
from gatewayd.queue.routing import Routing, only
from gatewayd.queue.settings import PricesSettings, QueueSettings, RecipientsSettings
from gatewayd.queue.types import CODE, CODE_WORDS, MessageType
from gatewayd.sms.characters import unsendable
from gatewayd.sms.languages import NationalLanguage
from gatewayd.sms.segments import Plan, Unencodable, plan
from gatewayd.sms.transliterate import Change, Transliterated, transliterate

#: A `send_at` that is this little in the past is "now": clocks differ, and requests take time.
PAST_GRACE = timedelta(seconds=60)
#: Nothing is planned, or stays valid, for longer.
HORIZON = timedelta(days=366)
MAX_REFERENCE = 100
ENCODINGS = ("auto", "gsm7", "ucs2")

#: phonenumbers' word for "no country": only numbers with + are understood then.
NO_REGION = "ZZ"
_NOBODY: Mapping[str, datetime] = MappingProxyType({})
#: How many offending characters an error names.
_NAMED = 5


@dataclass(frozen=True, slots=True)
class Prepared:
    """A draft that may become a message."""

    draft: Draft
    recipient: str
    """E.164."""
    text: str
    """As it will be sent."""
    plan: Plan
    changes: tuple[Change, ...]
    send_at: datetime | None
    """Only where it lies in the future."""
    expires_at: datetime | None
    priority: Priority
    in_doubt: Doubt
    modem: str | None
    """The only one that it may leave by: its own wish, or its client's."""
    price: int
    """Of a part, in micros."""
    secret: bool = False
    """Whether its text is wiped as soon as nothing needs it."""


def policy_of(recipients: RecipientsSettings) -> phone.Policy:
    """Which numbers may be sent to, by the configuration."""
    return phone.Policy(
        countries=None if recipients.countries is None else frozenset(recipients.countries),
        allow_landlines=recipients.landlines,
        allow_premium=recipients.premium_rate,
        allow_short_codes=recipients.short_codes,
    )


class Admission:
    """The configured rules for what is accepted."""

    def __init__(
        self,
        settings: QueueSettings,
        recipients: RecipientsSettings,
        routing: Routing,
        *,
        prices: PricesSettings | None = None,
        clients: ClientsSettings | None = None,
    ) -> None:
        self._settings = settings
        self.prices = Prices(prices or PricesSettings())
        self.general_limits = (clients or ClientsSettings()).limits()
        """Of clients that have none of their own."""
        self._routing = routing
        self.region = recipients.region or NO_REGION
        self._languages = tuple(NationalLanguage.of_code(code) for code in settings.languages)
        self._policy = policy_of(recipients)

    def prepare(
        self,
        draft: Draft,
        now: datetime,
        opted_out: Mapping[str, datetime] = _NOBODY,
        types: Mapping[str, MessageType] | None = None,
        limits: ClientLimits = NO_LIMITS,
    ) -> Prepared:
        """Check everything. Raises InvalidRequest that names every wrong field at once.

        ``opted_out``: since when which recipients (E.164) want no messages. ``types``: the known ones by code; None
        where no rule about types applies. ``limits``: the client's own.
        """
        errors: list[FieldError] = []
        recipient, region = self._recipient(draft.to, limits.countries, errors)
        if (since := opted_out.get(recipient)) is not None:
            errors.append(FieldError("to", optout.CODE, optout.refusal(since)))
        text, changes, planned = self._text(draft, errors)
        type_ = self._type(draft.type, types, errors)
        send_at, expires_at = self._times(draft, now, errors, None if type_ is None else type_.validity)
        self._words(draft, errors)
        priority = _priority(draft, type_, limits.priority, errors)
        modem = self._modem(draft.modem, limits.modem, errors)
        if errors or planned is None:
            raise InvalidRequest(errors)
        return Prepared(
            draft,
            recipient,
            text,
            planned,
            changes,
            send_at,
            expires_at,
            priority,
            in_doubt=draft.in_doubt or limits.in_doubt or Doubt.HOLD,
            modem=modem,
            price=self.prices.of(recipient, region),
            secret=draft.secret or (type_ is not None and type_.secret),
        )

    def route(self, prepared: Prepared, client: str) -> str:
        """The route of the message, of which ``client`` (its name) is one condition."""
        if prepared.modem is not None:
            return only(prepared.modem)
        return self._routing.route(recipient=prepared.recipient, kind=prepared.draft.type, client=client)

    def measure(self, text: str) -> Plan:
        """What a text will take, whomever it goes to."""
        return plan(text, languages=self._languages)

    def modems_of(self, route: str) -> tuple[str, ...]:
        """The modems that serve a route."""
        return self._routing.serving(route)

    def _recipient(
        self, to: str, countries: tuple[str, ...] | None, errors: list[FieldError]
    ) -> tuple[str, str]:
        """The recipient (E.164) and its country."""
        try:
            found = phone.parse(to, self.region)
            self._policy.check(found)
        except phone.PhoneError as error:
            message = str(error)
            if self.region == NO_REGION and not to.strip().startswith("+"):
                message = "must begin with + and the country code, such as +34600123456"
            errors.append(FieldError("to", error.code, message))
            return "", ""
        if countries is not None and found.region not in countries:
            message = f"this client may send to {', '.join(countries)} only"
            errors.append(FieldError("to", "country_not_allowed", message))
        return found.e164, found.region

    def _text(self, draft: Draft, errors: list[FieldError]) -> tuple[str, tuple[Change, ...], Plan | None]:
        if not draft.text.strip():
            errors.append(FieldError("text", "required", "must not be empty"))
            return "", (), None
        if bad := unsendable(draft.text):
            named = ", ".join(map(str, bad[:_NAMED])) + (" …" if len(bad) > _NAMED else "")
            message = f"has characters that no text message can carry: {named}"
            errors.append(FieldError("text", "unsendable", message))
            return "", (), None
        done = transliterate(draft.text) if draft.transliterate else Transliterated(draft.text, ())
        if draft.encoding not in ENCODINGS:
            errors.append(FieldError("encoding", "choice", f"must be one of {', '.join(ENCODINGS)}"))
            return done.text, done.changes, None
        return done.text, done.changes, self._plan(done.text, draft.encoding, errors)

    def _plan(self, text: str, encoding: str, errors: list[FieldError]) -> Plan | None:
        try:
            planned = plan(text, encoding=encoding, languages=self._languages)
        except Unencodable as error:
            named = ", ".join(map(str, error.offending[:_NAMED]))
            message = f"can't be written in {encoding}: {named}; use encoding auto, or transliterate"
            errors.append(FieldError("text", "unencodable", message))
            return None
        if planned.parts > self._settings.max_parts:
            most = self._settings.max_parts
            message = f"needs {planned.parts} parts in {planned.encoding}; at most {most} are allowed"
            errors.append(FieldError("text", "too_long", message))
            return None
        return planned

    def _times(
        self, draft: Draft, now: datetime, errors: list[FieldError], validity: float | None
    ) -> tuple[datetime | None, datetime | None]:
        if validity is None:
            validity = self._settings.validity
        send_at, expires_at = draft.send_at, draft.expires_at
        if send_at is not None:
            if send_at < now - PAST_GRACE:
                errors.append(FieldError("send_at", "past", "lies in the past"))
            elif send_at > now + HORIZON:
                errors.append(FieldError("send_at", "range", f"lies more than {HORIZON.days} days ahead"))
            if send_at <= now:
                send_at = None
        start = send_at or now
        if expires_at is None and validity is not None:
            expires_at = start + timedelta(seconds=validity)
        elif expires_at is not None:
            if expires_at <= now:
                errors.append(FieldError("expires_at", "past", "lies in the past"))
            elif expires_at <= start:
                errors.append(FieldError("expires_at", "range", "must be after send_at"))
            elif expires_at > now + 2 * HORIZON:
                errors.append(
                    FieldError("expires_at", "range", f"lies more than {2 * HORIZON.days} days ahead")
                )
        return send_at, expires_at

    def _type(
        self, code: str, types: Mapping[str, MessageType] | None, errors: list[FieldError]
    ) -> MessageType | None:
        if not CODE.fullmatch(code):
            errors.append(FieldError("type", "format", CODE_WORDS))
            return None
        if types is None:
            return None
        found = types.get(code)
        if found is None and self._settings.known_types_only:
            known = ", ".join(sorted(types)) or "none"
            errors.append(FieldError("type", "unknown_type", f"is none of the known types: {known}"))
        elif found is not None and not found.active:
            errors.append(FieldError("type", "inactive_type", "messages of this type are not sent any more"))
        return found

    def _words(self, draft: Draft, errors: list[FieldError]) -> None:
        if draft.reference is not None and not 1 <= len(draft.reference) <= MAX_REFERENCE:
            message = f"must have 1 to {MAX_REFERENCE} characters"
            errors.append(FieldError("reference", "length", message))
        elif draft.reference is not None and not draft.reference.isprintable():
            errors.append(FieldError("reference", "format", "must not have control characters"))

    def _modem(self, asked: str | None, only_one: str | None, errors: list[FieldError]) -> str | None:
        """The only modem that the message may leave by; ``only_one`` is its client's."""
        modem = asked or only_one
        if modem is not None and modem not in self._routing.modems:
            known = ", ".join(self._routing.modems) or "none"
            errors.append(
                FieldError("modem", "unknown", f"{modem!r} is no configured modem; there is: {known}")
            )
        elif only_one is not None and modem != only_one:
            message = f"this client's messages leave by {only_one} only"
            errors.append(FieldError("modem", "modem_not_allowed", message))
        return modem


def _priority(
    draft: Draft, type_: MessageType | None, most: Priority | None, errors: list[FieldError]
) -> Priority:
    """The message's own, its type's, or normal; ``most`` is the most urgent that its client may have."""
    if draft.priority is not None:
        if most is not None and draft.priority < most:
            message = f"must be {most.label!r} or less urgent for this client"
            errors.append(FieldError("priority", "priority_not_allowed", message))
        return draft.priority
    usual = type_.priority if type_ is not None and type_.priority is not None else Priority.NORMAL
    return usual if most is None else max(usual, most)
