"""Internal transfers: money from one wallet to another, of the same workspace or of another one."""

from findigi.modules.transfers.service import NewTransfer, transfer, transfer_within

__all__ = ["NewTransfer", "transfer", "transfer_within"]
