"""The web floor: the pages that people see. It asks modules through their doors and keeps no data of its own."""
