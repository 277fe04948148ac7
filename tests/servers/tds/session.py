"""One client's session: its requests, in their order, and the tokens that answer them."""

from __future__ import annotations

import itertools
import struct
from collections.abc import Iterator

from pysqlbridge.tds.packet import PacketStatus, PacketType
from pysqlbridge.tds.token import DoneStatus, EnvChangeType, env_change, error, info
from pysqlbridge.tds.transaction import (
    TransactionRequestType,
    parse_transaction_request,
)
from sqlglot import exp

from . import requests, script
from .channel import Answer, Channel, Packet
from .database import Database, Outcome
from .failures import SqlError, Stopped
from .login import SERVER
from .requests import BulkLoad, BulkRows, Statements, Value
from .script import Delay, IdentityInsert, Kill, Savepoint, Statement
from .types import parse

_DONE, _DONE_OF_CALL, _DONE_IN_CALL = 0xFD, 0xFE, 0xFF
_RETURN_STATUS = 0x79
_COLUMNS, _ROW = 0x81, 0xD1
_NULLABLE, _UPDATABLE = 0x0001, 0x0008
_SELECT = 0x00C1
# That a session is as it was when it was opened, which the client library has no name for.
_ENV_CHANGE, _RESET = 0xE3, 18

# The numbers of sessions, and the clients of those that are open.
_NUMBERS = itertools.count(51)
_CLIENTS: dict[int, Channel] = {}


