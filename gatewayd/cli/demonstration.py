"""What the demonstration does and says: its files, its messages, and what it prints while they leave."""

from __future__ import annotations

import os
import secrets
import shlex
import shutil
import socket
import sys
import textwrap
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import trio

from gatewayd.cli.connection import Api, Target, connect
from gatewayd.cli.options import Misused
from gatewayd.cli.output import words

#: How many ports are tried, from the wanted one on.
_PORTS = 20
#: Seconds between two looks at the feed.
_LOOK = 0.2
_CLIENT = "demo"
#: Who the demonstration signs in as, of those in its history; all have the same password.
_PERSON = "ana"

#: Fictitious people and events. One is urgent, one needs Polish letters, one is longer than a part.
_MESSAGES = (
    {"to": "+34600000001", "text": "Mañana de 2:00 a 4:00 habrá cortes por mantenimiento en Málaga."},
    {"to": "+351910000002", "text": "Avaria na ligação de Évora: a equipa está a caminho, previsão 15h30."},
    {
        "to": "+34600000003",
        "text": "La incidència del node de Girona està resolta. Gràcies per la paciència.",
    },
    {"to": "+48600000004", "text": "Łącze w Łodzi znów działa. Dziękujemy za cierpliwość!"},
    {
        "to": "+447400123456",
        "text": "Planned works on the northern ring tonight from 23:00 to 01:00. Circuits NR-104 to NR-118 run without "
        "protection meanwhile; please postpone your own works there. Questions: noc@example.org",
    },
    {
        "to": "+34600000006",
        "text": "URGENT: power failure at site Faro 2, on battery.",
        "priority": "emergency",
    },
)
_SETTLED = ("message.sent", "message.failed", "message.expired", "message.cancelled", "message.in_doubt")


@dataclass
class Stage:
    """The demonstration's files, and what it knows of its messages."""

    directory: Path
    address: str
    _token: str = ""
    _texts: dict[str, str] = field(default_factory=dict)
    _waiting: set[str] = field(default_factory=set)
    _cursor: int = 0
    _link: str = ""

    @property
    def config(self) -> Path:
        """The configuration, written anew at each start."""
        return self.directory / "gatewayd.toml"

    @property
    def ledger(self) -> Path:
        """What the simulated network took."""
        return self.directory / "ledger.jsonl"

    @property
    def log(self) -> Path:
        """The daemon's log."""
        return self.directory / "gatewayd.log"

    @property
    def is_new(self) -> bool:
        """Whether nothing has happened here yet."""
        return not self._database.exists()

    @property
    def _database(self) -> Path:
        return self.directory / "gatewayd.db"

    async def invent(self, messages: int) -> None:
        """Write a fictitious month into the new database."""
        from gatewayd.cli.fiction.month import Scale, make_history
        from gatewayd.config import load

        print(f"Inventing a month with {messages:,} messages …", flush=True)
        password = secrets.token_urlsafe(12)
        self._password.touch(mode=0o600)
        self._password.write_text(password)
        await make_history(load(self.config), Scale(messages, password))

    @property
    def _password(self) -> Path:
        return self.directory / "password"

    @property
    def url(self) -> str:
        """Where the API answers."""
        return f"http://{self.address}"

    async def play(self) -> None:
        """Make a token, send the messages over HTTP, and say what becomes of them until all are settled."""
        async with connect(Target(config=self.config), needs_daemon=True) as local:
            wanted = {"client": _CLIENT, "scopes": ["send", "read"], "name": "the demonstration"}
            self._token = (await local.post("/v1/tokens", wanted))["token"]
            if self._password.exists():
                wanted = {"reason": "the demonstration prints it"}
                link = await local.post(f"/v1/people/{_PERSON}/sign-in-link", wanted)
                self._link = link["path"]
        print(f"gatewayd answers on {self.url}, and two simulated phones are plugged in.\n", flush=True)
        async with self._api() as api:
            self._cursor = await _end_of_feed(api)
            for message in _MESSAGES:
                receipt = await api.post("/v1/messages", message)
                self._note(receipt["id"], message["to"], message["text"])
        print(
            f"{len(_MESSAGES)} messages are accepted and on disk. The phone sends them at its pace:",
            flush=True,
        )
        await self.follow(forever=False)
        print(self._what_next(), flush=True)

    async def follow(self, *, forever: bool) -> None:
        """Print what happens, until every message is settled, or for ever."""
        async with self._api() as api:
            while forever or self._waiting:
                page = await api.get("/v1/events", after=self._cursor)
                self._cursor = page["next"]
                for event in page["events"]:
                    await self._tell(api, event)
                await trio.sleep(_LOOK)

    def _api(self) -> Any:
        return connect(Target(url=self.url, token=self._token))

    def _note(self, message_id: str, to: str, text: str) -> None:
        self._texts[message_id] = f"{to:<14}  {textwrap.shorten(text, 60, placeholder=' …')}"
        self._waiting.add(message_id)

    async def _tell(self, api: Api, event: dict[str, Any]) -> None:
        message_id, kind = event["subject"], event["kind"]
        if not kind.startswith("message."):
            return
        if message_id not in self._texts:  # somebody tries the commands below
            message = await api.get(f"/v1/messages/{message_id}")
            self._note(message_id, message["to"], message["text"])
        if kind in _SETTLED:
            self._waiting.discard(message_id)
        if kind in (*_SETTLED, "message.retry"):
            print(
                f"  {words(event['at'])[11:]}  {kind.removeprefix('message.'):<9}  {self._texts[message_id]}",
                flush=True,
            )

    def _what_next(self) -> str:
        command = f"{_typed()} {{}} --config {shlex.quote(_nearby(self.config))}"
        example = '{"to": "+34600000007", "text": "Olá, mundo!"}'
        return f"""
All are sent. The gateway goes on until Ctrl-C. Meanwhile, in another terminal:

  curl -H 'Authorization: Bearer {self._token}' -H 'Content-Type: application/json' \\
       -d {shlex.quote(example)} {self.url}/v1/messages
  curl -H 'Authorization: Bearer {self._token}' {self.url}/v1/messages
  {command.format("messages list")}
  {command.format("modem list")}

{self._way_in()}
  ready?    {self.url}/readyz
  metrics   {self.url}/metrics
  the API   {self.url}/openapi.json
  ledger    {self.ledger}   what the simulated network took
  log       {self.log}
  settings  {self.config}
"""

    def _way_in(self) -> str:
        """How to come to the pages, where there is somebody."""
        if not self._password.exists():
            return f"  pages     {self.url}/admin/   the log has the link that makes the first person"
        return f"""\
  pages     {self.url}{self._link}   signs in, once, within ten minutes
            {self.url}/admin/   then, as {_PERSON} with the password {self._password.read_text()}"""


