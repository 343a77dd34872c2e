"""Filling templates: what every one of them can say, and the headers that a page has."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from jinja2 import Environment, PackageLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from markupsafe import Markup
from starlette.responses import Response

from gatewayd import __version__
from gatewayd.web import assets, charts, words
from gatewayd.web.advice import advice
from gatewayd.web.menu import menu_of
from gatewayd.web.notices import NOTICES
from gatewayd.web.texts import LANGUAGES

if TYPE_CHECKING:
    from gatewayd.web.page import Visit

#: Nothing from elsewhere, nothing inline, in no frame, no form to another place.
_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_HEADERS: Final = {"content-security-policy": _POLICY, "cache-control": "no-store", "vary": "cookie"}
_THEMES: Final = ("light", "dark")


class Renderer:
    """The templates of ``templates/``; one object for the whole process."""

    def __init__(self) -> None:
        self._environment = Environment(
            loader=PackageLoader("gatewayd.web"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            extensions=["jinja2.ext.i18n", "jinja2.ext.do"],
            auto_reload=False,
        )
        self._environment.globals.update(
            asset=assets.url,
            icon=_icon,
            charts=charts,
            words=words,
            advice=advice,
            languages=LANGUAGES,
            version=__version__,
        )
        # The visitor's language lies in the context: one environment, and its compiled templates, serve all.
        self._environment.install_gettext_callables(  # type: ignore[attr-defined]  # the i18n extension's
            _gettext, _ngettext, newstyle=True
        )

    def response(self, visit: Visit, template: str, status: int, context: Mapping[str, Any]) -> Response:
        """The page, or a part of one, as an answer."""
        return Response(
            self.text(visit, template, context), status, _HEADERS, media_type="text/html; charset=utf-8"
        )

    def text(self, visit: Visit, template: str, context: Mapping[str, Any]) -> str:
        """The template's text for one visit."""
        request = visit.request
        theme = request.cookies.get("theme")
        notice = NOTICES.get(request.query_params.get("notice", ""))
        return self._environment.get_template(template).render(
            {
                "visit": visit,
                "f": visit.formats,
                "tongue": visit.formats.tongue,
                "now": visit.services.clock.now(),
                "theme": theme if theme in _THEMES else None,
                "here": request.url.path,
                "permalink": str(request.url),
                "csrf": visit.session.csrf if visit.session else "",
                "menu": menu_of(visit),
                "notice": notice,
                **context,
            }
        )


def _icon(name: str) -> Markup:
    """One of ``icons.svg``; hidden from readers of the screen, since a text stands beside it."""
    return Markup('<svg class="icon" aria-hidden="true"><use href="{}#{}"/></svg>').format(
        assets.url("icons.svg"), name
    )


@pass_context
def _gettext(context: Context, text: str) -> str:
    said: str = context["tongue"].say(text)
    return said


@pass_context
def _ngettext(context: Context, one: str, many: str, number: int) -> str:
    said: str = context["tongue"].count(one, many, number)
    return said
