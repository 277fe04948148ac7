"""The types of SQL Server: how they are written in T-SQL, declared on the wire and in SQLite, sent and read.

Values are kept as SQLite keeps them: bits and whole numbers as integers, floats as floats, decimals, moments and GUIDs as
texts in one form each (`1.50`, `2024-02-29 12:00:00.0000000`), binary values as bytes.
"""

from __future__ import annotations

import functools
import re
import struct
import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Context, Decimal

from .moments import AFTER_TIME, clock_bytes, moment_bytes, read_moment
from .reader import Reader

MAX = -1
# Latin1_General_CI_AS with code page 1252, as a server without a choice of its own has it.
COLLATION = bytes.fromhex("0904d00034")
CODE_PAGE = "cp1252"
# The flag of a collation whose varchar is UTF-8.
UTF8_COLLATION = bytes.fromhex("0904d00400")
# Enough for all digits of a decimal.
EXACT = Context(prec=80)
_NULL_SHORT = b"\xff\xff"
_NULL_LONG = b"\xff" * 8


@dataclass(frozen=True)
class SqlType:
    """A type with its size: the characters or bytes of texts and binaries, the scale of moments, digits of decimals."""

    name: str
    size: int = 0
    scale: int = 0
    is_nullable: bool = True
    is_utf8: bool = False

    def required(self) -> SqlType:
        """Returns the type of a column that is NOT NULL."""
        return replace(self, is_nullable=False)

    def optional(self) -> SqlType:
        """Returns the type of a column that may be NULL."""
        return replace(self, is_nullable=True)

    @property
    def is_text(self) -> bool:
        return self.name in ("nvarchar", "nchar", "varchar", "char", "ntext", "text", "xml")

    @property
    def is_wide(self) -> bool:
        return self.name in ("nvarchar", "nchar", "ntext", "xml")

    @property
    def is_binary(self) -> bool:
        return self.name in ("varbinary", "binary", "image", "rowversion")

    @property
    def is_exact(self) -> bool:
        return self.name in ("decimal", "money", "smallmoney")

    @property
    def is_whole(self) -> bool:
        return self.name in _WHOLE

    @property
    def max_length(self) -> int:
        """The bytes that sys.columns tells of it."""
        if self.is_wide:
            return MAX if self.size == MAX else 2 * self.size
        if self.is_text or self.is_binary:
            return self.size
        if self.name == "decimal":
            return 5 if self.size < 10 else 9 if self.size < 20 else 13 if self.size < 29 else 17
        return _LENGTHS.get(self.name) or len(clock_bytes(0, self.scale)) + AFTER_TIME.get(self.name, 0)

    def written(self) -> str:
        """Writes the type as T-SQL does."""
        if self.name == "decimal":
            return f"{self.name}({self.size},{self.scale})"
        if self.name in _SCALED:
            return f"{self.name}({self.scale})"
        if self.name in _SIZED:
            return f"{self.name}({'max' if self.size == MAX else self.size})"
        return self.name

    def declared(self) -> str:
        """Writes the type as SQLite keeps it: so that it can be read back, and so that values stay what they are."""
        word = self.name.upper()
        if self.is_exact:
            # Of a type with this word in its name, SQLite makes no float of a text.
            return f"{word} TEXT({self.size},{self.scale})"
        if self.is_utf8:
            word = "UTF8 " + word
        if self.name in _SCALED:
            return f"{word}({self.scale})"
        return f"{word}({self.size})" if self.name in _SIZED else word

    # On the wire

    def info(self) -> bytes:
        """Declares the type in the metadata of columns."""
        if not self.is_nullable and self.name in _FIXED:
            return bytes([_FIXED[self.name][0]])
        if self.name in _NULLABLE:
            code, size = _NULLABLE[self.name]
            return bytes([code, size])
        if self.is_exact:
            return bytes([0x6A, 17, self.size, self.scale])
        if self.name == "date":
            return b"\x28"
        if self.name in _SCALED:
            return bytes([_SCALED[self.name], self.scale])
        if self.name == "xml":
            return b"\xf1\x00"
        collation = UTF8_COLLATION if self.is_utf8 else COLLATION
        return (
            bytes([_SIZED[self.name]])
            + struct.pack("<H", self.max_length & 0xFFFF)
            + (collation if self.is_text else b"")
        )

    def encode(self, value: object) -> bytes:
        """Writes a value of a row."""
        if self.is_text or self.is_binary:
            raw = None if value is None else value if self.is_binary else self._text(str(value))
            if self.size == MAX or self.name == "xml":
                return _long(raw)
            return _NULL_SHORT if raw is None else struct.pack("<H", len(raw)) + raw
        if value is None:
            return b"\x00"
        raw = self._raw(value)
        return raw if not self.is_nullable and self.name in _FIXED else bytes([len(raw)]) + raw

    def _text(self, text: str) -> bytes:
        if self.is_wide:
            return text.encode("utf-16-le", "surrogatepass")
        return text.encode("utf-8" if self.is_utf8 else CODE_PAGE, "replace")

    def _raw(self, value: object) -> bytes:
        if self.is_whole:
            return int(value).to_bytes(_WHOLE[self.name], "little", signed=self.name not in ("tinyint", "bit"))
        if self.name in ("float", "real"):
            return struct.pack("<d" if self.name == "float" else "<f", float(value))
        if self.name in ("money", "smallmoney"):
            number = int(Decimal(str(value)).scaleb(4))
            if self.name == "smallmoney":
                return struct.pack("<i", number)
            return struct.pack("<iI", number >> 32, number & 0xFFFFFFFF)
        if self.is_exact:
            sign, digits, _ = Decimal(str(value)).quantize(Decimal(1).scaleb(-self.scale), context=EXACT).as_tuple()
            return bytes([1 - sign]) + int("".join(map(str, digits))).to_bytes(16, "little")
        if self.name == "uniqueidentifier":
            return uuid.UUID(str(value)).bytes_le
        return moment_bytes(self, str(value))


