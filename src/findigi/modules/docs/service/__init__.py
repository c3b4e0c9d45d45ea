"""How the documentation is made."""

from findigi.modules.docs.service.build import Documentation, build
from findigi.modules.docs.service.markdown import operation_markdown
from findigi.modules.docs.service.openapi import TITLE

__all__ = ["TITLE", "Documentation", "build", "operation_markdown"]
