"""The portal's pages besides those of operations: for the bar at the top, the manifest and the search index."""

from __future__ import annotations

from typing import Final

from findigi.modules.docs import Guide
from findigi.web.site import NavigationEntry

GUIDES: Final = (
    Guide("Overview", "/", "What FinDIGI offers, how to connect, and how complete this documentation is."),
    Guide("Explorer", "/docs/api", "Every operation by module, with a filter."),
    Guide("Sandbox guide", "/docs/sandbox", "From sign-in to the journal, one command at a time."),
    Guide("Error codes", "/docs/errors", "Every code with its cause, its fix and the operations that give it."),
)
"""Only pages that exist; the bar at the top shows them in this order."""

OVERVIEW, EXPLORER, SANDBOX, ERRORS = (guide.href for guide in GUIDES)
NAVIGATION: Final = tuple(NavigationEntry(guide.href, guide.href, guide.title) for guide in GUIDES)
