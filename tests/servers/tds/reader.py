"""Bytes as requests have them: numbers with their low byte first, texts as UTF-16."""

from __future__ import annotations

_NULL_LONG = b"\xff" * 8


class Incomplete(Exception):
    """More bytes are needed than have come so far."""


class Reader:
    """Bytes that are read from their beginning."""

    def __init__(self, data: bytes | bytearray, at: int = 0) -> None:
        self.data = data
        self.at = at

    @property
    def is_empty(self) -> bool:
        return self.at >= len(self.data)

    def take(self, count: int) -> bytes:
        end = self.at + count
        if end > len(self.data):
            raise Incomplete
        taken = bytes(self.data[self.at : end])
        self.at = end
        return taken

    def byte(self) -> int:
        at = self.at
        if at >= len(self.data):
            raise Incomplete
        self.at = at + 1
        return self.data[at]

    def number(self, size: int) -> int:
        return int.from_bytes(self.take(size), "little")

    def text(self, length_size: int) -> str:
        """Reads a text behind the number of its UTF-16 units."""
        return self.take(2 * self.number(length_size)).decode("utf-16-le")

    def long(self) -> bytes | None:
        """Reads a value in chunks, as those of types without an end are sent."""
        if self.take(8) == _NULL_LONG:
            return None
        chunks = bytearray()
        while size := self.number(4):
            chunks += self.take(size)
        return bytes(chunks)
