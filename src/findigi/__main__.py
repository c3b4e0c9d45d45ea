"""`python -m findigi`."""

from findigi.cli import main

main()
