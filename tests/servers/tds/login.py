"""Who is let in: PRELOGIN, TLS, LOGIN7, with a password or with a token of Microsoft Entra."""

from __future__ import annotations

import hmac
import secrets
import ssl
import struct
from dataclasses import dataclass

from pysqlbridge.tds.login import Login7, deobfuscate_password
from pysqlbridge.tds.packet import PacketType
from pysqlbridge.tds.prelogin import Encryption, Prelogin, PreloginOption, Version
from pysqlbridge.tds.token import (
    DoneStatus,
    EnvChangeType,
    done,
    env_change,
    error,
    info,
    login_ack,
)

from .channel import PACKET_SIZE, Channel
from .failures import SqlError
from .types import COLLATION

# SQL Server 2022.
VERSION = Version(major=16, minor=0, build=4135, subbuild=4)
SERVER = "stand-in"
_TDS_74 = 0x74000004
_FEDAUTH = 0x02
_END_OF_FEATURES = 0xFF
# The first byte of a client that speaks TLS before anything else.
_TLS_RECORD = 0x16


@dataclass(frozen=True)
class Admission:
    """Whom a server lets in, and how."""

    user: str
    # None where nobody is let in so; an empty password is one.
    password: str | None
    token: str | None
    database: str
    # None where the server has no certificate, and so no TLS.
    context: ssl.SSLContext | None
    is_encryption_required: bool = False


def tls_context(certificate: str, key: str) -> ssl.SSLContext:
    """Makes the server's side of TLS, as SQL Server 2022 speaks it inside of TDS 7.4."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    # The tickets of TLS 1.3 come after the handshake, where TDS 7.4 has no place for them.
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.options |= ssl.OP_NO_TICKET
    context.set_alpn_protocols(["tds/8.0"])
    return context


def admit(channel: Channel, first: int, admission: Admission) -> str | None:
    """Leads a client through its login, and returns the user, or `None` where nobody is let in."""
    if first == _TLS_RECORD:
        if admission.context is None:
            return None
        channel.begin_strict_tls(admission.context)
    packet = channel.read()
    if packet is None or packet.type is not PacketType.PRELOGIN:
        return None
    asked = Prelogin.parse(packet.payload)
    is_token_asked = asked.get(PreloginOption.FEDAUTHREQUIRED) == b"\x01"
    agreed = _agreed(asked.encryption, admission)
    answers = [
        (PreloginOption.VERSION, VERSION.pack()),
        (PreloginOption.ENCRYPTION, bytes([agreed])),
        (PreloginOption.INSTOPT, b"\0"),
        (PreloginOption.THREADID, b""),
        (PreloginOption.MARS, b"\0"),
    ]
    nonce = secrets.token_bytes(32) if asked.get(PreloginOption.NONCEOPT) else b""
    if is_token_asked:
        answers.append((PreloginOption.FEDAUTHREQUIRED, b"\x01"))
    if nonce:
        answers.append((PreloginOption.NONCEOPT, nonce))
    channel.send(Prelogin(answers).build())
    if agreed is not Encryption.NOT_SUPPORTED and first != _TLS_RECORD:
        if asked.encryption is Encryption.NOT_SUPPORTED:
            # The server wants what the client has not.
            return None
        channel.begin_tls(admission.context)
    message = bytearray()
    while True:
        packet = channel.read()
        if packet is None or packet.type is not PacketType.LOGIN7:
            return None
        message += packet.payload
        if packet.is_last:
            break
    if agreed is Encryption.OFF and first != _TLS_RECORD:
        channel.end_tls()
    login = Login7.parse(bytes(message))
    try:
        user = _user(login, bytes(message), admission)
    except SqlError as refused:
        tokens = error(refused.number, str(refused), severity=refused.severity, server=SERVER)
        channel.send(tokens + done(status=DoneStatus.ERROR))
        return None
    channel.send(_welcome(login.database or admission.database, user is _PRINCIPAL, nonce))
    return user


_PRINCIPAL = "<token-identified principal>"


def _agreed(asked: Encryption | None, admission: Admission) -> Encryption:
    if admission.context is None:
        return Encryption.NOT_SUPPORTED
    if admission.is_encryption_required:
        return Encryption.REQUIRED
    if asked in (Encryption.ON, Encryption.REQUIRED):
        return Encryption.ON
    return Encryption.NOT_SUPPORTED if asked is Encryption.NOT_SUPPORTED else Encryption.OFF


def _user(login: Login7, message: bytes, admission: Admission) -> str:
    token = _token(message)
    if token is not None:
        user, is_right = _PRINCIPAL, _same(token, admission.token)
    else:
        # What is wrong, the user or the password, nobody is told.
        is_right = _same(login.user_name.lower(), admission.user.lower())
        is_right &= _same(deobfuscate_password(login.password), admission.password)
        user = login.user_name
    if not is_right:
        raise SqlError(18456, f"Login failed for user '{user}'.", severity=14)
    if login.database.lower() not in ("", "master", admission.database.lower()):
        raise SqlError(
            4060,
            f'Cannot open database "{login.database}" requested by the login. The login failed.',
            severity=11,
        )
    return user


def _same(one: str, other: str | None) -> bool:
    return other is not None and hmac.compare_digest(one.encode(), other.encode())


def _token(message: bytes) -> str | None:
    """Finds the token of Microsoft Entra in the extensions of a login."""
    has_extensions = message[27] & 0x10
    if not has_extensions:
        return None
    (place,) = struct.unpack_from("<H", message, 56)
    (at,) = struct.unpack_from("<I", message, place)
    while message[at] != _END_OF_FEATURES:
        feature = message[at]
        (size,) = struct.unpack_from("<I", message, at + 1)
        body = message[at + 5 : at + 5 + size]
        at += 5 + size
        if feature == _FEDAUTH:
            # Options, the length of the token, the token.
            (length,) = struct.unpack_from("<I", body, 1)
            return body[5 : 5 + length].decode("utf-16-le")
    return None


def _welcome(database: str, is_by_token: bool, nonce: bytes) -> bytes:
    tokens = [
        env_change(EnvChangeType.DATABASE, database, "master"),
        info(5701, f"Changed database context to '{database}'.", state=2, server=SERVER),
        env_change(EnvChangeType.SQL_COLLATION, COLLATION),
        env_change(EnvChangeType.LANGUAGE, "us_english"),
        info(5703, "Changed language setting to us_english.", server=SERVER),
        login_ack(version=(VERSION.major, VERSION.minor, VERSION.build), tds_version=_TDS_74),
        env_change(EnvChangeType.PACKET_SIZE, str(PACKET_SIZE), str(PACKET_SIZE)),
    ]
    if is_by_token:
        acknowledged = bytes([0xAE, _FEDAUTH]) + struct.pack("<I", len(nonce)) + nonce + bytes([_END_OF_FEATURES])
        tokens.append(acknowledged)
    return b"".join(tokens) + done()
