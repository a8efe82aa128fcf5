"""An own certificate authority, and server certificates good and bad."""

from __future__ import annotations

import datetime
import ssl
from ipaddress import ip_address
from pathlib import Path

import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

HOST = "127.0.0.1"
NAME = "telemetry.test"  # RFC 6761 keeps .test free: no resolver knows it
DAY = datetime.timedelta(days=1)


class Certificates:
    """Certificates for loopback, made once and kept in a directory.

    `bundle` is the file to trust: OpenSSL, and so the sender, finds it through
    SSL_CERT_FILE; the curl tool through CURL_CA_BUNDLE, else from SSL_CERT_FILE.
    The contexts are for servers; all but `good` must be refused by a client, each
    for its one reason.
    """

    def __init__(self, directory: Path) -> None:
        trusted, stranger = trustme.CA(), trustme.CA()
        yesterday = datetime.datetime.now(datetime.UTC) - DAY
        self.bundle = directory / "trusted.pem"
        trusted.cert_pem.write_to_path(str(self.bundle))
        self.good = _issued(trusted.issue_cert(HOST, "localhost", NAME))
        self.expired = _issued(trusted.issue_cert(HOST, not_after=yesterday))
        self.wrong_name = _issued(trusted.issue_cert("elsewhere.test"))
        self.unknown_issuer = _issued(stranger.issue_cert(HOST))
        self.self_signed = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.self_signed.load_cert_chain(_self_signed(directory / "self-signed.pem"))


def _issued(leaf: trustme.LeafCert) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    leaf.configure_cert(context)
    return context


def _self_signed(path: Path) -> Path:
    """Write a certificate for HOST that vouches for itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, HOST)])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder(name, name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - DAY)
        .not_valid_after(now + DAY)
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address(HOST))]), False
        )
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    path.write_bytes(private + certificate.public_bytes(serialization.Encoding.PEM))
    return path
