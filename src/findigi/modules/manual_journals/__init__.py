"""Manual journals: posting a draft, through the same choke point as any other movement."""

from findigi.modules.manual_journals.service import post_draft

__all__ = ["post_draft"]
