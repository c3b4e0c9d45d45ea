"""Measurements: each against its limit or a peer, in one run, interleaved, with what was written verified after."""
