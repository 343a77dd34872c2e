"""The cookies of the pages: one that signs in, and one of the sign-in form.

Over TLS their names begin with ``__Host-``: browsers take such a cookie from this very host only, over TLS, for all
paths (RFC 6265bis §4.1.3.2), so that no neighbouring host can plant one. Both are out of the reach of scripts, and
are not sent when another site's page makes a request. A link from there may lead to a page all the same (``Lax``,
not ``Strict``): alerts link to messages, and what changes anything looks at more than cookies (``http/csrf.py``).
"""

from __future__ import annotations

from typing import Final

from starlette.requests import Request
from starlette.responses import Response

_SESSION: Final = "gatewayd"
_SIGN_IN: Final = "gatewayd-sign-in"


def session_token(request: Request) -> str | None:
    """Return the token of the session that the browser is in; None: it is in none."""
    return request.cookies.get(_named(_SESSION, request)) or None


def keep_session(response: Response, request: Request, token: str) -> None:
    """Let the browser be in the session of ``token``, until it is closed or the session ends."""
    _set(response, request, _SESSION, token)


def clear_session(response: Response, request: Request) -> None:
    """Let the browser forget its session."""
    _set(response, request, _SESSION, "", max_age=0)


def sign_in_word(request: Request) -> str | None:
    """Return the word that the sign-in form's token is derived from; None: the browser has none."""
    return request.cookies.get(_named(_SIGN_IN, request)) or None


def keep_sign_in_word(response: Response, request: Request, word: str) -> None:
    """Let the browser keep the word of its sign-in form."""
    _set(response, request, _SIGN_IN, word)


def _named(name: str, request: Request) -> str:
    return f"__Host-{name}" if _is_secure(request) else name


def _is_secure(request: Request) -> bool:
    return request.url.scheme == "https"


def _set(response: Response, request: Request, name: str, value: str, max_age: int | None = None) -> None:
    response.set_cookie(
        _named(name, request),
        value,
        max_age=max_age,
        path="/",
        secure=_is_secure(request),
        httponly=True,
        samesite="lax",
    )
