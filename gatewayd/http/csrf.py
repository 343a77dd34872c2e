"""Whether a request that changes something was sent by a page of ours. Pure.

Two independent looks: what the browser says of where the request comes from, which scripts can't forge (Fetch Metadata,
https://www.w3.org/TR/fetch-metadata/; RFC 6454 for the older header), and a token that only our own pages can know.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.requests import Request

from gatewayd.access import csrf
from gatewayd.http.cookies import sign_in_word

_SAFE = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})  # RFC 9110 §9.2.1
#: ``none``: typed, or a bookmark.
_OURS = frozenset({"same-origin", "none"})


def comes_from_here(request: Request) -> bool:
    """Whether a request that changes something comes from this very origin; always, where it changes nothing.

    A browser that tells neither is taken at its token's word: plain HTTP off loopback has no Fetch Metadata.
    """
    if request.method in _SAFE:
        return True
    site = request.headers.get("sec-fetch-site")
    if site is not None and site not in _OURS:
        return False
    origin = request.headers.get("origin")
    return origin is None or urlsplit(origin).netloc == request.headers.get("host")


def new_sign_in_word(request: Request) -> str:
    """Return the word that the browser has for its sign-in form, or a new one, for ``cookies.keep_sign_in_word``."""
    return sign_in_word(request) or csrf.new_word()


def sign_in_token(word: str) -> str:
    """Return what the sign-in form carries."""
    return csrf.token_for(word)


def sign_in_token_matches(request: Request, token: str) -> bool:
    """Whether a sign-in form's ``token`` belongs to the browser that sends it."""
    word = sign_in_word(request)
    return word is not None and csrf.matches(word, token)
