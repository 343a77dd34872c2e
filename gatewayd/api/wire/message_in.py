"""A message as a client asks for it."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, PrivateAttr, StrictBool, Tag

from gatewayd.api.wire.template import FieldValues
from gatewayd.api.wire.types import Incoming, Instant, Reason
from gatewayd.message import Doubt, Order, Priority
from gatewayd.queue.draft import Draft

#: Most recipients of one object; more of them go into an array.
MAX_RECIPIENTS = 1_000

_PRIORITIES = {priority.label: priority for priority in Priority}


def _one_or_many(value: Any) -> str:
    return "many" if isinstance(value, list) else "one"


Recipients = Annotated[
    Annotated[str, Tag("one")]
    | Annotated[list[str], Field(min_length=1, max_length=MAX_RECIPIENTS), Tag("many")],
    Discriminator(_one_or_many),
]


class MessageIn(Incoming):
    """A message to send."""

    to: Recipients = Field(
        description="The recipient's number, best in E.164 such as `+34600123456`, or a list of them. "
        "Of a list, either all become messages or none."
    )
    text: str | None = Field(
        None,
        description="The text, in any language; long ones are sent in several parts. Required, unless there is a "
        "`template`.",
    )
    template: str | None = Field(
        None,
        min_length=1,
        max_length=40,
        description="Kind of the template to make the text with. It is the message's `type`, unless that is given.",
    )
    fields: FieldValues | None = Field(None, description="What to fill the template with, by name of field.")
    language: str | None = Field(
        None,
        min_length=2,
        max_length=16,
        description="In which language; the next best is taken where the template is not there in it.",
    )
    type: str = Field(
        "message",
        min_length=1,
        max_length=40,
        description="What kind of message it is to you, for searching: `otp`, `ra_opened` … Where it is one of "
        "`/v1/types`, that decides what is left out here.",
    )
    priority: Literal["emergency", "high", "normal", "bulk"] | None = Field(
        None,
        description="Which goes first when several wait. Left out: its type's priority, or else `normal`.",
    )
    send_at: Instant | None = Field(None, description="Not before this moment.")
    expires_at: Instant | None = Field(
        None, description="Not after this moment. Left out: its type's validity, or else the configured one."
    )
    encoding: Literal["auto", "gsm7", "ucs2"] = Field(
        "auto", description="`auto` takes the cheapest that fits."
    )
    transliterate: StrictBool = Field(
        False, description="Replace characters that the GSM alphabet lacks by usual ones, such as ł by l."
    )
    flash: StrictBool = Field(False, description="Class 0: shown at once, and not kept by the handset.")
    report: StrictBool = Field(False, description="Whether you want to be told of its delivery.")
    modem: str | None = Field(
        None, min_length=1, max_length=32, description="Send it through this modem only, by name."
    )
    reference: str | None = Field(
        None, min_length=1, max_length=100, description="Your own reference, for searching."
    )
    in_doubt: Literal["hold", "resend", "assume_sent"] | None = Field(
        None,
        description="What to do when nobody can know whether the network took it: leave that to a person, "
        "send it again and mark it as a possible duplicate, or take it as sent. Left out: your client's policy, or "
        "else `hold`.",
    )
    order: Literal["relaxed", "strict"] = Field(
        "relaxed",
        description="Whether later messages to the same number may pass it while it waits for a retry.",
    )

    secret: StrictBool = Field(
        False,
        description="Keep the text only until it is sent or given up, such as a code or a password. That of a type "
        "that is secret is not kept in any case. It can't be sent again by `retry`.",
    )

    _label: str | None = PrivateAttr(None)

    @property
    def asks_for_words(self) -> bool:
        """Whether it says how a template is to be filled in."""
        return self.fields is not None or self.language is not None

    def with_text(self, text: str, label: str | None) -> MessageIn:
        """Return it with a text that was made with the version ``label`` of its template."""
        changes = {"text": text}
        if "type" not in self.model_fields_set and self.template is not None:
            changes["type"] = self.template
        worded = self.model_copy(update=changes)
        worded._label = label
        return worded

    def recipients(self) -> list[str]:
        """Return the numbers, as written."""
        return [self.to] if isinstance(self.to, str) else self.to

    def draft(self, to: str) -> Draft:
        """Return the message for one of the recipients."""
        return Draft(
            to,
            self.text or "",
            self.type,
            None if self.priority is None else _PRIORITIES[self.priority],
            self.send_at,
            self.expires_at,
            self.encoding,
            self.transliterate,
            self.flash,
            self.report,
            self.modem,
            self.reference,
            None if self.in_doubt is None else Doubt(self.in_doubt),
            Order(self.order),
            self._label,
            self.secret,
        )

    def drafts(self) -> list[Draft]:
        """Return one message for each recipient."""
        return [self.draft(to) for to in self.recipients()]


class VerdictIn(Incoming):
    """What a person says of a message in doubt."""

    verdict: Literal["sent", "resend", "failed"] = Field(
        description="`sent`, `resend` (marked as a possible duplicate) or `failed`."
    )
    reason: Reason