def _typed() -> str:
    """How to call gatewayd from here."""
    program = Path(sys.argv[0])
    return "gatewayd" if shutil.which("gatewayd") == str(program) else shlex.quote(_nearby(program))


def _nearby(path: Path) -> str:
    """The path as one would type it here."""
    relative = os.path.relpath(path)
    return str(path) if relative.startswith("..") else relative


async def _end_of_feed(api: Api) -> int:
    cursor: int = 0
    while True:
        page = await api.get("/v1/events", after=cursor, limit=1000)
        if page["next"] == cursor:
            return cursor
        cursor = page["next"]


def prepare(directory: Path, port: int, interval: float) -> Stage:
    """Make the directory and the configuration in it. Raises Misused where it can't be made."""
    try:
        directory.mkdir(parents=True, exist_ok=True)
        stage = Stage(directory, f"127.0.0.1:{_free_port(port)}")
        stage.config.write_text(_configuration(stage, interval))
    except OSError as error:
        raise Misused(f"the demonstration can't be set up in {directory}: {error.strerror}") from error
    return stage


def _configuration(stage: Stage, interval: float) -> str:
    return f"""\
# The demonstration's configuration, written anew at each start.
[store]
url = "sqlite:///{stage.directory}/gatewayd.db"
[api]
bind = ["{stage.address}"]
[web]
timezone = "Europe/Madrid"
[batches]
approval_above = 100
[prices]
default = 0.06
countries = {{ ES = 0.045, PT = 0.05 }}
[webhooks]
# Where nobody listens, so that there is a webhook that fails.
allow = ["127.0.0.1"]
{"".join(_modem(name, stage, interval) for name in ("phone1", "phone2"))}"""


def _modem(name: str, stage: Stage, interval: float) -> str:
    return f"""\
[[modem]]
name = "{name}"
driver = "simulator"
interval = {interval}
[modem.simulator]
latency = 0.5
reports = true
report_after = 3.0
ledger = "{stage.ledger}"
"""


def _free_port(wanted: int) -> int:
    for port in range(wanted, wanted + _PORTS):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise Misused(
        f"the ports from {wanted} to {wanted + _PORTS - 1} are all taken: choose another with --port"
    )
