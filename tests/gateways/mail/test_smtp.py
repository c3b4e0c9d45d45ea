"""The SMTP client against a real SMTP server."""

from __future__ import annotations

import ssl
from collections.abc import Generator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import default
from ipaddress import ip_address
from pathlib import Path
from typing import Any, cast

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from tests.support import free_port

from findigi.gateways.mail import Mail, MailRefusedError, MailUnreachableError, SmtpSender
from findigi.kernel import ids

# aiosmtpd does not see that its socket is TLS from the first byte, and warns of what is not so
UNDER_TLS = pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")
FROM = "finDIGI <no-reply@findigi.example>"


def letter(to: str = "alex@example.com") -> Mail:
    at = datetime(2026, 4, 10, 18, tzinfo=UTC)
    return Mail(id=ids.new_id(), to=to, subject="Grüße: 482913", text="Your code is\n\n    482913\n", at=at)


class Post:
    """Keeps what it is given; answers as told."""

    def __init__(self, rcpt: str = "250 OK", data: str = "250 OK") -> None:
        self.rcpt = rcpt
        self.data = data
        self.messages: list[EmailMessage] = []
        self.users: list[bytes] = []

    async def handle_RCPT(self, _s: SMTP, _session: Any, envelope: Envelope, address: str, _o: list[str]) -> str:  # noqa: N802 -- aiosmtpd's name
        if self.rcpt.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.rcpt

    async def handle_DATA(self, _server: SMTP, _session: Any, envelope: Envelope) -> str:  # noqa: N802 -- aiosmtpd's name
        content = cast("bytes", envelope.content)
        self.messages.append(BytesParser(policy=default).parsebytes(content))
        return self.data

    def authenticate(self, _s: SMTP, _session: Any, _e: Envelope, _mechanism: str, auth_data: Any) -> AuthResult:
        self.users.append(auth_data.login)
        return AuthResult(success=(auth_data.login, auth_data.password) == (b"us er", b"p@ss"))


@contextmanager
def server(post: Post, **options: Any) -> Generator[str]:
    """`host:port` of a running server."""
    port = free_port()
    controller = Controller(post, hostname="127.0.0.1", port=port, **options)
    controller.start()
    try:
        yield f"127.0.0.1:{port}"
    finally:
        controller.stop()


@pytest.fixture(scope="module")
def tls(tmp_path_factory: pytest.TempPathFactory) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """A server's context with a certificate for 127.0.0.1, and a client's that trusts it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mail.test")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    folder: Path = tmp_path_factory.mktemp("tls")
    pem = certificate.public_bytes(serialization.Encoding.PEM)
    (folder / "cert.pem").write_bytes(pem)
    (folder / "key.pem").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    for_server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    for_server.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    return for_server, ssl.create_default_context(cadata=pem.decode())


async def test_a_mail_arrives_whole() -> None:
    post, mail = Post(), letter()
    with server(post) as address:
        await SmtpSender(f"smtp://{address}", FROM).send(mail)
    (message,) = post.messages
    assert message["To"] == "alex@example.com"
    assert message["From"] == FROM
    assert message["Subject"] == "Grüße: 482913"
    assert message["Message-ID"] == f"<{mail.id.hex}@findigi.example>"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message.get_content().replace("\r\n", "\n") == mail.text


async def test_a_repeat_carries_the_same_message_id() -> None:
    post, mail = Post(), letter()
    with server(post) as address:
        for _ in range(2):
            await SmtpSender(f"smtp://{address}", FROM).send(mail)
    assert len({message["Message-ID"] for message in post.messages}) == 1


async def test_starttls_is_taken_where_it_is_offered(tls: tuple[ssl.SSLContext, ssl.SSLContext]) -> None:
    post = Post()
    with server(post, tls_context=tls[0], require_starttls=True) as address:
        await SmtpSender(f"smtp://{address}", FROM, tls=tls[1]).send(letter())
        await SmtpSender(f"starttls://{address}", FROM, tls=tls[1]).send(letter())
    assert len(post.messages) == 2


async def test_starttls_is_insisted_on() -> None:
    post = Post()
    with server(post) as address:
        for url in (f"starttls://{address}", f"smtp://us%20er:p%40ss@{address}"):
            with pytest.raises(MailUnreachableError):
                await SmtpSender(url, FROM).send(letter())
    assert post.messages == []
    assert post.users == []


@UNDER_TLS
async def test_tls_from_the_first_byte_with_a_user(tls: tuple[ssl.SSLContext, ssl.SSLContext]) -> None:
    post = Post()
    options = {"authenticator": post.authenticate, "auth_require_tls": False, "auth_required": True}
    with server(post, ssl_context=tls[0], **options) as address:
        await SmtpSender(f"smtps://us%20er:p%40ss@{address}", FROM, tls=tls[1]).send(letter())
    assert post.users == [b"us er"]
    assert len(post.messages) == 1


@UNDER_TLS
async def test_a_wrong_password_is_tried_again_and_not_shown(tls: tuple[ssl.SSLContext, ssl.SSLContext]) -> None:
    post = Post()
    options = {"authenticator": post.authenticate, "auth_require_tls": False, "auth_required": True}
    with server(post, ssl_context=tls[0], **options) as address, pytest.raises(MailUnreachableError) as caught:
        await SmtpSender(f"smtps://user:wrong-secret@{address}", FROM, tls=tls[1]).send(letter())
    assert "wrong-secret" not in str(caught.value)


async def test_an_untrusted_certificate_gets_nothing(tls: tuple[ssl.SSLContext, ssl.SSLContext]) -> None:
    post = Post()
    with server(post, ssl_context=tls[0]) as address, pytest.raises(MailUnreachableError):
        await SmtpSender(f"smtps://{address}", FROM).send(letter())
    assert post.messages == []


@pytest.mark.parametrize(
    ("post", "error"),
    [
        (Post(rcpt="550 no such user"), MailRefusedError),
        (Post(rcpt="450 try later"), MailUnreachableError),
        (Post(data="554 we do not want this"), MailRefusedError),
        (Post(data="451 try later"), MailUnreachableError),
    ],
    ids=lambda value: value.rcpt + value.data if isinstance(value, Post) else "",
)
async def test_what_the_server_says_decides_whether_to_try_again(post: Post, error: type[Exception]) -> None:
    with server(post) as address, pytest.raises(error):
        await SmtpSender(f"smtp://{address}", FROM).send(letter())


async def test_nobody_there_is_tried_again() -> None:
    with pytest.raises(MailUnreachableError):
        await SmtpSender(f"smtp://127.0.0.1:{free_port()}", FROM).send(letter())


@pytest.mark.parametrize("url", ["mailto:a@b.c", "smtp://", "http://host", "host:25"])
def test_an_address_that_names_no_server_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="mail server"):
        SmtpSender(url, FROM)
