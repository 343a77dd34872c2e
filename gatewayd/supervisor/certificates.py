"""The certificates of `[api]` and `[admin]`: read at the start, at SIGHUP, and when their files change."""

from __future__ import annotations

import trio

from gatewayd.config import Config
from gatewayd.http.settings import AdminSettings, ApiSettings
from gatewayd.http.tls import Certificate


class Certificates:
    """All certificates of a configuration; the same files are one certificate."""

    def __init__(self, config: Config) -> None:
        self._by_files: dict[tuple[object, object], Certificate] = {}
        self.api = self._of(config.api)
        self.admin = self._of(config.admin)

    def _of(self, section: ApiSettings | AdminSettings) -> Certificate | None:
        if section.certificate is None or section.key is None:
            return None
        return self._by_files.setdefault(
            (section.certificate, section.key), Certificate(section.certificate, section.key)
        )

    def load(self) -> None:
        """Read them for the first time. Raises CertificateUnusable."""
        for certificate in self._by_files.values():
            certificate.load()

    async def reload(self) -> None:
        """Read them again; what can't be used changes nothing, and is said."""
        for certificate in self._by_files.values():
            await certificate.reload()

    async def run(self, *, task_status: trio.TaskStatus[None]) -> None:
        """Reload each when its files change, until cancelled."""
        async with trio.open_nursery() as nursery:
            for certificate in self._by_files.values():
                nursery.start_soon(certificate.run)
            task_status.started()