def _long(raw: bytes | None) -> bytes:
    if raw is None:
        return _NULL_LONG
    chunk = struct.pack("<I", len(raw)) + raw if raw else b""
    return struct.pack("<Q", len(raw)) + chunk + struct.pack("<I", 0)


# Bytes of whole numbers.
_WHOLE = {"bit": 1, "tinyint": 1, "smallint": 2, "int": 4, "bigint": 8}
# Types that columns without NULL have a code of their own for, and how long their values are.
_FIXED = {
    "tinyint": (0x30, 1), "bit": (0x32, 1), "smallint": (0x34, 2), "int": (0x38, 4), "smalldatetime": (0x3A, 4),
    "real": (0x3B, 4), "money": (0x3C, 8), "datetime": (0x3D, 8), "float": (0x3E, 8), "smallmoney": (0x7A, 4),
    "bigint": (0x7F, 8),
}  # fmt: skip
# The codes of the same types with NULL, each followed by the length of values.
_NULLABLE = {
    "tinyint": (0x26, 1), "smallint": (0x26, 2), "int": (0x26, 4), "bigint": (0x26, 8), "bit": (0x68, 1),
    "real": (0x6D, 4), "float": (0x6D, 8), "smallmoney": (0x6E, 4), "money": (0x6E, 8), "smalldatetime": (0x6F, 4),
    "datetime": (0x6F, 8), "uniqueidentifier": (0x24, 16),
}  # fmt: skip
_SCALED = {"time": 0x29, "datetime2": 0x2A, "datetimeoffset": 0x2B}
_SIZED = {
    "nvarchar": 0xE7, "nchar": 0xEF, "varchar": 0xA7, "char": 0xAF, "varbinary": 0xA5, "binary": 0xAD,
    "rowversion": 0xAD,
}  # fmt: skip
_LENGTHS = {name: size for name, (_, size) in _FIXED.items()} | {
    "uniqueidentifier": 16, "date": 3, "xml": MAX,
}  # fmt: skip
_CODES = (
    {code: SqlType(name, is_nullable=False) for name, (code, _) in _FIXED.items()}
    | {code: SqlType(name) for name, code in _SIZED.items() if name != "rowversion"}
    | {code: SqlType(name) for name, code in _SCALED.items()}
)


