"""Operations: the state machine of every movement of money, and the one choke point that carries them out."""

from findigi.modules.ledger import REFUSALS
from findigi.modules.operations.errors import CurrencyMismatch
from findigi.modules.operations.model import Movement, Operation, Type
from findigi.modules.operations.schemas import (
    EXAMPLE,
    EXAMPLE_FUNDING,
    EXAMPLE_JOURNAL,
    OperationItem,
    created_answer,
    item_of,
)
from findigi.modules.operations.service import Shown, execute, execute_within, read_operation

__all__ = [
    "EXAMPLE",
    "EXAMPLE_FUNDING",
    "EXAMPLE_JOURNAL",
    "REFUSALS",
    "CurrencyMismatch",
    "Movement",
    "Operation",
    "OperationItem",
    "Shown",
    "Type",
    "created_answer",
    "execute",
    "execute_within",
    "item_of",
    "read_operation",
]
