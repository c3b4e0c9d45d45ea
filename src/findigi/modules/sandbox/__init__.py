"""Sandbox: what an outside party would do or see, by call. Test mode only, and never where it says production.

Owns nothing: it reads the sandbox mailbox of the mail gateway.
"""

from findigi.modules.sandbox.routes import endpoints

__all__ = ["endpoints"]
