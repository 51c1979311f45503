"""The commands that look after what is kept, over a real database: erased, exported, verified."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from typer.testing import CliRunner

from chatdesk import bootstrap, cli
from chatdesk.adapters.db import open_store
from chatdesk.config import Settings
from chatdesk.lifecycle import record
from tests.adapters.store_stories import JO, Desk, assigned

Said = tuple[int, str, str]


@pytest.fixture
def call(capsys: pytest.CaptureFixture[str]) -> Callable[..., Said]:
    def call(*arguments: str) -> Said:
        """Return the exit code and what was said on both channels."""
        with pytest.raises(SystemExit) as ended:
            cli.main(list(arguments))
        said = capsys.readouterr()
        return int(ended.value.code or 0), said.out, said.err

    return call


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a desk that has never been used."""
    monkeypatch.chdir(tmp_path)
    for name in Settings.model_fields:
        monkeypatch.delenv(f"CHATDESK_{name.upper()}", raising=False)
    # It is for the whole process, and this one has other tests to run.
    monkeypatch.setattr(cli.running, "keep_logs_discreet", lambda: None)
    return tmp_path


@pytest.fixture
def file() -> Path:
    """The database of a desk with three tickets, of which Mara, whom the desk knows, has none."""
    settings = Settings()
    bootstrap.migrate(settings)
    with closing(open_store(settings.database.get_secret_value(), record)) as store:
        desk = Desk(store)
        for _ in range(3):
            desk.open(assigned(JO))
        store.write(
            lambda tx: tx.people.remember("local:mara", name="Mara Lind", zone="UTC", locale="en")
        )
    return settings.data_dir / "desk.sqlite3"


def tamper(file: Path, *changes: str) -> None:
    """Change a database past the desk, and past the triggers that protect the record."""
    with closing(sqlite3.connect(file)) as connection:
        for table in ("facts", "acts"):
            connection.execute(f"DROP TRIGGER {table}_stay")
            connection.execute(f"DROP TRIGGER {table}_are_kept")
        for change in changes:
            assert connection.execute(change).rowcount > 0
        connection.commit()


# --- the record -----------------------------------------------------------------------------------


def test_a_whole_record_is_said_to_be_whole(call: Callable[..., Said], file: Path) -> None:
    assert call("audit", "verify")[:2] == (
        0,
        "The record is whole: 3 tickets with 6 facts, and 0 acts.\n",
    )


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (
            "UPDATE facts SET payload = replace(payload, 'jo', 'sam') WHERE number = 2 AND seq = 2",
            "#2, 2: this fact is not what was written",
        ),
        ("DELETE FROM facts WHERE number = 2 AND seq = 1", "#2, 1: a fact is missing"),
        (
            "DELETE FROM facts WHERE number = 2 AND seq = 2",
            "#2, 1: facts are missing after this one",
        ),
        ("DELETE FROM tickets WHERE number = 2", "#2: the ticket of these facts is missing"),
        (
            "UPDATE tickets SET state = replace(state, 'jo', 'sam') WHERE number = 2",
            "#2: its state is not what they tell of",
        ),
        ("UPDATE tickets SET state = '{}' WHERE number = 2", "#2: its state is not what they"),
    ],
)
def test_what_was_changed_past_the_desk_is_named(
    call: Callable[..., Said], file: Path, change: str, told: str
) -> None:
    tamper(file, change)
    code, out, err = call("audit", "verify")
    assert code == 1
    assert out.startswith(told)
    assert out.count("\n") == 1, "the other tickets are whole"
    assert "1 is not what was written" in err
    assert "restore the newest backup" in err


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ("UPDATE acts SET payload = replace(payload, '0', '9') WHERE seq = 1", "acts, 1: this act"),
        ("DELETE FROM acts WHERE seq = 1", "acts, 1: an act is missing"),
        ("DELETE FROM acts WHERE seq = 2", "acts, 1: acts are missing after this one"),
        ("DELETE FROM acts", "acts: acts are missing"),
    ],
)
def test_nobody_can_hide_what_they_did_to_the_desk(
    call: Callable[..., Said], file: Path, change: str, told: str
) -> None:
    assert call("release")[0] == 0
    assert call("parked", "replay", "--all")[0] == 0
    code, out, _ = call("audit", "list")
    assert code == 0
    assert [line.split("  ")[2:] for line in out.splitlines()] == [
        ["released", "rows=0"],
        ["replayed", "rows=0"],
    ]
    tamper(file, change)
    code, out, _ = call("audit", "verify")
    assert code == 1
    assert out.startswith(told)


# --- a person -------------------------------------------------------------------------------------


