"""Mail: what leaves this house by email, through SMTP or into the sandbox mailbox.

A mail is written in the transaction that causes it (`post`), and sent by a worker after the commit (`jobs`).
"""

from findigi.gateways.mail.message import Mail, MailNotConfigured, MailRefusedError, MailSender, MailUnreachableError
from findigi.gateways.mail.outbox import check_configured, forget_old, jobs, post, sender_for
from findigi.gateways.mail.smtp import SmtpSender
from findigi.gateways.mail.store import Kept, SandboxMailbox, list_kept

__all__ = [
    "Kept",
    "Mail",
    "MailNotConfigured",
    "MailRefusedError",
    "MailSender",
    "MailUnreachableError",
    "SandboxMailbox",
    "SmtpSender",
    "check_configured",
    "forget_old",
    "jobs",
    "list_kept",
    "post",
    "sender_for",
]
