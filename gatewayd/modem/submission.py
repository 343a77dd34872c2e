"""Submitting one part: AT+CMGS, the prompt, the PDU, arming, 0x1A, the answer (3GPP TS 27.005 §4.3).

The one dialogue that can't be repeated. Up to 0x1A nothing has been sent, and ESC takes everything back; from 0x1A on
only the modem's answer tells, and where none comes the outcome is ``Unknown``, never a guess.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import trio

from gatewayd.modem import at, grammar, metrics
from gatewayd.modem.dialogue import Dialogue
from gatewayd.modem.exchange import Exchange
from gatewayd.modem.failures import LineLost, LineSilent, ModemRestarted
from gatewayd.modem.late import reference_of
from gatewayd.modem.ports import Accepted, Outcome, Phase, Refused, Unknown
from gatewayd.modem.session import Session
from gatewayd.sms.faults import lookup
from gatewayd.sms.pdu import Pdu

_SECOND_ANSWER = 10.0
"""Seconds to look out for a second answer while an earlier submit may yet be answered.

A modem sends one after the other: if the first answer was the earlier submit's, ours comes as long after it as a
network takes for a message, which is 3 to 6 s. It costs the pace, so it isn't the 180 s that it may take at worst; nor
is a second answer waited for any longer than the first.
"""


async def submit(session: Session, pdu: Pdu, *, arm: Callable[[], Awaitable[None]]) -> Outcome:
    """Submit one part over this line, as ``ports.Line.submit`` promises."""
    async with session.turn:
        return await _Submission(session, pdu).run(arm)


class _Submission:
    """One part on its way, with the session's turn held."""

    def __init__(self, session: Session, pdu: Pdu) -> None:
        self._session = session
        self._hex = pdu.hex
        command = f"AT+CMGS={pdu.tpdu_length}"
        self._said = Dialogue(command, self._hex, trio.current_time)
        self._exchange = Exchange(command, pdu=self._hex, dialogue=self._said)
        self._command = grammar.command(command)
        self._pdu = grammar.pdu(self._hex)
        self._phase = Phase.COMMAND
        self._began = trio.current_time()

    async def run(self, arm: Callable[[], Awaitable[None]]) -> Outcome:
        outcome = await self._dialogue(arm)
        session = self._session
        if outcome.stamp is not None:
            metrics.observe_submit(session.name, outcome)
            if not _is_doubtful(outcome):
                session.doubts.clear()
        if outcome.stamp is None or isinstance(outcome, Unknown):
            # It may stand at the prompt, or may yet answer.
            session.unalign()
        return outcome

    async def _dialogue(self, arm: Callable[[], Awaitable[None]]) -> Outcome:
        if self._session.owed is not None:
            return self._unknown("the answer to the last submit is still owed")
        if not self._session.usable:
            return self._unknown(self._unusable())
        try:
            await self._session.align()
            with self._session.running(self._exchange):
                outcome = await self._offer()
                if outcome is None:
                    await self._arm(arm)
                    outcome = self._stopped_unsent() or await self._send()
                return outcome
        except (LineLost, LineSilent, ModemRestarted) as error:
            return self._unknown(str(error))

    async def _offer(self) -> Outcome | None:
        """Bring the PDU into the modem; return the outcome where that fails."""
        session, exchange = self._session, self._exchange
        self._said.wrote_command()
        await session.write(self._command)
        prompted = await session.until(
            exchange, lambda: exchange.prompted or exchange.over, session.timeouts.prompt
        )
        session.notice_echo(exchange)
        if not prompted:
            return self._timed_out("timeout: no prompt", session.timeouts.prompt)
        if not exchange.prompted:
            return self._refused_unarmed()
        self._phase = Phase.PDU
        self._said.wrote_pdu()
        piece = session.quirks.pdu_piece or len(self._pdu)
        for start in range(0, len(self._pdu), piece):
            if start:
                await trio.sleep(session.quirks.pdu_pause)
            await session.write(self._pdu[start : start + piece])
        return None

    async def _arm(self, arm: Callable[[], Awaitable[None]]) -> None:
        try:
            await arm()
        except BaseException:
            # Whatever the reason, cancellation included: the modem holds a PDU at its prompt and must give it up.
            with trio.CancelScope(shield=True), trio.move_on_after(self._session.timeouts.command):
                await self._discard()
            raise

    async def _discard(self) -> None:
        self._session.unalign()
        try:
            await self._session.align()
        except (LineLost, LineSilent, ModemRestarted):
            # Still unaligned: the next turn begins with ESC again.
            return

    def _refused_unarmed(self) -> Outcome | None:
        """The outcome where the modem ended the dialogue before 0x1A; None while it waits at the prompt."""
        exchange = self._exchange
        if exchange.lost is not None:
            raise self._session.failure()
        if exchange.final is None:
            return None
        return self._refused(exchange.final) or self._unknown("the modem ended the dialogue without an error")

    def _stopped_unsent(self) -> Outcome | None:
        """The outcome where, while it was armed, something came up that forbids to write 0x1A."""
        if (outcome := self._refused_unarmed()) is not None:
            return outcome
        return None if self._session.usable else self._unknown(self._unusable())

    def _unusable(self) -> str:
        return "the SIM may be another one" if self._session.ready else "the modem isn't set up"

    async def _send(self) -> Outcome:
        session, exchange = self._session, self._exchange
        self._phase = Phase.SUBMITTED
        # Set before the write: if that fails half-way, the octet may have gone out.
        exchange.stamp = trio.current_time()
        after_doubt = bool(session.doubts.stamps(exchange.stamp))
        session.doubts.add(exchange.stamp, exchange.stamp)
        self._said.wrote_submit()
        await session.write(grammar.SUBMIT)
        await session.until(exchange, lambda: bool(exchange.info) or exchange.over, session.timeouts.submit)
        if exchange.info:
            # The reference is proof enough; the OK after it only tells that the modem is free.
            await session.until(exchange, lambda: exchange.over, session.timeouts.command)
        outcome = self._outcome()
        return await self._unless_answered_again(outcome) if after_doubt else outcome

    async def _unless_answered_again(self, outcome: Outcome) -> Outcome:
        """The outcome, where its answer may have been an earlier submit's: then another one comes."""
        session, exchange = self._session, self._exchange
        if _is_doubtful(outcome):
            return outcome
        await session.until(
            exchange,
            lambda: exchange.answered_twice or exchange.reset or session.lost is not None,
            min(_SECOND_ANSWER, session.timeouts.submit),
        )
        if exchange.answered_twice:
            return self._unknown("two answers")
        # Cut short, nobody can say that no other would have come.
        return (
            self._unknown(str(session.failure())) if exchange.reset or session.lost is not None else outcome
        )

    def _outcome(self) -> Outcome:
        exchange = self._exchange
        if exchange.answered_twice:
            return self._unknown("two answers")
        if exchange.final is not None and (refused := self._refused(exchange.final)) is not None:
            # An error after +CMGS contradicts it: neither can be believed.
            return self._unknown("two answers") if exchange.info else refused
        if exchange.info:
            stamp = exchange.stamp or 0.0
            reference, seconds = reference_of(exchange.info[0]), trio.current_time() - stamp
            return Accepted(reference, stamp, seconds, self._said.told() if reference is None else ())
        if exchange.final is not None:
            # What was sent has a +CMGS (27.005 §4.3). OK alone is also how a modem gives a PDU up, and one flipped
            # bit makes ESC of 0x1A.
            return self._unknown("OK without +CMGS")
        if exchange.lost is not None:
            return self._unknown(exchange.lost)
        return self._timed_out("timeout", self._session.timeouts.submit)

    def _refused(self, final: at.Final) -> Refused | None:
        if final.kind == "ok":
            return None
        fault = lookup(final.kind, final.code, self._session.manufacturer)
        return Refused(fault, self._phase, self._exchange.stamp, self._seconds(), self._said.told())

    def _timed_out(self, reason: str, seconds: float) -> Unknown:
        return self._unknown(reason, note=f"time out after {seconds:g} s")

    def _unknown(self, reason: str, *, note: str | None = None) -> Unknown:
        dialogue = self._said.told(note or reason)
        return Unknown(self._phase, reason, self._exchange.stamp, self._seconds(), dialogue)

    def _seconds(self) -> float:
        began = self._began if self._exchange.stamp is None else self._exchange.stamp
        return trio.current_time() - began


def _is_doubtful(outcome: Outcome) -> bool:
    """Whether a part whose 0x1A was written may have been sent, or not, for all that is known."""
    return isinstance(outcome, Unknown) or (
        isinstance(outcome, Refused) and outcome.fault.doubtful(outcome.seconds)
    )
