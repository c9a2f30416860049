"""Answers with a page: a body in its frame, or the body alone where htmx asks for it."""

from collections.abc import Mapping
from typing import Any, Final

import aiohttp_jinja2
from aiohttp import web

from gateway.web.languages import OWN_NAMES, PARAMETER, Language, chosen_language, remember_language
from gateway.web.translations import Translator

TRANSLATORS: Final = web.AppKey("web_translators", dict[Language, Translator])


def translator_of(request: web.Request) -> Translator:
    """What speaks the reader's language."""
    return request.app[TRANSLATORS][chosen_language(request)]


def page(request: web.Request, frame: str, body: str, context: Mapping[str, Any], status: int = 200) -> web.Response:
    """Render the template `body`, which `frame` includes. Whoever has no htmx gets the whole page each time."""
    partial = request.headers.get("HX-Request") == "true"
    translator = translator_of(request)
    known = {
        "translator": translator,
        "language": translator.language,
        "languages": _language_links(request),
        "partial": partial,
        "body": body,
    }
    text = aiohttp_jinja2.render_string(body if partial else frame, request, known | dict(context))
    response = web.Response(
        body=text.encode(errors="backslashreplace"),  # what is shown of a call may hold what is no character at all
        status=status,
        content_type="text/html",
        charset="utf-8",
    )
    remember_language(request, response)
    return response


def _language_links(request: web.Request) -> list[tuple[Language, str, str]]:
    """Each language, its own name, and this page's address in it."""
    return [(code, name, str(request.rel_url.update_query({PARAMETER: code}))) for code, name in OWN_NAMES.items()]
