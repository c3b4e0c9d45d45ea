"""The portal's pages as Litestar handlers.

How the program puts them in::

    from findigi.web import pages

    runtime.provide(docs.build(ENDPOINTS, base_url=settings.public_url, guides=pages.GUIDES))
    Litestar(
        route_handlers=[…, *pages.handlers(runtime)],
        exception_handlers=pages.failures(runtime),      # HTML for unknown addresses and for our own faults
        …
    )

Nothing else is needed: templates, files with hashed addresses, packing, ETag and security headers are these
handlers' own business, so that the API's answers do not pay for them.
"""

from findigi.web.pages.guides import GUIDES
from findigi.web.pages.portal import failures, handlers

__all__ = ["GUIDES", "failures", "handlers"]
