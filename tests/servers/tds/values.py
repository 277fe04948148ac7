"""Values as SQL Server converts them to a type, or refuses to."""

from __future__ import annotations

import datetime
import math
import re
import struct
import uuid
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal, InvalidOperation

from .failures import SqlError, overflow
from .types import CODE_PAGE, EXACT, MAX, SqlType

_RANGES = {
    "tinyint": (0, 255),
    "smallint": (-(2**15), 2**15 - 1),
    "int": (-(2**31), 2**31 - 1),
    "bigint": (-(2**63), 2**63 - 1),
}
# How large amounts of money can be, in ten thousandths.
_BITS = {"money": 63, "smallmoney": 31}
_MOMENT = re.compile(
    r"(?:(\d{4}-\d\d-\d\d)|(\d{4})(\d\d)(\d\d))?[ T]?"
    r"(?:(\d\d:\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?)?\s*(Z|[+-]\d\d:\d\d)?"
)


def convert(value: object, kind: SqlType, style: int = 0) -> object:
    """Converts as CAST and CONVERT do; texts are cut to what the type holds."""
    if value is None:
        return None
    if kind.name == "bit":
        return _bit(value)
    if kind.is_whole:
        return _whole(value, kind.name)
    if kind.name in ("float", "real"):
        return _float(value, kind.name)
    if kind.is_exact:
        return _decimal(value, kind)
    if kind.is_text:
        return _text(value, kind, style)
    if kind.is_binary:
        return _binary(value, kind)
    if kind.name == "uniqueidentifier":
        return _guid(value)
    return _moment(value, kind)


def is_too_long(value: object, kind: SqlType) -> bool:
    """Returns whether a column of the type cannot keep all of a value: SQL Server refuses to cut it."""
    if kind.size == MAX or not (kind.is_text or kind.is_binary) or value is None or kind.name in ("xml", "rowversion"):
        return False
    if isinstance(value, str) and kind.is_text:
        # Spaces at the end are cut without a word.
        value = value.rstrip(" ")
        return len(_encoded(value, kind)) > (2 * kind.size if kind.is_wide else kind.size)
    return isinstance(value, bytes) and kind.is_binary and len(value) > kind.size


def _encoded(text: str, kind: SqlType) -> bytes:
    if kind.is_wide:
        return text.encode("utf-16-le", "surrogatepass")
    return text.encode("utf-8" if kind.is_utf8 else CODE_PAGE, "replace")


def _bit(value: object) -> int:
    if isinstance(value, str):
        if value.strip().lower() in ("true", "false"):
            return int(value.strip().lower() == "true")
        return int(_whole(value, "bit") != 0)
    return int(value != 0)


def _whole(value: object, name: str) -> int:
    if isinstance(value, str):
        try:
            number = int(Decimal(value.strip() or "0").to_integral_value(ROUND_DOWN))
        except (InvalidOperation, ValueError, OverflowError):
            raise SqlError(
                245, f"Conversion failed when converting the nvarchar value '{value}' to data type {name}."
            ) from None
    elif isinstance(value, bytes):
        number = int.from_bytes(value[-8:], "big", signed=True)
    else:
        if isinstance(value, float) and not math.isfinite(value):
            raise overflow(name)
        number = int(value)
    low, high = _RANGES.get(name, _RANGES["bigint"])
    if not low <= number <= high:
        if name in ("tinyint", "smallint"):
            raise SqlError(220, f"Arithmetic overflow error for data type {name}, value = {number}.", state=2)
        raise overflow(name)
    return number


def _float(value: object, name: str) -> float:
    try:
        number = float(value)
    except ValueError:
        raise SqlError(8114, f"Error converting data type nvarchar to {name}.", state=5) from None
    if not math.isfinite(number):
        raise overflow(name)
    if name == "real":
        try:
            number = struct.unpack("<f", struct.pack("<f", number))[0]
        except OverflowError:
            raise overflow(name) from None
    return number


def _decimal(value: object, kind: SqlType) -> str:
    try:
        # A float has no more than 17 digits that mean something.
        number = Decimal(repr(value)) if isinstance(value, float) else Decimal(str(value).strip())
    except InvalidOperation:
        raise SqlError(8114, f"Error converting data type nvarchar to {kind.name}.", state=5) from None
    if not number.is_finite():
        raise SqlError(8114, f"Error converting data type nvarchar to {kind.name}.", state=5)
    number = number.quantize(Decimal(1).scaleb(-kind.scale), ROUND_HALF_UP, EXACT)
    if number.adjusted() >= kind.size - kind.scale and number != 0:
        raise SqlError(
            8115, f"Arithmetic overflow error converting {_type_of(value)} to data type {kind.name}.", state=8
        )
    if kind.name in _BITS and not -(2 ** _BITS[kind.name]) <= number.scaleb(4) < 2 ** _BITS[kind.name]:
        raise overflow(kind.name)
    return f"{abs(number) if number == 0 else number:f}"


