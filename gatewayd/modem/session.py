"""The AT dialogue with one modem over one open line.

How it works. One task, ``run``, reads the line and nothing else does; what it reads goes to the exchange that is
running, or else is a notice. Whoever wants to say something takes the *turn*, a fair lock, so commands wait in order
and a submit is one turn from AT+CMGS to its answer. After anything that leaves it open what the modem will say next
(a time-out, a discarded PDU) the line is *unaligned*, and the next turn first aligns it: ESC, silence, AT, OK. An
answer to a submit that never came is *owed*: nothing else is submitted until it came or the modem was reset, for it
could be taken for the next one's; or until it is so late that nobody would believe it.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import structlog
import trio

from gatewayd.modem import at, grammar, metrics, notices
from gatewayd.modem.exchange import Answer, Exchange
from gatewayd.modem.failures import AnswerOwed, LineLost, LineSilent, ModemRestarted, SimUnknown
from gatewayd.modem.late import Doubts, Owed, reference_of
from gatewayd.modem.quirks import Quirks

logger = structlog.get_logger()

_TRIES = 3
"""Times that a command is written before the modem counts as silent."""
_QUIET = 0.1
"""Seconds of silence after which no answer to ESC is expected any more: a modem gives it within 20 ms, or never."""
_QUIET_LIMIT = 2.0
"""Seconds after which aligning waits for silence no longer; some modems chatter without end."""
_FINAL_GRACE = 1.0
"""Seconds for the OK that some modems leave out after their answer to AT+CPIN?."""
_READ_SIZE = 4096
#: SIM not inserted, SIM PIN required (3GPP TS 27.005 §3.2.5, TS 27.007 §9.2): not every modem says so by itself.
_NO_SIM = frozenset({("cms", 310), ("cms", 311), ("cme", 10), ("cme", 11)})
_WAKE_UP = "AT"
"""What is asked only in order to hear an answer."""


@dataclass(frozen=True, slots=True)
class Timeouts:
    """How long to wait for a modem, in seconds."""

    command: float = 5.0
    """For the answer to a command, in each of three tries."""
    prompt: float = 10.0
    """For ``> `` after AT+CMGS."""
    submit: float = 180.0
    """For the answer after 0x1A: TR1M, 45 s at most, and three repeats (3GPP TS 24.011 §10.1, 23.040 §9.2.3.6)."""


class Session:
    """One open line.

    ``on_notice`` is called synchronously, by the reader, with what the modem says by itself; ``on_change`` when the
    line has died, was reset or became unaligned, or when an answer is owed or has come.
    """

    def __init__(
        self,
        name: str,
        stream: trio.abc.Stream,
        *,
        timeouts: Timeouts,
        on_notice: Callable[[notices.Notice], None],
        on_change: Callable[[], None],
        doubts: Doubts | None = None,
    ) -> None:
        self.name = name
        self.timeouts = timeouts
        self.quirks = Quirks()
        self.manufacturer: str | None = None
        self.turn = trio.StrictFIFOLock()
        self.lost: str | None = None
        """Why the line is dead, once it is."""
        self.hung_up = False
        """The line died because the device went away, rather than by our doing."""
        self.owed: Owed | None = None
        """The submit whose answer is still to come."""
        self.doubts = doubts or Doubts()
        """Submits whose outcome proves nothing: their answer may yet come, during the next one."""
        self.acknowledges = False
        """What the modem hands over directly must be acknowledged (AT+CSMS=1)."""
        self.ready = False
        """The modem is set up, and hasn't restarted since: a submit before that could find it in text mode."""
        self.sim_known = True
        """Nothing was heard since the SIM was looked at that another one may be the cause of."""
        self.sim_went = False
        """The SIM was out, or locked, since the modem began to be set up."""
        self._stream = stream
        self._on_notice = on_notice
        self._on_change = on_change
        self._parser = at.Parser()
        self._exchange: Exchange | None = None
        self._echoes = False
        self._aligned = False
        self._asked = False
        """A command was written, other than AT, that isn't known to have been answered."""
        self._last_heard = 0.0
        self._count = {
            outcome: metrics.COMMANDS.labels(name, outcome) for outcome in ("ok", "error", "timeout")
        }

    @property
    def usable(self) -> bool:
        """Whether messages may go either way: the modem is set up, and its SIM is the one that is known."""
        return self.ready and self.sim_known

    async def run(self) -> None:
        """Read the line until it dies; then ``lost`` says why, and whoever waits for an answer is told."""
        try:
            while self.lost is None:
                data = await self._stream.receive_some(_READ_SIZE)
                if not data:
                    self._hang_up("the device went away")
                self._last_heard = trio.current_time()
                for event in self._parser.feed(bytes(data)):
                    self._dispatch(event)
        except trio.BrokenResourceError as error:
            self._hang_up(f"the device went away ({error.__cause__ or error})")
        except trio.ClosedResourceError:
            self.lose("the port was closed")

    def lose(self, reason: str) -> None:
        """Declare the line dead: the running exchange ends with ``reason``."""
        if self.lost is None:
            self.lost = reason
        if self._exchange is not None:
            self._exchange.lose(f"line lost: {self.lost}")
        self._on_change()

    def was_reset(self, *, shown: bool = True) -> None:
        """The modem was reset: it answers nothing from before, and it must be set up again.

        Not ``shown``: all that is known is that it was told to, and agreed; some then don't. So what it owes holds
        nothing up any more, but may come all the same.
        """
        self.ready = False
        self._aligned = False
        if shown:
            self.doubts.clear()
        elif self.owed is not None:
            self.doubts.add(self.owed.stamp, trio.current_time())
        self.owed = None
        if self._exchange is not None:
            self._exchange.lose("the modem restarted", reset=True)
        self._on_change()

    def doubt_sim(self, *, went: bool) -> None:
        """The SIM may be another one: nothing is submitted, read or deleted until it was looked at.

        ``went``: the modem must be set up anew, for what was set may have gone with the SIM.
        """
        self.sim_known = False
        self.sim_went = self.sim_went or went
        self._on_change()

    def trust_sim(self) -> None:
        """The SIM was looked at, and it is the one that is known."""
        self.sim_known = True
        self._on_change()

    async def command(
        self,
        text: str,
        *,
        tries: int = _TRIES,
        final_optional: bool = False,
        can_wait: bool = False,
        limit: float | None = None,
    ) -> Answer:
        """Write a command of the grammar and return its answer, whatever that says.

        ``final_optional``: the modem may leave out the final OK. ``can_wait``: while an answer is owed, raise
        ``AnswerOwed`` rather than muddle it by saying something, and while the SIM isn't known, ``SimUnknown`` rather
        than take another one for it. ``limit``: seconds to wait in each try, if other than usual. Raises ``LineSilent``
        where no try was answered, ``LineLost``, ``ModemRestarted``, and ``grammar.Forbidden`` for what isn't a command.
        """
        octets = grammar.command(text)
        async with self.turn:
            if can_wait and self.owed is not None:
                raise AnswerOwed
            if can_wait and not self.sim_known:
                raise SimUnknown
            for _ in range(tries):
                await self.align()
                answer = await self._ask(text, octets, final_optional=final_optional, limit=limit)
                if answer is not None:
                    return answer
        raise LineSilent("the modem doesn't answer")

    async def align(self) -> None:
        """Make sure that what the modem says next answers what is written next. Only with the turn held.

        Raises ``LineSilent`` where the modem doesn't answer AT, and ``LineLost``.
        """
        if self._aligned:
            return
        for _ in range(_TRIES):
            escape_answered = await self._escape()
            answer = await self._ask(_WAKE_UP, grammar.command(_WAKE_UP))
            if answer is not None and answer.ok:
                if not escape_answered:
                    # That OK may have been a slow answer to ESC; then the one to AT is still coming.
                    await self._silence()
                self._aligned = True
                self._asked = False
                return
        raise LineSilent("the modem doesn't answer to AT")

    async def give_up_owed(self) -> None:
        """Wait no longer for the owed answer; should it come after all, then the next submit's is in doubt as well.

        Raises ``LineSilent``, ``LineLost`` and ``ModemRestarted``: as long as the modem doesn't answer AT it may be at
        that submit still.
        """
        async with self.turn:
            self._aligned = False
            await self.align()
            # Aligning may have brought it.
            if (owed := self.owed) is not None:
                self.owed = None
                self.doubts.add(owed.stamp, trio.current_time())
                logger.warning("modem.answer_given_up", modem=self.name)
                self._on_change()

    async def write(self, octets: bytes) -> None:
        """Write octets that ``grammar`` made. Only with the turn held. Raises ``LineLost`` and ``LineSilent``."""
        if self.lost is not None:
            raise LineLost(f"line lost: {self.lost}")
        try:
            with trio.fail_after(self.timeouts.command):
                await self._stream.send_all(octets)
        except trio.TooSlowError:
            raise LineSilent("the modem takes nothing in") from None
        except trio.BrokenResourceError as error:
            self._hang_up(f"the device went away ({error.__cause__ or error})")
            raise LineLost(f"line lost: {self.lost}") from None
        except trio.ClosedResourceError:
            self.lose("the port was closed")
            raise LineLost(f"line lost: {self.lost}") from None

    @contextlib.contextmanager
    def running(self, exchange: Exchange) -> Iterator[None]:
        """Let ``exchange`` have what the modem says, and draw the consequences of how it ended."""
        outer, self._exchange = self._exchange, exchange
        try:
            yield
        finally:
            self._exchange = outer
            if exchange.final is None:
                self._aligned = False
            elif self.ready and (exchange.final.kind, exchange.final.code) in _NO_SIM:
                self.doubt_sim(went=True)
            if exchange.owes and exchange.stamp is not None:
                self.owed = Owed(exchange.stamp, self.manufacturer)
                self.doubts.add(exchange.stamp, trio.current_time())
                self._on_change()

    async def until(self, exchange: Exchange, done: Callable[[], bool], seconds: float) -> bool:
        """Wait until ``done``, which is asked at each event of ``exchange``; False after ``seconds``."""
        deadline = trio.current_time() + seconds
        while not done():
            if not await exchange.wakeup.wait(deadline):
                return done()
        return True

    def failure(self) -> LineLost | ModemRestarted:
        """The error for an exchange that was lost."""
        return (
            LineLost(f"line lost: {self.lost}")
            if self.lost is not None
            else ModemRestarted("the modem restarted")
        )

    def notice_echo(self, exchange: Exchange) -> None:
        """Find out that the modem has restarted without a word: an echo that was off is on again.

        Raises ``ModemRestarted``.
        """
        if not self.ready:
            # Some go on echoing after ATE0: of those, nothing can be learnt so.
            self._echoes = exchange.echoed
        elif exchange.echoed and not self._echoes:
            self.was_reset()
            self._on_notice(notices.Restarted())
            raise ModemRestarted("the modem restarted")

    def unalign(self) -> None:
        """What the modem says next is not to be trusted: the next turn aligns first."""
        self._aligned = False
        self._on_change()

    def _hang_up(self, reason: str) -> None:
        self.hung_up = True
        self.lose(reason)

    async def _ask(
        self, text: str, octets: bytes, *, final_optional: bool = False, limit: float | None = None
    ) -> Answer | None:
        if self.quirks.command_gap:
            await trio.sleep_until(self._last_heard + self.quirks.command_gap)
        exchange = Exchange(text)
        self._asked = self._asked or text != _WAKE_UP
        with self.running(exchange):
            await self.write(octets)
            await self.until(
                exchange,
                lambda: exchange.over or (final_optional and bool(exchange.info)),
                self.timeouts.command if limit is None else limit,
            )
            if final_optional and exchange.info:
                await self.until(exchange, lambda: exchange.over, _FINAL_GRACE)
        if exchange.lost is not None:
            raise self.failure()
        self.notice_echo(exchange)
        answer = exchange.answer()
        if answer is not None and text != _WAKE_UP:
            self._asked = False
        if answer is None and final_optional and exchange.info:
            answer = Answer(tuple(exchange.info), at.Final("ok"))
        self._count["timeout" if answer is None else "ok" if answer.ok else "error"].inc()
        return answer

    async def _escape(self) -> bool:
        if self.owed is not None:
            self.owed.disturbed = True
        exchange = Exchange("")
        with self.running(exchange):
            await self.write(grammar.ESCAPE)
            await self._silence()
        return exchange.final is not None

    async def _silence(self) -> None:
        now = began = trio.current_time()
        while (quiet := min(max(self._last_heard, began) + _QUIET, began + _QUIET_LIMIT)) > now:
            await trio.sleep_until(quiet)
            now = trio.current_time()

    def _dispatch(self, event: at.Event) -> None:
        if isinstance(event, at.Flood):
            self.lose("the device sends without end what can't be an answer")
        elif self._is_owed(event) or (self._exchange is not None and self._exchange.take(event)):
            return
        elif isinstance(event, at.Text) and event.line.startswith("+CMGS"):
            stamp = self.doubts.answered(trio.current_time())
            self._on_notice(notices.LateResult(stamp, reference_of(event.line), None))
        elif (notice := notices.read(event)) is not None:
            if isinstance(notice, notices.Restarted):
                self.was_reset()
            elif isinstance(notice, notices.SimReported):
                self._hear_of_sim(notice)
            self._on_notice(notice)

    def _hear_of_sim(self, notice: notices.SimReported) -> None:
        # While the modem is being set up it is only to be expected that there is a SIM.
        if notice.what == "gone" or self.ready:
            self.doubt_sim(went=notice.what != "type")

    def _is_owed(self, event: at.Event) -> bool:
        if (owed := self.owed) is None:
            return False
        taken, result = owed.take(
            event, self.doubts, trio.current_time(), idle=self._exchange is None, asked=self._asked
        )
        if result is not None:
            self._on_notice(result)
        if owed.settled:
            # Whatever was written meanwhile may be answered or not.
            self.owed = None
            self.unalign()
        return taken
