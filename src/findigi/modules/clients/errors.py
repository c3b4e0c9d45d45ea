"""What clients says no with."""

from __future__ import annotations

from findigi.kernel.errors import InvalidState


class LastOwner(InvalidState):
    """409: a workspace always has an owner."""

    cause = "This is the workspace's last owner, who can be neither removed nor given another role."
    fix = "Make another member owner first."
