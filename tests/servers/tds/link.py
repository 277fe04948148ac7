"""A session's connection to SQLite: statements that wait for others, that can be stopped, and whose errors are told.

Sessions share a file; each has its own connection, and so its own transaction and temporary tables. One transaction
writes at a time, the others wait for it; who reads sees what was committed last.
"""

from __future__ import annotations

import contextlib
import sqlite3
import threading
import time
from collections.abc import Callable, Mapping

from . import failures
from .failures import SqlError, Stopped
from .keys import Keys

_PAUSE = 0.005
# How many rows are asked of SQLite at once.
_ROWS = 1000


class Link:
    """A connection to SQLite."""

    def __init__(self, file: str, database: str) -> None:
        # How many seconds a statement waits for others; without an end, where it is None.
        self.patience: float | None = None
        self._error: SqlError | None = None
        self._is_stopped = threading.Event()
        self.connection = sqlite3.connect(file, timeout=0, isolation_level=None, check_same_thread=False)
        # An index that SQLite makes for one query misses rows where texts are compared in a way of our own.
        for pragma in ("journal_mode = WAL", "synchronous = OFF", "foreign_keys = ON", "automatic_index = OFF"):
            self.connection.execute(f"PRAGMA {pragma}")
        self.keys = Keys(self.connection, database)

    def close(self) -> None:
        """Ends the connection; what it has not committed is undone."""
        self.connection.close()

    def stop(self) -> None:
        """Stops the statement that runs, from another thread."""
        self._is_stopped.set()
        # The session may have ended meanwhile.
        with contextlib.suppress(sqlite3.ProgrammingError):
            self.connection.interrupt()

    def resume(self) -> None:
        """Lets statements run again."""
        self._is_stopped.clear()

    def check_stopped(self) -> None:
        """Fails where a stop is asked for."""
        if self._is_stopped.is_set():
            raise Stopped

    def wait(self, seconds: float) -> None:
        """Waits, unless it is stopped: WAITFOR DELAY."""
        if self._is_stopped.wait(seconds):
            raise Stopped

    def execute(self, sql: str, values: Mapping[str, object] | None = None, verb: str = "INSERT") -> sqlite3.Cursor:
        """Runs a statement, once nobody is in its way."""
        begun = time.monotonic()
        while True:
            self.check_stopped()
            try:
                return self.connection.execute(sql, values or {})
            except sqlite3.Error as error:
                if "locked" not in str(error) and "busy" not in str(error):
                    raise self.told(error, verb) from None
            if self.patience is not None and time.monotonic() - begun >= self.patience:
                raise SqlError(1222, "Lock request time out period exceeded.", state=51)
            time.sleep(_PAUSE)

    def guarded(self, function: Callable) -> Callable:
        """Makes a function whose errors are kept: SQLite says no more than that there was one."""

        def run(*arguments: object) -> object:
            try:
                return function(*arguments)
            except SqlError as error:
                self._error = error
                raise

        return run

    def told(self, error: sqlite3.Error, verb: str = "INSERT", row: Mapping[str, object] | None = None) -> Exception:
        """Tells an error of SQLite as SQL Server would."""
        raised, self._error = self._error, None
        if isinstance(error, sqlite3.OperationalError) and "interrupted" in str(error):
            return Stopped()
        if raised is not None:
            return raised
        return self.keys.violation(str(error), verb, row or {}) or failures.from_sqlite(str(error))

    def fetch(self, cursor: sqlite3.Cursor) -> list[tuple]:
        """Returns the next rows of a query."""
        try:
            return cursor.fetchmany(_ROWS)
        except sqlite3.Error as error:
            raise self.told(error) from None