def test_what_an_erasure_takes_is_shown_and_asked_about_first(
    call: Callable[..., Said], file: Path
) -> None:
    code, out, _ = call("erase", "local:mara", "--preview")
    assert code == 0
    assert "Mara Lind (id " in out
    assert "known as local:mara." in out
    asked = CliRunner().invoke(cli.app, ["erase", "Mara Lind"], input="n\n")
    assert asked.exit_code == 1
    assert "It cannot be undone." in asked.output
    unheard = CliRunner().invoke(cli.app, ["erase", "local:mara"], input="")
    assert unheard.exit_code == 1, "without a person to ask, nothing goes unless --yes is said"
    assert call("erase", "local:mara", "--preview")[0] == 0, "nothing is gone"
    code, out, _ = call("erase", "local:mara", "--yes")
    assert code == 0
    assert "backups made before now" in out
    code, out, err = call("erase", "local:mara", "--yes")
    assert code == 1
    assert "Nobody is known as local:mara" in err
    assert "erased" in call("audit", "list")[1]
    assert call("audit", "verify")[0] == 0


def test_who_is_named_in_the_policy_is_told_so(
    call: Callable[..., Said], file: Path, folder: Path
) -> None:
    (folder / "desk.yaml").write_text("admins: [local:mara]\n")
    assert "take them out there yourself" in call("erase", "local:mara", "--preview")[1]


def test_several_of_a_name_are_told_apart_and_none_is_touched(
    call: Callable[..., Said], file: Path
) -> None:
    with closing(open_store(f"sqlite:///{file}", record)) as store:
        store.write(
            lambda tx: tx.people.remember("slack:U1", name="Mara Lind", zone="UTC", locale="en")
        )
    code, _, err = call("erase", "Mara Lind", "--yes")
    assert code == 1
    assert "slack:U1" in err
    assert "local:mara" in err
    assert call("erase", "slack:U1", "--yes")[0] == 0
    assert call("erase", "local:mara", "--preview")[0] == 0


def test_a_person_can_be_given_what_is_theirs(
    call: Callable[..., Said], file: Path, folder: Path
) -> None:
    code, out, _ = call("export", "local:mara", "--to", "out")
    assert code == 0
    assert "Mara Lind" in (folder / out.strip()).read_text()


def test_nobody_else_on_the_machine_can_read_what_is_kept(file: Path) -> None:
    assert os.stat(file.parent).st_mode & 0o077 == 0  # noqa: PTH116 - it reads like the shell's


# --- what stands in the way -----------------------------------------------------------------------

COMMANDS = (
    *("migrate", "release", "parked list", "audit verify", "audit list", "export 1"),
    *("export local:x", "erase local:x", "backup copy", "parked replay --all", "run"),
)


def no_database(folder: Path) -> None:
    (folder / "desk-data").mkdir()
    (folder / "desk-data" / "desk.sqlite3").write_bytes(b"this is a shopping list" * 100)


def a_newer_one(folder: Path) -> None:
    bootstrap.migrate(Settings())
    with closing(sqlite3.connect(folder / "desk-data" / "desk.sqlite3")) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
        connection.commit()


def a_file_for_a_folder(folder: Path) -> None:
    (folder / "desk-data").write_text("")


OBSTACLES: dict[str, tuple[Callable[[Path], None], tuple[str, ...]]] = {
    "no database": (no_database, ("no SQLite database: name another",)),
    "a newer one": (a_newer_one, ("install that version, or restore a backup",)),
    "a file for a folder": (a_file_for_a_folder, ("name another place", "run `chatdesk migrate`")),
}


@pytest.mark.parametrize("obstacle", OBSTACLES)
@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_says_what_is_in_the_way_and_what_to_do(
    call: Callable[..., Said], folder: Path, obstacle: str, command: str
) -> None:
    prepare, advice = OBSTACLES[obstacle]
    prepare(folder)
    code, _, err = call(*command.split())
    assert code == 1
    assert any(word in err.splitlines()[-1] for word in advice), err
    assert "Traceback" not in err


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("sqlite://", "the desk keeps its data in a file: name one"),
        ("mysql://me:pass-w0rd@host/x", "begins neither with"),
        ("postgresql://me:pass-w0rd@[::bad/x", "CHATDESK_DATABASE_URL is neither"),
        ("postgresql://me:pass-w0rd@127.0.0.1:1/x", "see that the server runs"),
    ],
)
def test_an_address_that_leads_nowhere_is_told_without_its_password(
    call: Callable[..., Said], monkeypatch: pytest.MonkeyPatch, address: str, told: str
) -> None:
    monkeypatch.setenv("CHATDESK_DATABASE_URL", address)
    for command in ("migrate", "parked list", "run"):
        code, out, err = call(*command.split())
        assert code == 1
        assert told in err.splitlines()[-1]
        assert "pass-w0rd" not in out + err


def test_a_key_that_is_not_parked_is_told(call: Callable[..., Said], file: Path) -> None:
    code, out, err = call("parked", "replay", "k1")
    assert (code, out) == (1, "0 will be tried again.\n")
    assert "`chatdesk parked list` shows what is" in err
