"""A defect in a page is answered with a page, in the visitor's language."""

from __future__ import annotations

import pytest

from gatewayd.queue.service import Queue

from .conftest import Pages, said


async def test_defect_in_a_page_is_answered_with_a_page(
    pages: Pages, monkeypatch: pytest.MonkeyPatch
) -> None:
    ana = await pages.signed_in()

    async def broken(*_args: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(Queue, "find", broken)
    answer = await ana.get("/admin/messages")
    assert (answer.status_code, answer.headers["content-type"]) == (500, "text/html; charset=utf-8")
    assert "Something went wrong here" in said(answer)
    assert answer.headers["x-request-id"]
    assert "default-src 'none'" in answer.headers["content-security-policy"]