def parse(written: str) -> SqlType:
    """Reads a type as T-SQL writes it, or as SQLite keeps it."""
    found = re.fullmatch(
        r"\s*(utf8 )?([a-z0-9]+)(?:\s+(?:text|precision|varying))?\s*(?:\(\s*(-?\w+)\s*(?:,\s*(\d+)\s*)?\))?\s*",
        written.lower(),
    )
    if found is None:
        return SqlType("nvarchar", MAX)
    utf8, word, first, second = found.groups()
    name = _ALIASES.get(word, word)
    size = MAX if first == "max" else None if first is None else int(first)
    if name == "float":
        return SqlType("real" if size is not None and size <= 24 and word == "float" else "float")
    if name in {"text", "ntext"}:
        return SqlType("varchar" if name == "text" else "nvarchar", MAX)
    if name == "decimal":
        return SqlType(name, size if size is not None else 18, int(second or 0))
    if name in ("money", "smallmoney"):
        return SqlType(name, 19 if name == "money" else 10, 4)
    if name in _SCALED:
        return SqlType(name, scale=7 if size is None else size)
    if name == "rowversion":
        return SqlType(name, 8)
    if name in _SIZED:
        return SqlType(name, 1 if size is None else size, is_utf8=bool(utf8))
    if name in _WHOLE or name in _FIXED or name in ("date", "uniqueidentifier", "xml"):
        return SqlType(name)
    return SqlType("nvarchar", MAX)


_ALIASES = {
    "integer": "int", "dec": "decimal", "numeric": "decimal", "double": "float", "timestamp": "rowversion", "character": "char",
    "image": "varbinary", "sysname": "nvarchar", "boolean": "bit",
}  # fmt: skip


# Reading what clients send


def read_type(source: Reader) -> SqlType:
    """Reads the declaration of a type."""
    code = source.byte()
    if code in (0x26, 0x68, 0x6D, 0x6E, 0x6F, 0x24):
        size = source.byte()
        return SqlType(next(name for name, known in _NULLABLE.items() if known == (code, size)))
    if code in (0x6A, 0x6C):
        source.byte()
        return SqlType("decimal", source.byte(), source.byte())
    if code == 0x28:
        return SqlType("date")
    if code == 0xF1:
        source.byte()
        return SqlType("xml")
    known = _CODES.get(code)
    if known is None:
        raise ValueError(f"the stand-in cannot read values of the type {code:#04x}")
    if known.name in _SCALED:
        return replace(known, scale=source.byte())
    if known.name in _SIZED:
        size = source.number(2)
        is_utf8 = known.is_text and bool(source.take(5)[2] >> 2 & 1)
        size = MAX if size == 0xFFFF else size // 2 if known.is_wide else size
        return replace(known, size=size, is_utf8=is_utf8 and not known.is_wide)
    return known


def reader(kind: SqlType) -> Callable[[Reader], object]:
    """Returns what reads values of a type, and gives them as they are kept."""
    if kind.is_text or kind.is_binary:
        is_long = kind.size == MAX or kind.name == "xml"
        encoding = "utf-16-le" if kind.is_wide else "utf-8" if kind.is_utf8 else CODE_PAGE
        errors = "surrogatepass" if kind.is_wide else "replace"

        def sized(source: Reader) -> object:
            if is_long:
                raw = source.long()
            else:
                size = source.number(2)
                raw = None if size == 0xFFFF else source.take(size)
            return raw if raw is None or kind.is_binary else raw.decode(encoding, errors)

        return sized
    fixed = 0 if kind.is_nullable else _FIXED[kind.name][1]
    kept = _keeper(kind)

    def one(source: Reader) -> object:
        size = fixed or source.byte()
        return kept(source.take(size)) if size else None

    return one


def _keeper(kind: SqlType) -> Callable[[bytes], object]:
    """Returns what makes of the bytes of a value what is kept."""
    if kind.is_whole:
        return functools.partial(int.from_bytes, byteorder="little", signed=kind.name not in ("tinyint", "bit"))
    if kind.name in ("float", "real"):
        return lambda raw: struct.unpack("<d" if len(raw) == 8 else "<f", raw)[0]
    if kind.name == "money":
        return lambda raw: f"{Decimal(_money(raw)).scaleb(-4):f}"
    if kind.name == "smallmoney":
        return lambda raw: f"{Decimal(struct.unpack('<i', raw)[0]).scaleb(-4):f}"
    if kind.is_exact:
        return lambda raw: _exact_text(raw, kind.scale)
    if kind.name == "uniqueidentifier":
        return lambda raw: str(uuid.UUID(bytes_le=raw)).upper()
    return lambda raw: read_moment(raw, kind)


def _money(raw: bytes) -> int:
    high, low = struct.unpack("<iI", raw)
    return (high << 32) + low


def _exact_text(raw: bytes, scale: int) -> str:
    digits = tuple(map(int, str(int.from_bytes(raw[1:], "little"))))
    return f"{Decimal((1 - raw[0], digits, -scale)):f}"
