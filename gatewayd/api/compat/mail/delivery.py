"""Who may send by mail, to whom, and the submitting itself."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from typing import Final

import trio

from gatewayd.access.networks import IPAddress
from gatewayd.access.scopes import Principal, Scope
from gatewayd.access.service import Access, Unauthenticated
from gatewayd.api.compat.mail.letter import Letter, UnusableLetterError, read_letter
from gatewayd.api.compat.mail.session import LetterGiven, Reply
from gatewayd.api.compat.mail.settings import MailSenderSettings, MailSettings
from gatewayd.api.compat.numbers import dialled
from gatewayd.errors import GatewaydError, InvalidRequest, KeyReused, LimitReached, StorageFull
from gatewayd.log import get_logger
from gatewayd.queue.admission import MAX_REFERENCE
from gatewayd.queue.draft import Draft, IdempotencyKey
from gatewayd.queue.service import Queue

_log = get_logger("gatewayd.mail")

_NUMBER: Final = re.compile(r"\+?[0-9]{3,15}")
#: Any text will do where only the number is to be looked at.
_ANY_TEXT: Final = "x"
_WELCOME: Final = Reply(250, "2.1.0", "go on")


class Delivery:
    """Decides about letters, by the same rules as about requests of the API."""

    def __init__(
        self,
        queue: Queue,
        access: Access,
        settings: MailSettings,
        senders: Sequence[MailSenderSettings],
        region: str,
    ) -> None:
        self._queue = queue
        self._access = access
        self._settings = settings
        self._senders = {address: sender for sender in senders for address in sender.addresses}
        self._region = region

    async def admit(self, address: str, peer: IPAddress) -> tuple[Reply, Principal | None]:
        """Return whether letters of the envelope sender ``address`` are taken, and in whose name."""
        local, _, domain = address.lower().rpartition("@")
        sender = self._senders.get(f"{local}@{domain}") or self._senders.get(f"@{domain}")
        if sender is None or not local:
            _log.warning("mail.refused", reason="sender")
            return Reply(550, "5.7.1", "this sender may not send messages here"), None
        try:
            principal = await self._access.authenticate(sender.token.get_secret_value(), lambda: peer)
        except Unauthenticated:  # that much is in the log; the sender needs to know no more
            return Reply(550, "5.7.1", "this sender may not send messages any more"), None
        except LimitReached as error:
            return Reply(450, "4.7.1", str(error)), None
        if not principal.may(Scope.SEND):
            _log.warning("mail.refused", reason="scope", sender=sender.name)
            return Reply(550, "5.7.1", "this sender may not send messages here"), None
        return _WELCOME, principal

    async def check(self, address: str, principal: Principal) -> Reply:
        """Return whether a message can be sent to the recipient ``address``."""
        domain = address.rpartition("@")[2].lower()
        number = self._number(address)
        if domain not in self._settings.domains:
            return Reply(550, "5.1.2", "mail for this domain is not taken here")
        if number is None:
            return Reply(550, "5.1.1", "write the number in front of the @, such as 34600123456")
        try:
            await self._queue.refresh()
            self._queue.prepare(Draft(number, _ANY_TEXT), principal.client_id)
        except InvalidRequest as error:
            return Reply(550, "5.1.1", "; ".join(each.message for each in error.errors))
        return Reply(250, "2.1.5", "go on")

    async def deliver(self, given: LetterGiven, principal: Principal) -> list[Reply]:
        """Accept a letter's messages; on disk where the reply is good. Return one reply, or one for each recipient."""
        numbers = [self._number(address) or "" for address in given.recipients]
        try:
            letter = await trio.to_thread.run_sync(read_letter, given.octets, self._settings.text)
        except UnusableLetterError as error:
            replies = [Reply(554, "5.6.0", str(error))]
            return replies * (len(numbers) if given.for_each else 1)
        if not given.for_each:
            return [await self._submit(list(dict.fromkeys(numbers)), letter, principal)]
        # Somebody named twice gets one message, and both addresses the same answer.
        answers = {
            number: await self._submit([number], letter, principal) for number in dict.fromkeys(numbers)
        }
        return [answers[number] for number in numbers]

    async def _submit(self, numbers: list[str], letter: Letter, principal: Principal) -> Reply:
        reference = letter.message_id if letter.message_id and letter.message_id.isprintable() else None
        drafts = [
            Draft(number, letter.text, reference=reference and reference[:MAX_REFERENCE])
            for number in numbers
        ]
        try:
            await self._queue.submit(principal.client_id, drafts, key=_key(numbers, letter))
        except KeyReused:
            return Reply(554, "5.6.0", "another letter had the same Message-ID")
        except InvalidRequest as error:
            return Reply(554, "5.6.0", "; ".join(each.message for each in error.errors))
        except (LimitReached, StorageFull) as error:
            return Reply(452, "4.3.1", str(error))
        except GatewaydError as error:
            _log.warning("mail.failed", code=error.code)
            return Reply(451, "4.3.0", "it could not be accepted; try again later")
        _log.info("mail.accepted", client=principal.client, recipients=len(numbers))
        return Reply(250, "2.0.0", "accepted")

    def _number(self, address: str) -> str | None:
        local = address.rpartition("@")[0]
        return dialled(local, self._region) if _NUMBER.fullmatch(local) else None


def _key(numbers: Sequence[str], letter: Letter) -> IdempotencyKey | None:
    """What makes one letter of two tries: a mail server that did not hear the answer hands it over again."""
    if letter.message_id is None:
        return None
    name = "\n".join([letter.message_id, *sorted(numbers)]).encode(errors="replace")
    text = letter.text.encode(errors="surrogatepass")
    return IdempotencyKey(f"mail:{hashlib.sha256(name).hexdigest()}", hashlib.sha256(text).hexdigest())
