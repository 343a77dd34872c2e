"""Tokens that a form carries, so that no other site can send it in a person's name. Pure.

A token is derived from what the browser holds in its cookie and another site can't read: of a session its token,
before signing in a random word of its own. Nothing is stored, and a restart changes nothing. Which requests are looked
at, and what browsers themselves say of where a request comes from, is ``http/origin.py``'s business.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets


def new_word() -> str:
    """Return what the sign-in form's cookie holds, while there is no session."""
    return secrets.token_urlsafe(32)


def token_for(word: str) -> str:
    """Return the token that belongs to a cookie's value; the value can't be had from it."""
    return hmac.new(word.encode(errors="surrogatepass"), b"gatewayd csrf", hashlib.sha256).hexdigest()


def matches(word: str, token: str) -> bool:
    """Whether a form's ``token`` belongs to the cookie's value; takes as long wherever they differ."""
    return hmac.compare_digest(token_for(word).encode(), token.encode(errors="surrogatepass"))