def _type_of(value: object) -> str:
    return {int: "int", float: "float"}.get(type(value), "numeric")


def _text(value: object, kind: SqlType, style: int) -> str:
    if isinstance(value, float):
        text = float_text(value, style)
    elif isinstance(value, bytes):
        text = (
            "0x" + value.hex().upper()
            if style == 1
            else value.hex().upper()
            if style == 2
            else value.decode("utf-16-le" if kind.is_wide else CODE_PAGE, "replace")
        )
    else:
        text = str(value)
    if kind.size == MAX or kind.name == "xml":
        return text if kind.is_wide or kind.is_utf8 else _encoded(text, kind).decode(CODE_PAGE)
    room = 2 * kind.size if kind.is_wide else kind.size
    raw = _encoded(text, kind)
    if len(raw) > room and isinstance(value, int):
        return "*"
    text = raw[:room].decode("utf-16-le" if kind.is_wide else "utf-8" if kind.is_utf8 else CODE_PAGE, "ignore")
    return text.ljust(kind.size) if kind.name in ("char", "nchar") else text


def float_text(value: float, style: int = 0) -> str:
    """Writes a float as CONVERT does: with 6 digits, unless the style asks for more."""
    if style == 3:
        mantissa, _, exponent = f"{value:.16e}".partition("e")
    elif style in (1, 2):
        mantissa, _, exponent = f"{value:.{7 if style == 1 else 15}e}".partition("e")
    else:
        text = f"{value:.6g}"
        if "e" not in text:
            return text
        mantissa, _, exponent = text.partition("e")
    return f"{mantissa}e{exponent[0]}{int(exponent[1:]):03}"


def _binary(value: object, kind: SqlType) -> bytes:
    if isinstance(value, str):
        value = value.encode("utf-16-le")
    elif isinstance(value, (int, float)):
        value = int(value).to_bytes(8 if abs(int(value)) >= 2**31 else 4, "big", signed=True)
    if kind.size == MAX:
        return value
    return value[: kind.size].ljust(kind.size, b"\0") if kind.name == "binary" else value[: kind.size]


def _guid(value: object) -> str:
    try:
        return str(uuid.UUID(bytes_le=value) if isinstance(value, bytes) else uuid.UUID(str(value))).upper()
    except ValueError:
        raise SqlError(
            8169, "Conversion failed when converting from a character string to uniqueidentifier.", state=2
        ) from None


def _moment(value: object, kind: SqlType) -> str:
    failed = SqlError(241, "Conversion failed when converting date and/or time from character string.")
    found = _MOMENT.fullmatch(str(value).strip())
    if found is None or isinstance(value, (int, float, bytes)):
        raise failed
    day, year, month, of_month, clock, second, fraction, offset = found.groups()
    day = day or (f"{year}-{month}-{of_month}" if year else "1900-01-01")
    try:
        number = _days(day)
    except ValueError:
        raise failed from None
    ticks = round(Decimal(f"0.{fraction or 0}") * 10**kind.scale) if kind.name in _WITH_SCALE else 0
    hour, minute = (int(part) for part in (clock or "00:00").split(":"))
    if hour > 23 or minute > 59 or int(second or 0) > 59:
        raise failed
    seconds = (hour * 60 + minute) * 60 + int(second or 0)
    scale = kind.scale
    if kind.name == "datetime":
        # It counts in 300ths of a second.
        ticks, scale = round(round(Decimal(f"0.{fraction or 0}") * 300) * Decimal(10) / 3), 3
    elif kind.name == "smalldatetime":
        seconds = (seconds + 30) // 60 * 60
    seconds, ticks = seconds + ticks // 10**scale, ticks % 10**scale
    number, seconds = number + seconds // 86400, seconds % 86400
    if kind.name in ("datetime", "smalldatetime"):
        _check_range(number, kind.name)
    time = f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}" + (f".{ticks:0{scale}}" if scale else "")
    if kind.name == "date":
        return day
    if kind.name == "time":
        return time
    whole = f"{_date(number)} {time}"
    if kind.name == "datetimeoffset":
        return f"{whole} {'+00:00' if offset in (None, 'Z') else offset}"
    return whole


_WITH_SCALE = ("time", "datetime2", "datetimeoffset")


def _days(day: str) -> int:
    return datetime.date.fromisoformat(day).toordinal()


def _date(number: int) -> str:
    return datetime.date.fromordinal(number).isoformat()


def _check_range(number: int, name: str) -> None:
    first, last = {"datetime": ("1753-01-01", "9999-12-31"), "smalldatetime": ("1900-01-01", "2079-06-06")}[name]
    if not _days(first) <= number <= _days(last):
        raise SqlError(
            242,
            f"The conversion of a nvarchar data type to a {name} data type resulted in an out-of-range value.",
            state=3,
        )
