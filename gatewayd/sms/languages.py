"""The national languages that SMS has 7-bit tables for."""

from __future__ import annotations

import enum


class NationalLanguage(enum.Enum):
    """A national language by its identifier (3GPP TS 23.038 §6.2.1.2.4) and its ISO 639-1 code."""

    TURKISH = (1, "tr")
    SPANISH = (2, "es")
    PORTUGUESE = (3, "pt")
    BENGALI = (4, "bn")
    GUJARATI = (5, "gu")
    HINDI = (6, "hi")
    KANNADA = (7, "kn")
    MALAYALAM = (8, "ml")
    ORIYA = (9, "or")
    PUNJABI = (10, "pa")
    TAMIL = (11, "ta")
    TELUGU = (12, "te")
    URDU = (13, "ur")

    @property
    def identifier(self) -> int:
        """The National Language Identifier, as in the user data header."""
        return self.value[0]

    @property
    def code(self) -> str:
        """The ISO 639-1 code: what configuration and API call it."""
        return self.value[1]

    @classmethod
    def of_code(cls, code: str) -> NationalLanguage:
        """The language with that ISO 639-1 code. Raises KeyError for one that SMS has no table for."""
        return _BY_CODE[code]

    @classmethod
    def of_identifier(cls, identifier: int) -> NationalLanguage | None:
        """The language with that identifier; None for a reserved one."""
        return _BY_IDENTIFIER.get(identifier)


_BY_CODE = {language.code: language for language in NationalLanguage}
_BY_IDENTIFIER = {language.identifier: language for language in NationalLanguage}
