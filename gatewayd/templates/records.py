"""Every statement on templates, built once."""

from __future__ import annotations

from sqlalchemy import and_, bindparam, insert, literal_column, select, update

from gatewayd.store.prepared import Prepared
from gatewayd.templates.tables import template, template_version

_ACTIVE = template.c.active == literal_column("1")
_whole = select(
    template.c.kind,
    template.c.channel,
    template.c.language,
    template_version,
).join_from(template, template_version, template.c.id == template_version.c.template_id)
_in_force = template_version.c.version == template.c.version
_here = and_(
    template.c.kind == bindparam("kind"),
    template.c.channel == bindparam("channel"),
    template.c.language == bindparam("language"),
)

every = Prepared(
    _whole.where(_in_force, _ACTIVE).order_by(template.c.kind, template.c.channel, template.c.language)
)
find = Prepared(_whole.where(_in_force, _ACTIVE, _here))
version = Prepared(_whole.where(_here, template_version.c.version == bindparam("version")))
versions = Prepared(_whole.where(_here).order_by(template_version.c.version.desc()))

#: Deleted ones too: their versions go on counting when they come back.
place = Prepared(select(template).where(_here))
insert_template = Prepared(insert(template))
insert_version = Prepared(insert(template_version))
set_version = Prepared(
    update(template)
    .where(template.c.id == bindparam("b_id"))
    .values(version=bindparam("b_version"), active=bindparam("b_active"))
)
