"""The business. Modules call only downwards, and only through each other's doors."""
