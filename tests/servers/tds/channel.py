"""The packets of one client over a socket, inside TLS once that is agreed on.

A thread of its own reads them, so that a client can ask for a stop while its statement runs.
"""

from __future__ import annotations

import queue
import socket
import ssl
import threading
from collections.abc import Callable
from typing import NamedTuple

from pysqlbridge.tds.packet import (
    HEADER_SIZE,
    PacketStatus,
    PacketType,
    build_packet,
    parse_header,
)
from pysqlbridge.tds.tls import TlsTunnel, wrap_handshake

# The size of packets before and after the login.
PACKET_SIZE = 4096
# How many packets of a client wait for the session, which then no longer reads.
_WAITING = 256
_READ = 1 << 16


class Packet(NamedTuple):
    type: PacketType
    status: PacketStatus
    payload: bytes

    @property
    def is_last(self) -> bool:
        return bool(self.status & PacketStatus.END_OF_MESSAGE)


class Channel:
    """Reads and writes packets; only one thread reads, and only one writes."""

    def __init__(self, client: socket.socket) -> None:
        self._client = client
        self._raw = bytearray()
        self._plain = bytearray()
        self._tunnel: TlsTunnel | None = None
        # A TLS engine is not to be used by two threads at once.
        self._engine = threading.Lock()
        self._is_over = False
        self._packets: queue.Queue[Packet | None] = queue.Queue(_WAITING)

    # TLS

    def begin_tls(self, context: ssl.SSLContext) -> None:
        """Shakes hands inside of packets, as TDS has it; what follows is in records of TLS without packets around them."""
        tunnel = TlsTunnel(context)
        while not tunnel.handshake_complete:
            packet = self.read()
            if packet is None:
                raise ConnectionError("the client is gone during the handshake")
            for framed in wrap_handshake(tunnel.advance_handshake(packet.payload)):
                self._client.sendall(framed)
        self._open(tunnel)

    def begin_strict_tls(self, context: ssl.SSLContext) -> None:
        """Shakes hands before any packet, as TDS 8.0 has it."""
        tunnel = TlsTunnel(context)
        while not tunnel.handshake_complete:
            data = self._client.recv(_READ)
            if not data:
                raise ConnectionError("the client is gone during the handshake")
            self._client.sendall(tunnel.advance_handshake(data))
        self._open(tunnel)

    def _open(self, tunnel: TlsTunnel) -> None:
        self._tunnel = tunnel
        self._plain = bytearray(tunnel.unwrap(bytes(self._raw)))
        self._raw.clear()

    def end_tls(self) -> None:
        """Goes on without TLS, where it was for the login alone."""
        self._tunnel = None
        self._raw, self._plain = self._plain, bytearray()

    # Reading

    def read(self) -> Packet | None:
        """Reads a packet; `None` where the client is gone."""
        header = self._exactly(HEADER_SIZE)
        if header is None:
            return None
        parsed = parse_header(header)
        payload = self._exactly(parsed.payload_length)
        return None if payload is None else Packet(parsed.type, parsed.status, payload)

    def _exactly(self, count: int) -> bytes | None:
        while True:
            held = self._raw if self._tunnel is None else self._plain
            if len(held) >= count:
                taken = bytes(held[:count])
                del held[:count]
                return taken
            try:
                data = self._client.recv(_READ)
            except OSError:
                return None
            if not data:
                return None
            if self._tunnel is None:
                self._raw += data
            else:
                with self._engine:
                    self._plain += self._tunnel.unwrap(data)

    def follow(self, stopped: Callable[[], None]) -> None:
        """Lets a thread read from now on, which calls `stopped` at once where the client asks for a stop or is gone."""

        def read_on() -> None:
            packet = True
            while packet is not None:
                try:
                    packet = self.read()
                except Exception:  # noqa: BLE001 - what no client sends ends the session
                    packet = None
                if packet is None or packet.type is PacketType.ATTENTION:
                    stopped()
                self._packets.put(packet)

        threading.Thread(target=read_on, daemon=True).start()

    def next(self) -> Packet | None:
        """Waits for the next packet of the thread that reads; `None` from then on where the client is gone."""
        packet = None if self._is_over else self._packets.get()
        self._is_over = packet is None
        return packet

    # Writing

    def send(self, payload: bytes, kind: PacketType = PacketType.TABULAR_RESULT) -> None:
        """Writes a whole message."""
        answer = Answer(self, kind)
        answer.write(payload)
        answer.end()

    def send_packet(self, kind: PacketType, payload: bytes, is_last: bool, number: int) -> None:
        status = PacketStatus.END_OF_MESSAGE if is_last else PacketStatus.NORMAL
        packet = build_packet(kind, payload, status=status, packet_id=number % 256)
        if self._tunnel is not None:
            with self._engine:
                packet = self._tunnel.wrap(packet)
        self._client.sendall(packet)

    def close(self) -> None:
        try:
            self._client.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self._client.close()


class Answer:
    """A message that is written while it is made."""

    def __init__(self, channel: Channel, kind: PacketType = PacketType.TABULAR_RESULT) -> None:
        self._channel = channel
        self._kind = kind
        self._held = bytearray()
        self._number = 0

    def write(self, tokens: bytes) -> None:
        self._held += tokens
        room = PACKET_SIZE - HEADER_SIZE
        # The last packet is not known before the end.
        while len(self._held) > room:
            self._packet(self._held[:room], is_last=False)
            del self._held[:room]

    def flush(self) -> None:
        """Sends what is there, where another message ends this one."""
        if self._held:
            self._packet(self._held, is_last=False)
            self._held = bytearray()

    def end(self) -> None:
        self._packet(self._held, is_last=True)
        self._held = bytearray()

    def _packet(self, payload: bytearray, is_last: bool) -> None:
        self._number += 1
        self._channel.send_packet(self._kind, bytes(payload), is_last, self._number)
