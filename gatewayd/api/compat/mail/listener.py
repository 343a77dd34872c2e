"""The listener as a service: connections, time limits, and the session's events handed to whoever decides."""

from __future__ import annotations

from functools import partial
from typing import Final

import trio

from gatewayd.access.networks import IPAddress, contains, parse_address
from gatewayd.access.scopes import Principal
from gatewayd.api.compat.mail.delivery import Delivery
from gatewayd.api.compat.mail.session import LetterGiven, RecipientGiven, Reply, SenderGiven, Session
from gatewayd.api.compat.mail.settings import MailSettings
from gatewayd.http.binding import bind_tcp, describe
from gatewayd.log import get_logger

_log = get_logger("gatewayd.mail")

_READ: Final = 16 * 1024  # octets
#: Seconds that a letter gets at a stop, to be written and answered; unanswered, it would be handed over again.
_GRACE: Final = 5.0
_BUSY: Final = Reply(421, "4.3.2", "too many connections; try again later")
_STRANGER: Final = Reply(554, "5.7.1", "mail is not taken from your address")
_SILENT: Final = Reply(421, "4.4.2", "nothing came for too long")
_NOT_IN_TIME: Final = Reply(451, "4.3.0", "it could not be accepted in time; try again later")


class MailListener:
    """Takes letters at the addresses of ``settings.bind`` until it is cancelled."""

    def __init__(self, settings: MailSettings, delivery: Delivery) -> None:
        self._settings = settings
        self._delivery = delivery
        self._connections = 0

    async def run(self, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Listen and serve. Raises CannotListen."""
        listeners = [bind_tcp(address) for address in self._settings.bind]
        async with trio.open_nursery() as nursery:
            await nursery.start(partial(trio.serve_listeners, self._serve, listeners))
            _log.info("mail.listening", addresses=[describe(listener) for listener in listeners])
            task_status.started()

    async def _serve(self, stream: trio.SocketStream) -> None:
        self._connections += 1
        try:
            await self._converse(stream)
        except (trio.BrokenResourceError, trio.ClosedResourceError, OSError):
            return  # gone, in the middle of whatever it was
        except Exception:  # noqa: BLE001 - a defect that one letter can provoke must not stop the modems' work
            _log.exception("mail.connection_failed")
        finally:
            self._connections -= 1
            with trio.CancelScope(shield=True):
                await trio.aclose_forcefully(stream)

    async def _converse(self, stream: trio.SocketStream) -> None:
        settings = self._settings
        peer = parse_address(stream.socket.getpeername()[0])
        session = Session(settings.domains[0], settings.max_size, settings.max_recipients)
        if self._connections > settings.max_connections:
            session.close(_BUSY)
        elif not contains(settings.allowed, peer):
            _log.warning("mail.refused", reason="network", address=str(peer))
            session.close(_STRANGER)
        else:
            session.greet()
        decisions = _Decisions(self._delivery, peer)
        while True:
            event = session.next_event()
            if isinstance(event, LetterGiven):
                await self._take_letter(stream, session, decisions, event)
            elif event is not None:
                session.answer(await decisions.of(event))
            else:
                # All that could be answered is; pipelined commands so get their answers at once.
                await self._send(stream, session)
                if session.closed or not await self._read(stream, session):
                    return

    async def _take_letter(
        self, stream: trio.SocketStream, session: Session, decisions: _Decisions, letter: LetterGiven
    ) -> None:
        """Accept a letter and say so, even if the daemon is told to stop meanwhile."""
        replies = [_NOT_IN_TIME] * (len(letter.recipients) if letter.for_each else 1)
        with trio.CancelScope(shield=True, deadline=trio.current_time() + _GRACE):
            replies = await decisions.of_letter(letter)
        session.answer(*replies)
        with trio.CancelScope(shield=True, deadline=trio.current_time() + _GRACE):
            await self._send(stream, session)

    async def _send(self, stream: trio.SocketStream, session: Session) -> None:
        if octets := session.take():
            with trio.move_on_after(self._settings.timeout) as waiting:
                await stream.send_all(octets)
            if waiting.cancelled_caught:
                session.closed = True

    async def _read(self, stream: trio.SocketStream, session: Session) -> bool:
        """Read what comes; return whether the other side is still there."""
        octets = b""
        with trio.move_on_after(self._settings.timeout) as waiting:
            octets = await stream.receive_some(_READ)
        if waiting.cancelled_caught:
            session.close(_SILENT)
            return True
        session.receive(octets)
        return bool(octets)


class _Decisions:
    """What is known of the letter that is being handed over on one connection."""

    def __init__(self, delivery: Delivery, peer: IPAddress) -> None:
        self._delivery = delivery
        self._peer = peer
        self._principal: Principal | None = None

    async def of(self, event: SenderGiven | RecipientGiven) -> Reply:
        if isinstance(event, SenderGiven):
            reply, self._principal = await self._delivery.admit(event.address, self._peer)
            return reply
        return await self._delivery.check(event.address, self._admitted())

    async def of_letter(self, letter: LetterGiven) -> list[Reply]:
        return await self._delivery.deliver(letter, self._admitted())

    def _admitted(self) -> Principal:
        # The session lets nobody come this far who was not admitted.
        assert self._principal is not None  # noqa: S101
        return self._principal
