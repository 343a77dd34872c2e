"""Statements on webhooks. Private to this package."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import (
    Boolean,
    Integer,
    String,
    and_,
    bindparam,
    column,
    delete,
    func,
    insert,
    select,
    table,
    update,
)

from gatewayd.store.prepared import Prepared
from gatewayd.webhooks.tables import dead_letter, webhook

#: Of another package, and known by name only: whose webhook it is.
_client = table("client", column("id", Integer), column("name", String), column("disabled", Boolean))

#: What a courier writes, and nobody else but by a new generation.
PROGRESS: Final = (
    "enabled",
    "disabled_reason",
    "cursor",
    "tries",
    "next_try_at",
    "waiting_since",
    "failures",
    "failing_since",
    "breaker_until",
    "last_success_at",
    "last_failure_at",
    "last_status",
    "last_error",
)
#: What a person or a program changes.
GIVEN: Final = (
    "url",
    "description",
    "events",
    "clients",
    "include_text",
    "sees_inbox",
    "secret",
    "old_secret",
    "old_secret_until",
    "updated_at",
)

_dead: Any = (
    select(func.count())
    .select_from(dead_letter)
    .where(dead_letter.c.webhook_id == webhook.c.id)
    .scalar_subquery()
)
_with_client = select(
    webhook,
    _client.c.name.label("client"),
    func.coalesce(_client.c.disabled, False).label("client_disabled"),
    _dead.label("dead_letters"),
).join_from(webhook, _client, _client.c.id == webhook.c.client_id, isouter=True)

insert_webhook = Prepared(
    insert(webhook).values({each: bindparam(each.name) for each in webhook.c if each.name != "id"})
)
find = Prepared(_with_client.where(webhook.c.public_id == bindparam("public_id")))
load = Prepared(_with_client.where(webhook.c.id == bindparam("id")))
every = Prepared(_with_client.order_by(webhook.c.id))
of_client = Prepared(_with_client.where(webhook.c.client_id == bindparam("client_id")).order_by(webhook.c.id))
enabled_ids = Prepared(select(webhook.c.id).where(webhook.c.enabled).order_by(webhook.c.id))
count_of_client = Prepared(
    select(func.count())
    .select_from(webhook)
    .where(webhook.c.client_id.is_not_distinct_from(bindparam("client_id")))
)
change = Prepared(
    update(webhook)
    .where(webhook.c.id == bindparam("b_id"))
    .values(
        generation=webhook.c.generation + bindparam("b_touched"),
        **{name: bindparam(name) for name in GIVEN + PROGRESS},
    )
)
save = Prepared(
    update(webhook)
    .where(webhook.c.id == bindparam("b_id"), webhook.c.generation == bindparam("b_generation"))
    .values({name: bindparam(name) for name in PROGRESS})
)
sealed = Prepared(select(webhook.c.id, webhook.c.public_id, webhook.c.secret, webhook.c.old_secret))
reseal = Prepared(
    update(webhook)
    .where(webhook.c.id == bindparam("b_id"))
    .values(secret=bindparam("b_secret"), old_secret=bindparam("b_old_secret"))
)
remove = Prepared(delete(webhook).where(webhook.c.id == bindparam("id")))

client_number = Prepared(select(_client.c.id).where(_client.c.name == bindparam("name")))
client_names = Prepared(select(_client.c.id, _client.c.name))

_of_webhook = dead_letter.c.webhook_id == bindparam("webhook_id")
_this_one = and_(_of_webhook, dead_letter.c.seq == bindparam("seq"))
insert_dead = Prepared(
    insert(dead_letter)
    .prefix_with("OR REPLACE")
    .values({each: bindparam(each.name) for each in dead_letter.c})
)
dead_after = Prepared(
    select(dead_letter)
    .where(_of_webhook, dead_letter.c.seq > bindparam("after"))
    .order_by(dead_letter.c.seq)
    .limit(bindparam("limit", required=True))
)
find_dead = Prepared(select(dead_letter).where(_this_one))
next_wanted = Prepared(
    select(dead_letter)
    .where(_of_webhook, dead_letter.c.wanted_at.is_not(None))
    .order_by(dead_letter.c.seq)
    .limit(1)
)
want = Prepared(
    update(dead_letter)
    .where(dead_letter.c.webhook_id == bindparam("b_webhook_id"), dead_letter.c.seq == bindparam("b_seq"))
    .values(wanted_at=bindparam("b_at", type_=dead_letter.c.wanted_at.type))
)
want_all = Prepared(
    update(dead_letter)
    .where(dead_letter.c.webhook_id == bindparam("b_webhook_id"))
    .values(wanted_at=bindparam("b_at", type_=dead_letter.c.wanted_at.type))
)
tried_again = Prepared(
    update(dead_letter)
    .where(dead_letter.c.webhook_id == bindparam("b_webhook_id"), dead_letter.c.seq == bindparam("b_seq"))
    .values(
        tries=dead_letter.c.tries + 1,
        status=bindparam("b_status"),
        error=bindparam("b_error"),
        wanted_at=None,
    )
)
remove_dead = Prepared(delete(dead_letter).where(_this_one))
remove_all_dead = Prepared(delete(dead_letter).where(_of_webhook))
forget_dead = Prepared(delete(dead_letter).where(dead_letter.c.died_at < bindparam("before")))
