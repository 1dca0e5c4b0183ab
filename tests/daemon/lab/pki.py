"""Certificate authorities of the lab, and certificates that are right, or wrong in one chosen way."""

import datetime
import hashlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Sequence

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (Encoding, NoEncryption, PrivateFormat, PublicFormat)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey

SERVER = ExtendedKeyUsageOID.SERVER_AUTH
CLIENT = ExtendedKeyUsageOID.CLIENT_AUTH

ON_DNS_SRV = x509.ObjectIdentifier("1.3.6.1.5.5.7.8.7")  # RFC 4985
ON_XMPP_ADDR = x509.ObjectIdentifier("1.3.6.1.5.5.7.8.5")  # RFC 6120, 13.7.1.4
IA5_STRING, UTF8_STRING = 0x16, 0x0C


def ec_key() -> PrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def rsa_key() -> PrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def _other_name(kind: x509.ObjectIdentifier, tag: int, text: str) -> x509.OtherName:
    value = text.encode()
    assert len(value) < 128
    return x509.OtherName(kind, bytes([tag, len(value)]) + value)


@dataclass(frozen=True)
class Names:
    """The identities in a certificate (RFC 6120, 13.7.1.2)."""

    dns: Sequence[str] = ()
    srv: Sequence[str] = ()  # "_xmpp-server.example.org"
    xmpp_addr: Sequence[str] = ()

    def extension(self) -> x509.SubjectAlternativeName:
        return x509.SubjectAlternativeName([
            *(x509.DNSName(name) for name in self.dns),
            *(_other_name(ON_DNS_SRV, IA5_STRING, name) for name in self.srv),
            *(_other_name(ON_XMPP_ADDR, UTF8_STRING, name) for name in self.xmpp_addr)])


@dataclass(frozen=True)
class Validity:
    """In days from now."""

    begins: float = -1
    ends: float = 90

    def times(self) -> tuple[datetime.datetime, datetime.datetime]:
        now = datetime.datetime.utcnow()
        return now + datetime.timedelta(days=self.begins), now + datetime.timedelta(days=self.ends)


VALID = Validity()
EXPIRED = Validity(-90, -1)
NOT_YET_VALID = Validity(10, 90)


@dataclass(frozen=True)
class Files:
    certificate: Path  # the chain, leaf first
    key: Path


@dataclass(frozen=True)
class Credential:
    """A private key, its certificate, and the intermediate certificates above it."""

    key: PrivateKey
    certificate: x509.Certificate
    above: Sequence[x509.Certificate] = field(default_factory=tuple)

    def chain_pem(self, with_above: bool = True) -> bytes:
        chain = [self.certificate, *(self.above if with_above else ())]
        return b"".join(certificate.public_bytes(Encoding.PEM) for certificate in chain)

    def key_pem(self) -> bytes:
        return self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())

    def write(self, folder: Path, name: str, with_above: bool = True) -> Files:
        """As NAME.crt and NAME.key, replacing what is there in one step each."""
        folder.mkdir(parents=True, exist_ok=True)
        files = Files(folder / f"{name}.crt", folder / f"{name}.key")
        for path, content in ((files.key, self.key_pem()), (files.certificate, self.chain_pem(with_above))):
            fresh = path.with_suffix(".new")
            fresh.touch(mode=0o600)
            fresh.write_bytes(content)
            fresh.rename(path)
        return files

    def tlsa(self, usage: int = 3, selector: int = 1, matching: int = 1) -> str:
        """TLSA record data for the leaf (RFC 6698, 2)."""
        return tlsa(self.certificate, usage, selector, matching)


def tlsa(certificate: x509.Certificate, usage: int, selector: int, matching: int) -> str:
    if selector == 0:
        data = certificate.public_bytes(Encoding.DER)
    else:
        data = certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    digest = {0: data, 1: hashlib.sha256(data).digest(), 2: hashlib.sha512(data).digest()}[matching]
    return f"TLSA {usage} {selector} {matching} {digest.hex()}"


class Authority:
    """A certificate authority: a root, or an intermediate one made by another."""

    def __init__(self, name: str, issuer: "Authority | None" = None, permitted: Sequence[str] = (),
                 validity: Validity = Validity(-1, 3650)) -> None:
        self._issuer = issuer
        self.key = ec_key()
        builder = self._builder(name, self.key, issuer or self, validity, own_name=name)
        builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        builder = builder.add_extension(_key_usage(is_authority=True), critical=True)
        if permitted:
            builder = builder.add_extension(
                x509.NameConstraints([x509.DNSName(name) for name in permitted], None), critical=True)
        self.certificate = builder.sign((issuer or self).key, hashes.SHA256())

    def pem(self) -> bytes:
        return self.certificate.public_bytes(Encoding.PEM)

    def write(self, file: Path) -> Path:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(self.pem())
        return file

    def intermediate(self, name: str, permitted: Sequence[str] = ()) -> "Authority":
        """An authority below this one; `permitted` constrains the names that it may certify."""
        return Authority(name, issuer=self, permitted=permitted)

    def issue(self, names: Names, *, usages: Sequence[x509.ObjectIdentifier] = (SERVER, CLIENT),
              validity: Validity = VALID, key: PrivateKey | None = None) -> Credential:
        """No usages: the extension is left out."""
        own_key = key or ec_key()
        common = (*names.dns, *names.srv, *names.xmpp_addr, "nameless")[0]
        builder = self._builder(common, own_key, self, validity)
        builder = builder.add_extension(names.extension(), critical=False)
        builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        builder = builder.add_extension(_key_usage(is_authority=False), critical=True)
        if usages:
            builder = builder.add_extension(x509.ExtendedKeyUsage(usages), critical=False)
        return Credential(own_key, builder.sign(self.key, hashes.SHA256()), self._chain())

    def for_domain(self, *domains: str, **kwargs) -> Credential:
        """An ordinary certificate: one dNSName for each domain."""
        return self.issue(Names(dns=domains), **kwargs)

    def _chain(self) -> Sequence[x509.Certificate]:
        """What a server sends above its leaf: every intermediate, not the root."""
        return (self.certificate, *self._issuer._chain()) if self._issuer else ()

    @staticmethod
    def _builder(subject: str, key: PrivateKey, issuer: "Authority", validity: Validity,
                 own_name: str | None = None) -> x509.CertificateBuilder:
        is_root = own_name is not None and issuer.key is key
        issuer_name = _name(own_name) if is_root else issuer.certificate.subject
        begins, ends = validity.times()
        return (x509.CertificateBuilder()
                .subject_name(_name(subject)).issuer_name(issuer_name)
                .public_key(key.public_key()).serial_number(x509.random_serial_number())
                .not_valid_before(begins).not_valid_after(ends)
                .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
                .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.key.public_key()),
                               critical=False))


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


def _key_usage(is_authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(digital_signature=True, key_cert_sign=is_authority, crl_sign=is_authority,
                         content_commitment=False, key_encipherment=False, data_encipherment=False,
                         key_agreement=False, encipher_only=False, decipher_only=False)
