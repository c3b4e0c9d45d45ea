"""FinDIGI: a multi-currency business account with a crypto treasury beside it."""

__version__ = "0.1.0"
