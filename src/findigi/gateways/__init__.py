"""Gateways: one folder per outside system, each a Protocol, the real client and the sandbox one of the same shape."""
