"""The search of sent messages: what is typed in the form, and the question that it asks.

The form is the one that the operators of a customer service know (requirements G18 to G26): a period with both ends,
a status, a type. Further fields narrow it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final
from urllib.parse import urlencode

from gatewayd.errors import InvalidRequest
from gatewayd.http.paging import decode_cursor
from gatewayd.message import State
from gatewayd.phone import PhoneError, parse
from gatewayd.queue.view import Query
from gatewayd.web.formats import NoDate
from gatewayd.web.forms import Form
from gatewayd.web.page import Visit
from gatewayd.web.words import N_

#: The longest period of one search, in days: a year with its leap day.
LONGEST: Final = 366
#: What the form is preset with: so many days, today included.
PRESET: Final = 7

STATUSES: Final = (("all", N_("All")), ("not_sent", N_("Not sent")), ("sent", N_("Sent")))
#: What the page of errors is preset with: what will not be sent any more, or needs a person.
TROUBLED: Final = (State.FAILED, State.EXPIRED, State.UNDELIVERED, State.IN_DOUBT)
FIELDS: Final = ("since", "until", "status", "type", "state", "recipient", "reference", "q", "client")


@dataclass(frozen=True, slots=True)
class Asked:
    """A form, and the question that it asks: none where something is wrong, or nothing was asked."""

    form: Form
    query: Query | None

    def address(self, path: str, **changes: str) -> str:
        """``path`` with everything that was asked, for links that lead here again."""
        values = {name: self.form.get(name) for name in FIELDS if self.form.get(name)} | changes
        return f"{path}?{urlencode(values)}" if values else path


def asked(visit: Visit, *, states: tuple[State, ...] = ()) -> Asked:
    """Read the search out of the page's address; preset where nothing was asked.

    Args:
        visit: whose address.
        states: what is looked for where no state is chosen; none: everything.
    """
    typed = {name: visit.request.query_params.get(name, "").strip() for name in FIELDS}
    if "blank" in visit.request.query_params:
        return Asked(Form({"status": "all"}), None)
    if not any(typed[name] for name in ("since", "until")) and "search" not in visit.request.query_params:
        typed |= _preset(visit)
    form = Form(typed)
    since, until = _period(visit, form)
    query = Query(
        since=visit.formats.start_of(since) if since else None,
        until=visit.formats.end_of(until) if until else None,
        status=_choice(visit, form, "status", [value for value, _ in STATUSES]) or "all",
        states=_states(visit, form) or states,
        type=typed["type"] or None,
        recipient=_recipient(visit, form),
        reference=typed["reference"] or None,
        text=typed["q"] or None,
        client=typed["client"] or None,
        limit=visit.services.settings.rows,
    )
    if cursor := visit.request.query_params.get("after"):
        query = replace(query, after=decode_cursor(cursor))
    return Asked(form, None if form.errors else query)


def _preset(visit: Visit) -> Mapping[str, str]:
    today = visit.formats.day_of(visit.services.clock.now())
    return {
        "since": visit.formats.day(today - timedelta(days=PRESET - 1)),
        "until": visit.formats.day(today),
    }


def _period(visit: Visit, form: Form) -> tuple[date | None, date | None]:
    since, until = _date(visit, form, "since"), _date(visit, form, "until")
    if since and until:
        if until < since:
            form.errors["until"] = visit.say("The period ends before it begins.")
        elif (until - since).days >= LONGEST:
            form.errors["until"] = visit.say("A search covers %(days)s days at most.", days=LONGEST)
    return since, until


def _date(visit: Visit, form: Form, name: str) -> date | None:
    typed = form.get(name)
    if not typed:
        form.errors[name] = visit.say("This is needed.")
        return None
    try:
        return visit.formats.read_date(typed)
    except NoDate:
        form.errors[name] = visit.say(
            "There is no such day. Write it as %(hint)s.", hint=visit.formats.date_hint
        )
        return None


def _choice(visit: Visit, form: Form, name: str, choices: list[str]) -> str | None:
    typed = form.get(name)
    if typed and typed not in choices:
        form.errors[name] = visit.say("This is none of the choices.")
        return None
    return typed or None


def _states(visit: Visit, form: Form) -> tuple[State, ...]:
    shown = [str(state) for state in State if state is not State.STAGED]
    chosen = _choice(visit, form, "state", shown)
    return (State(chosen),) if chosen else ()


def _recipient(visit: Visit, form: Form) -> str | None:
    typed = form.get("recipient")
    if not typed:
        return None
    try:
        return parse(typed, visit.services.region).e164
    except (PhoneError, InvalidRequest):
        form.errors["recipient"] = visit.say("This is no telephone number. Write it as +34600000001.")
        return None
