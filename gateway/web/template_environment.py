"""A page's template environment has its own templates, the kit's under `web/`, and the reader's language."""

from collections.abc import Callable
from gettext import GNUTranslations

import aiohttp_jinja2
import jinja2
from aiohttp import web
from jinja2.runtime import Context

from gateway.web.translations import Translator


def setup(app: web.Application, kit: str, package: str, static: Callable[[str], str]) -> None:
    loader = jinja2.ChoiceLoader(
        [jinja2.PackageLoader(package), jinja2.PrefixLoader({"web": jinja2.PackageLoader(kit)})]
    )
    environment = aiohttp_jinja2.setup(
        app,
        loader=loader,
        extensions=["jinja2.ext.i18n"],
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.install_gettext_callables(_gettext, _ngettext, newstyle=True)  # type: ignore[attr-defined]
    environment.globals["static"] = static


@jinja2.pass_context
def _gettext(context: Context, message: str) -> str:
    """Newstyle gettext fills in the values, escaped. A macro that speaks is imported `with context`."""
    return _catalogue(context).gettext(message)


@jinja2.pass_context
def _ngettext(context: Context, singular: str, plural: str, n: int) -> str:
    return _catalogue(context).ngettext(singular, plural, n)


def _catalogue(context: Context) -> GNUTranslations:
    translator: Translator = context["translator"]
    return translator.catalogue
