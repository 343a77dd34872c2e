"""Makes of modem: what each calls itself, says unasked, and does otherwise than the standard.

The peculiarities are those that SMS programs stumble over in the field; a program that copes with all of these
profiles copes with most modems.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Profile:
    """One make of modem."""

    manufacturer: str = "gatewayd"
    model: str = "SIMULATOR"
    revision: str = "SIM-1.0"
    boot: tuple[str, ...] = ("RDY", "+CFUN: 1", "+CPIN: READY", "Call Ready", "SMS Ready")
    """Lines it sends by itself after a reset (AT+CFUN=1,1)."""
    sim_out: tuple[str, ...] = ("+CPIN: NOT READY",)
    """Lines it sends by itself when its SIM is taken out."""
    sim_in: tuple[str, ...] = ("+CPIN: READY",)
    """Lines it sends by itself when one is put in; +CPIN says whether that asks for its PIN."""
    chatter: tuple[str, ...] = ("RING", "+CSQN: 22,99")
    """Unsolicited lines of its own, for ``Noise.urc``."""
    unknown_command: str | None = None
    """What it answers to a command that it doesn't know, instead of what AT+CMEE says."""
    refuses: tuple[str, ...] = ()
    """Beginnings of commands (upper case, without AT) that the standard has and this modem doesn't know."""
    without_ok: tuple[str, ...] = ()
    """Beginnings of commands after whose information lines it leaves the OK out."""
    iccid_prefix: bool = True
    """Whether AT+CCID names itself in its answer; some modems write bare digits."""

    memories: tuple[str, ...] = ("SM",)
    """Where it keeps received messages: SM (on the SIM), ME (its own), SR (status reports)."""
    first_index: int = 1
    """The number of a memory's first place."""
    report_memory: str = "SM"
    """Where status reports are stored."""
    announces_reports_as: str = "SM"
    """The memory that it names when it has stored one."""

    def knows(self, command: str) -> bool:
        """Whether it has this command, given in upper case without AT."""
        return not command.startswith(self.refuses)


PROFILES = {
    "generic": Profile(),
    "huawei": Profile(
        manufacturer="huawei",
        model="E173",
        revision="11.126.85.00.209",
        boot=("^SIMST:1", "^SRVST:2", "^BOOT:27710117,0,0,0,75", "^MODE:5,4"),
        sim_out=("^SIMST:255",),
        sim_in=("^SIMST:1",),
        chatter=("^RSSI:14", "^MODE:5,4", "^DSFLOWRPT:0000000E,00000000,00000000", '^HCSQ:"WCDMA",46,40,50'),
        unknown_command="COMMAND NOT SUPPORT",
        # It lists mode 2 among its indications, and then refuses it.
        refuses=("+CNMI=2", "+CEREG", "+CCID", "+ICCID", "+CPINR"),
        first_index=0,
    ),
    "simcom": Profile(
        manufacturer="SIMCOM_Ltd",
        model="SIMCOM_SIM800L",
        revision="Revision:1418B05SIM800L24",
        chatter=('*PSNWID: "214","07"', "Call Ready", "+CSQN: 22,0", "+CREG: 1"),
        refuses=("+CEREG", "+CPINR", "+ICCID", "^"),
        iccid_prefix=False,
    ),
    "quectel": Profile(
        manufacturer="Quectel",
        model="EC25",
        revision="EC25EFAR06A01M4G",
        boot=("RDY", "+CPIN: READY", "+QUSIM: 1", "+CFUN: 1", "+QIND: SMS DONE", "+QIND: PB DONE"),
        sim_in=("+CPIN: READY", "+QUSIM: 1", "+QIND: SMS DONE"),
        chatter=('+QIND: "csq",22,99', "+QUSIM: 1", "+QIND: SMS DONE"),
        refuses=("+ICCID", "^"),
        memories=("SM", "ME", "SR"),
        first_index=0,
        # It stores them there, and announces them here.
        report_memory="SR",
    ),
    "wavecom": Profile(
        manufacturer="WAVECOM MODEM",
        model="MULTIBAND  900E  1800",
        revision="641b09gg.Q2403A 1320676 061804 14:38",
        boot=("+WIND: 3", "+WIND: 1", "+WIND: 7", "+WIND: 4"),
        # It says so by +WIND alone, which may be turned off.
        sim_out=(),
        sim_in=(),
        chatter=("+WIND: 4", "+WIND: 8"),
        refuses=("+CGREG", "+CEREG", "+CPINR", "+ICCID", "^"),
        without_ok=("+CPIN?",),
    ),
}
"""By the name that a person gives."""
