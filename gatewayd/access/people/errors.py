"""Why somebody is not let in, or not allowed to go on."""

from __future__ import annotations

from gatewayd.errors import GatewaydError


class SignInRefused(GatewaydError):
    """Name, password or code is wrong, or there were too many attempts."""

    code = "sign_in_refused"

    def __init__(self, retry_after: int = 0) -> None:
        words = f"too many attempts: try again in {retry_after} s" if retry_after else None
        super().__init__(words)
        self.retry_after = retry_after
        """Seconds to wait before the next attempt is looked at; 0: none."""


class CodeNeeded(GatewaydError):
    """The password is right; the code of the second factor is needed as well."""

    code = "code_needed"

    def __init__(self, ticket: str) -> None:
        super().__init__()
        self.ticket = ticket
        """For ``People.finish_sign_in``, within five minutes."""


class NotSignedIn(GatewaydError):
    """There is no such session, or it has ended: sign in."""

    code = "not_signed_in"


class ProofNeeded(GatewaydError):
    """This needs the password once more: it was given too long ago."""

    code = "proof_needed"


class FirstStartOver(GatewaydError):
    """This link is used up, too old, or of an earlier start; each start prints a new one while there is nobody."""

    code = "first_start_over"
