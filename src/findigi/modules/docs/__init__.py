"""The documentation: what this API offers, as an OpenAPI document, as data for pages, and how complete it is.

It owns nothing in the database. It promises that what is shown comes from the declarations that serve the requests.

How the program puts it together, once per process and before the first request::

    from findigi.modules import docs
    from findigi.modules.docs.routes import routes as docs_routes

    endpoints = [*docs_routes, *auth_routes, …]                      # every module's, docs' own among them
    runtime.provide(docs.build(endpoints, base_url=settings.public_url, guides=web.GUIDES))

The three operations and the portal's pages read it with `runtime.part(docs.Documentation)`.
"""

from findigi.modules.docs.model import (
    AnswerExample,
    Catalogue,
    Check,
    CodeRow,
    ErrorRow,
    Guide,
    Health,
    Module,
    Operation,
    Parameter,
    Sample,
    SearchRow,
)
from findigi.modules.docs.service import Documentation, build, operation_markdown

__all__ = [
    "AnswerExample",
    "Catalogue",
    "Check",
    "CodeRow",
    "Documentation",
    "ErrorRow",
    "Guide",
    "Health",
    "Module",
    "Operation",
    "Parameter",
    "Sample",
    "SearchRow",
    "build",
    "operation_markdown",
]
