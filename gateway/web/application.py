"""The application of one page is made with everything that every page has, and mounted by its owner under a prefix."""

from aiohttp import web
from aiohttp.typedefs import Handler

from gateway.web import policy_headers, static_files, template_environment
from gateway.web.pages import TRANSLATORS
from gateway.web.same_site import refuse_other_sites
from gateway.web.translations import load_translators

KIT: str = __package__ or "gateway.web"


def page_application(prefix: str, package: str, refuse: Handler) -> web.Application:
    """Make the application; the caller adds its routes and mounts it with `add_subapp(prefix, …)`.

    `package` brings the page's folders templates, static and locale. `refuse` answers a form that another site sent:
    only the page knows what it has not done, and says so in its own words.

    A subapplication has its own misses, too: an address under the prefix that leads nowhere is answered with the policy
    headers on it.
    """
    app = web.Application(middlewares=[refuse_other_sites(refuse)])
    app[TRANSLATORS] = load_translators(KIT, package)
    policy_headers.setup(app)
    template_environment.setup(app, KIT, package, static_files.setup(app, prefix, KIT, package))
    return app
