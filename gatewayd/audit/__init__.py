"""Who did what, when, to what and why: written once, never changed."""

from __future__ import annotations

from gatewayd.audit.chain import START, Head, follow, head
from gatewayd.audit.trail import Entry, page, record

__all__ = ["START", "Entry", "Head", "follow", "head", "page", "record"]