class Session:
    """A session, from its login to its end."""

    def __init__(self, channel: Channel, database: Database) -> None:
        self._channel = channel
        self._database = database
        self._descriptor = 0
        self._last_descriptor = 0
        # What INSERT BULK has announced.
        self._load: BulkLoad | None = None
        self._is_count_off = False
        database.number = next(_NUMBERS)

    def run(self) -> None:
        """Answers requests until the client is gone."""
        _CLIENTS[self._database.number] = self._channel
        try:
            self._answer_all()
        finally:
            del _CLIENTS[self._database.number]

    def _answer_all(self) -> None:
        while (packet := self._channel.next()) is not None:
            if packet.type is PacketType.ATTENTION:
                self._acknowledge()
                continue
            try:
                if packet.type is PacketType.BULK_LOAD:
                    self._take_rows(packet)
                elif (message := self._message(packet)) is not None:
                    self._answer(packet.type, message, packet.status)
            except Stopped:
                # What the stop ended is answered by what acknowledges the stop.
                self._after_stop()

    def _message(self, packet: Packet | None) -> bytes | None:
        """Joins the packets of a message; `None` where the client takes it back."""
        payload = bytearray()
        while packet is not None:
            if packet.type is PacketType.ATTENTION:
                self._acknowledge()
                return None
            payload += packet.payload
            if packet.is_last:
                return None if packet.status & PacketStatus.IGNORE else bytes(payload)
            packet = self._channel.next()
        return None

    def _acknowledge(self) -> None:
        self._database.link.resume()
        self._channel.send(_done(_DONE, DoneStatus.ATTENTION))

    def _after_stop(self) -> None:
        if self._database.is_xact_abort or not self._database.is_in_transaction:
            self._database.undo()
            self._descriptor = 0

    # Requests

    def _answer(self, kind: PacketType, message: bytes, status: PacketStatus) -> None:
        answer = Answer(self._channel)
        if status & PacketStatus.RESET_CONNECTION:
            self._database.reset()
            self._descriptor = 0
            self._is_count_off = False
            answer.write(bytes([_ENV_CHANGE]) + struct.pack("<HBBB", 3, _RESET, 0, 0))
        try:
            match kind:
                case PacketType.SQL_BATCH:
                    self._run(requests.batch(message), answer, is_call=False)
                case PacketType.RPC:
                    self._run(requests.call(message), answer, is_call=True)
                case PacketType.TRANSACTION_MANAGER:
                    self._transaction(message, answer)
                case _:
                    raise SqlError(
                        4002, f"The incoming tabular data stream (TDS) protocol stream is incorrect: {kind.name}."
                    )
        except SqlError as failed:
            answer.write(_error(failed) + _done(_DONE, DoneStatus.ERROR))
        except Stopped:
            # What was begun is not left in the middle of a row.
            answer.flush()
            raise
        answer.end()

    def _transaction(self, message: bytes, answer: Answer) -> None:
        request = parse_transaction_request(message)
        match request.kind:
            case TransactionRequestType.BEGIN_XACT:
                answer.write(self._begin())
            case TransactionRequestType.COMMIT_XACT:
                answer.write(self._commit())
            case TransactionRequestType.ROLLBACK_XACT:
                answer.write(self._rollback())
            case _:
                raise SqlError(50000, "the stand-in has no savepoints and no distributed transactions")
        answer.write(_done(_DONE))

    def _run(self, statements: Statements, answer: Answer, is_call: bool) -> None:
        if statements.descriptor != self._descriptor:
            raise SqlError(
                3989, "New request is not allowed to start because it should come with valid transaction descriptor."
            )
        ending = _DONE_IN_CALL if is_call else _DONE
        if (load := requests.bulk_load(statements.sql)) is not None:
            self._load = load
            answer.write(_done(_DONE))
            return
        has_failed = False
        parameters = dict(statements.parameters)
        pending: bytes | None = None
        for statement in script.statements(statements.sql):
            if pending is not None:
                answer.write(pending)
            pending = None
            try:
                for tokens in self._execute(statement, parameters, ending):
                    # The last DONE of a batch says that no more follow.
                    if pending is not None:
                        answer.write(pending)
                    pending = tokens
            except SqlError as failed:
                if pending is not None:
                    answer.write(pending)
                has_failed = True
                answer.write(_error(failed))
                pending = _done(ending, DoneStatus.ERROR | DoneStatus.MORE)
                if self._has_lost_transaction():
                    answer.write(self._end_transaction(EnvChangeType.ROLLBACK_TRAN))
                    self._database.undo()
                    break
                if failed.ends_batch or self._database.is_xact_abort:
                    break
        if is_call:
            if pending is not None:
                answer.write(pending)
            answer.write(bytes([_RETURN_STATUS]) + struct.pack("<i", int(has_failed)))
            answer.write(_done(_DONE_OF_CALL, DoneStatus.ERROR if has_failed else DoneStatus.FINAL))
        else:
            answer.write(_final(pending or _done(_DONE)))

    def _has_lost_transaction(self) -> bool:
        """Returns whether an error has ended the transaction: all do with XACT_ABORT, and a full disk does without it."""
        is_ended = self._database.is_xact_abort or not self._database.is_in_transaction
        return is_ended and self._database.open_transactions > 0

    # Statements

    def _execute(self, statement: Statement, parameters: dict[str, Value], ending: int) -> Iterator[bytes]:
        """Runs a statement, and returns its tokens; the last of them is a DONE."""
        match statement:
            case Delay():
                self._database.link.wait(statement.seconds)
                yield _done(ending, DoneStatus.MORE)
            case IdentityInsert():
                self._database.set_identity_insert(statement.table, statement.is_on)
                yield _done(ending, DoneStatus.MORE)
            case Savepoint():
                self._database.savepoint(statement.name, statement.is_set)
                yield _done(ending, DoneStatus.MORE)
            case Kill():
                if (client := _CLIENTS.get(statement.session)) is None:
                    raise SqlError(6106, f"Process ID {statement.session} is not an active process ID.")
                client.close()
                yield _done(ending, DoneStatus.MORE)
            case exp.Transaction():
                yield self._begin() + _done(ending, DoneStatus.MORE)
            case exp.Commit():
                yield self._commit() + _done(ending, DoneStatus.MORE)
            case exp.Rollback():
                yield self._rollback() + _done(ending, DoneStatus.MORE)
            case exp.Set():
                self._set(statement)
                yield _done(ending, DoneStatus.MORE)
            case exp.Use():
                yield _done(ending, DoneStatus.MORE)
            case exp.Declare():
                self._declare(statement, parameters)
            case exp.IfBlock():
                is_true = self._database.is_true(statement.this, parameters)
                branch = statement.args["true"] if is_true else statement.args.get("false")
                if branch:
                    for inner in branch.expressions if isinstance(branch, exp.Block) else [branch]:
                        yield from self._execute(inner, parameters, ending)
            case exp.Block():
                for inner in statement.expressions:
                    yield from self._execute(inner, parameters, ending)
            case exp.Execute():
                yield from self._procedure(statement, ending)
            case exp.Command() if statement.name.upper() == "PRINT":
                yield info(0, statement.expression.name.strip("'"), server=SERVER) + _done(ending, DoneStatus.MORE)
            case _:
                yield from self._outcome(self._database.run(statement, parameters), ending)

    def _outcome(self, outcome: Outcome, ending: int) -> Iterator[bytes]:
        if outcome.columns is None:
            is_counted = outcome.changed is not None and not self._is_count_off
            counted = DoneStatus.COUNT if is_counted else DoneStatus.FINAL
            yield _done(ending, counted | DoneStatus.MORE, outcome.changed or 0)
            return
        yield _metadata(outcome)
        encoders = [column.kind.encode for column in outcome.columns]
        count = 0
        for rows in outcome.rows:
            written = bytearray()
            for row in rows:
                written.append(_ROW)
                for encode, value in zip(encoders, row):
                    written += encode(value)
            count += len(rows)
            yield bytes(written)
        yield _done(ending, DoneStatus.COUNT | DoneStatus.MORE, count, _SELECT)

    def _set(self, statement: exp.Set) -> None:
        for item in statement.expressions:
            if isinstance(item.this, exp.EQ):
                name, value = item.this.this.name.upper(), item.this.expression.sql()
                if name == "NOCOUNT":
                    self._is_count_off = value.upper() == "ON"
                self._database.set(name, value)
            elif item.args.get("kind") == "TRANSACTION":
                level = item.expressions[0].name.upper()
                self._database.set("ISOLATION LEVEL", level.removeprefix("ISOLATION LEVEL").strip())

    def _declare(self, statement: exp.Declare, parameters: dict[str, Value]) -> None:
        for item in statement.expressions:
            kind = parse(item.args["kind"].sql(dialect="tsql"))
            value = item.args.get("default")
            parameters[item.this.name.lower()] = Value(kind, value.name if value is not None else None)

    def _procedure(self, statement: exp.Execute, ending: int) -> Iterator[bytes]:
        name = statement.this.name.lower()
        arguments = [argument.name for argument in statement.expressions]
        if name == "sp_rename" and len(arguments) >= 2:
            self._database.rename(arguments[0], arguments[1])
        elif name != "sp_getapplock":
            raise SqlError(2812, f"Could not find stored procedure '{name}'.", state=62)
        yield _done(ending, DoneStatus.MORE)

    # Transactions

    def _begin(self) -> bytes:
        self._database.begin()
        if self._database.open_transactions > 1:
            return b""
        self._last_descriptor += 1
        self._descriptor = self._last_descriptor
        return env_change(EnvChangeType.BEGIN_TRAN, struct.pack("<Q", self._descriptor), b"")

    def _commit(self) -> bytes:
        return self._end_transaction(EnvChangeType.COMMIT_TRAN) if self._database.commit() else b""

    def _rollback(self) -> bytes:
        self._database.rollback()
        return self._end_transaction(EnvChangeType.ROLLBACK_TRAN)

    def _end_transaction(self, change: EnvChangeType) -> bytes:
        ended, self._descriptor = self._descriptor, 0
        return env_change(change, b"", struct.pack("<Q", ended))

    # Bulk loads

    def _take_rows(self, first: Packet) -> None:
        """Puts rows into a table while they come."""
        load, self._load = self._load, None
        packets = self._packets(first)
        answer = Answer(self._channel)
        try:
            if load is None:
                raise SqlError(4002, "The incoming tabular data stream (TDS) protocol stream is incorrect.")
            rows = BulkRows(packets)
            count = self._database.load(load, rows.read_columns(), rows)
            answer.write(_done(_DONE, DoneStatus.COUNT, count))
        except Stopped:
            _pass_over(packets)
            raise
        except SqlError as failed:
            _pass_over(packets)
            answer.write(_error(failed))
            if self._has_lost_transaction():
                self._database.undo()
                answer.write(self._end_transaction(EnvChangeType.ROLLBACK_TRAN))
            answer.write(_done(_DONE, DoneStatus.ERROR))
        answer.end()

    def _packets(self, packet: Packet | None) -> Iterator[bytes]:
        while packet is not None and packet.type is PacketType.BULK_LOAD:
            if packet.is_last and packet.status & PacketStatus.IGNORE:
                raise Stopped
            yield packet.payload
            if packet.is_last:
                return
            packet = self._channel.next()
        if packet is not None:
            self._acknowledge()
        raise Stopped


def _pass_over(packets: Iterator[bytes]) -> None:
    """Takes the rows that are still on their way, and that nobody wants now."""
    for _ in packets:
        pass


def _done(token: int, status: DoneStatus = DoneStatus.FINAL, count: int = 0, command: int = 0) -> bytes:
    return bytes([token]) + struct.pack("<HHQ", status, command, count)


def _final(tokens: bytes) -> bytes:
    """Says in the DONE at the end of tokens that no more follow."""
    status = struct.unpack_from("<H", tokens, len(tokens) - 12)[0] & ~DoneStatus.MORE
    return tokens[:-12] + struct.pack("<H", status) + tokens[-10:]


def _error(failed: SqlError) -> bytes:
    return error(failed.number, str(failed), severity=failed.severity, state=failed.state, server=SERVER)


def _metadata(outcome: Outcome) -> bytes:
    columns = outcome.columns or []
    written = bytearray([_COLUMNS]) + struct.pack("<H", len(columns))
    for column in columns:
        flags = _UPDATABLE | (_NULLABLE if column.kind.is_nullable else 0)
        name = column.name.encode("utf-16-le")
        written += struct.pack("<IH", 0, flags) + column.kind.info() + bytes([len(name) // 2]) + name
    return bytes(written)
