"""Moments: as they are kept, `2024-02-29 12:00:00.0000000 +02:00`, and as they are sent."""

from __future__ import annotations

import datetime
import struct
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .types import SqlType

EPOCH = datetime.date(1, 1, 1).toordinal()
EPOCH_1900 = datetime.date(1900, 1, 1).toordinal()
# The bytes that follow those of the time of day.
AFTER_TIME = {"datetime2": 3, "datetimeoffset": 5}


def clock_bytes(ticks: int, scale: int) -> bytes:
    return ticks.to_bytes(3 if scale <= 2 else 4 if scale <= 4 else 5, "little")


def _ticks(text: str, scale: int) -> int:
    clock, _, fraction = text.partition(".")
    hour, minute, second = (int(part) for part in clock.split(":"))
    return ((hour * 60 + minute) * 60 + second) * 10**scale + int(fraction.ljust(scale, "0")[:scale] or 0)


def _clock(ticks: int, scale: int) -> str:
    seconds, fraction = divmod(ticks, 10**scale)
    text = f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    return f"{text}.{fraction:0{scale}}" if scale else text


def _day(text: str) -> int:
    return datetime.date.fromisoformat(text).toordinal()


def moment_bytes(kind: SqlType, text: str) -> bytes:
    if kind.name == "date":
        return (_day(text[:10]) - EPOCH).to_bytes(3, "little")
    if kind.name == "time":
        return clock_bytes(_ticks(text, kind.scale), kind.scale)
    day, clock, *offset = text.split(" ")
    if kind.name == "datetime2":
        return clock_bytes(_ticks(clock, kind.scale), kind.scale) + (_day(day) - EPOCH).to_bytes(3, "little")
    if kind.name == "datetimeoffset":
        minutes = minutes_of(offset[0])
        whole = (_day(day) - EPOCH) * 86400 * 10**kind.scale + _ticks(clock, kind.scale) - minutes * 60 * 10**kind.scale
        days, ticks = divmod(whole, 86400 * 10**kind.scale)
        return clock_bytes(ticks, kind.scale) + days.to_bytes(3, "little") + struct.pack("<h", minutes)
    if kind.name == "smalldatetime":
        return struct.pack("<HH", _day(day) - EPOCH_1900, _ticks(clock, 0) // 60)
    return struct.pack("<iI", _day(day) - EPOCH_1900, round(_ticks(clock, 3) * 3 / 10))


def minutes_of(offset: str) -> int:
    """Reads an offset from UTC: `+02:00`."""
    sign = -1 if offset[0] == "-" else 1
    return sign * (int(offset[1:3]) * 60 + int(offset[4:6]))


def read_moment(raw: bytes, kind: SqlType) -> str:
    def date(days: int) -> str:
        return datetime.date.fromordinal(days).isoformat()

    if kind.name == "date":
        return date(EPOCH + int.from_bytes(raw, "little"))
    if kind.name == "smalldatetime":
        days, minutes = struct.unpack("<HH", raw)
        return f"{date(EPOCH_1900 + days)} {_clock(minutes * 60, 0)}"
    if kind.name == "datetime":
        days, thirds = struct.unpack("<iI", raw)
        return f"{date(EPOCH_1900 + days)} {_clock(round(thirds * 10 / 3), 3)}"
    size = len(raw) - AFTER_TIME.get(kind.name, 0)
    ticks = int.from_bytes(raw[:size], "little")
    if kind.name == "time":
        return _clock(ticks, kind.scale)
    days = int.from_bytes(raw[size : size + 3], "little")
    if kind.name == "datetime2":
        return f"{date(EPOCH + days)} {_clock(ticks, kind.scale)}"
    (minutes,) = struct.unpack("<h", raw[size + 3 :])
    whole = days * 86400 * 10**kind.scale + ticks + minutes * 60 * 10**kind.scale
    days, ticks = divmod(whole, 86400 * 10**kind.scale)
    sign = "-" if minutes < 0 else "+"
    return f"{date(EPOCH + days)} {_clock(ticks, kind.scale)} {sign}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"
