"""A stand-in for SQL Server 2022 that tests start: its wire protocol, TDS 7.4 and 8.0, over SQLite.

It proves the wire, not T-SQL: logins with a password or with a token of Microsoft Entra, TLS and who may do without,
types, parameters, transactions, stops, bulk loads, and errors by their numbers are those of SQL Server; what statements
mean is SQLite's, behind a translation that knows what Sheaf sends and little more. Locks, isolation levels, collations,
plans and the many ways of T-SQL to convert a value are shown by a real server alone.

    python tds_server.py --port 0 --user sa --password-file FILE --certificate cert.pem --key key.pem

writes the port that it listens on as its first line. Passwords and tokens are read from files, which the list of processes
does not show. It ends by being killed: what was committed is in the file of the database, and nothing else.
"""

from __future__ import annotations

import argparse
import os
import socket
import sys
import tempfile
import threading
from pathlib import Path

from tds.channel import Channel
from tds.database import Database
from tds.login import Admission, admit, tls_context
from tds.session import Session


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="A stand-in for SQL Server: its wire protocol over SQLite.")
    parser.add_argument("--port", type=int, default=0, help="the port on 127.0.0.1; 0 chooses one (default)")
    parser.add_argument("--file", help="the file of the database; without it, one that ends with the server")
    parser.add_argument("--database", default="shop", help="the name that the database has for clients (default: shop)")
    parser.add_argument("--user", default="sa", help="the user who may log in with the password (default: sa)")
    parser.add_argument("--password-file", help="the file of the password; without it, nobody logs in with one")
    parser.add_argument("--token-file", help="the file of the token of Microsoft Entra that is let in")
    parser.add_argument("--certificate", help="the file of the certificate; without it, there is no TLS")
    parser.add_argument("--key", help="the file of the certificate's key")
    parser.add_argument("--require-encryption", action="store_true", help="refuse clients that want no TLS")
    return parser.parse_args()


def _secret(file: str | None) -> str | None:
    return None if file is None else Path(file).read_text(encoding="utf-8")


def _serve(client: socket.socket, file: str, admission: Admission) -> None:
    """Leads one client from its login to its end; what it leaves open is undone."""
    client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    channel = Channel(client)
    try:
        first = client.recv(1, socket.MSG_PEEK)
        user = admit(channel, first[0], admission) if first else None
        if user is None:
            return
        print(f"{user} logged in", file=sys.stderr, flush=True)
        database = Database(file, admission.database)
        try:
            channel.follow(database.link.stop)
            Session(channel, database).run()
        finally:
            database.close()
    except Exception as error:  # noqa: BLE001 - one client's fault is not another's
        print(f"a session ended: {type(error).__name__}: {error}", file=sys.stderr, flush=True)
    finally:
        channel.close()


def main() -> None:
    """Listens until it is killed."""
    arguments = _arguments()
    context = tls_context(arguments.certificate, arguments.key) if arguments.certificate else None
    admission = Admission(
        user=arguments.user,
        password=_secret(arguments.password_file),
        token=_secret(arguments.token_file),
        database=arguments.database,
        context=context,
        is_encryption_required=arguments.require_encryption,
    )
    with tempfile.TemporaryDirectory() as folder:
        file = arguments.file or os.path.join(folder, "database")
        listener = socket.create_server(("127.0.0.1", arguments.port))
        print(listener.getsockname()[1], flush=True)
        while True:
            client, _ = listener.accept()
            threading.Thread(target=_serve, args=(client, file, admission), daemon=True).start()


if __name__ == "__main__":
    main()
