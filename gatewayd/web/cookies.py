"""The two cookies of the pages: of the session, and of a visitor who is about to sign in."""

from __future__ import annotations

from typing import Final

from starlette.requests import Request
from starlette.responses import Response

#: ``__Host-`` makes a browser refuse one that was set by another host, or without TLS (RFC 6265bis §4.1.3.2).
_SECURE_PREFIX: Final = "__Host-"
_SESSION: Final = "gatewayd"
_VISITOR: Final = "gatewayd-visitor"


def session_token(request: Request) -> str | None:
    """The token of the visitor's session, as the browser sent it."""
    return request.cookies.get(_name(_SESSION, request))


def keep_session(request: Request, response: Response, token: str) -> None:
    """Let the browser hold a session's token, until it is closed; the session itself may end sooner."""
    _set(request, response, _SESSION, token)


def drop_session(request: Request, response: Response) -> None:
    """Let the browser forget the session."""
    response.delete_cookie(
        _name(_SESSION, request), path="/", secure=_is_secure(request), httponly=True, samesite="lax"
    )


def visitor_word(request: Request) -> str | None:
    """The word that the sign-in form's token belongs to."""
    return request.cookies.get(_name(_VISITOR, request))


def keep_visitor(request: Request, response: Response, word: str) -> None:
    """Let the browser hold the word for the sign-in form."""
    _set(request, response, _VISITOR, word)


def _set(request: Request, response: Response, kind: str, value: str) -> None:
    # Lax: a link in a mail or an alert opens the page that it names. What changes anything is a POST with a token.
    response.set_cookie(
        _name(kind, request), value, path="/", secure=_is_secure(request), httponly=True, samesite="lax"
    )


def _name(kind: str, request: Request) -> str:
    return f"{_SECURE_PREFIX}{kind}" if _is_secure(request) else kind


def _is_secure(request: Request) -> bool:
    return request.url.scheme == "https"
