"""The command line does what it is told, and says in a sentence what is in the way."""

import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from threading import Event
from types import ModuleType
from typing import Any

import pytest
from typer.testing import CliRunner

import chatdesk
from chatdesk import cli
from chatdesk.cli import telling
from chatdesk.config import Obstacle, PolicySource, Settings, load_policy
from chatdesk.ports import Outgoing, StoreUnavailable, Trouble
from chatdesk.ui.trouble_cards import NEARLY_FULL
from tests.conftest import ROOT

SOUND = "queues:\n  it: {title: IT}\ntopics:\n  vpn: {title: VPN, queue: it}\n"


class FakeDesk(ModuleType):
    """Stands where the wiring is: notes what it is asked for, and answers as told."""

    def __init__(self) -> None:
        super().__init__("chatdesk.bootstrap")
        self.asked: list[tuple[Any, ...]] = []
        self.fails_with: Exception | None = None
        self.rows: list[Outgoing] = []
        self.troubles: list[Trouble] = []
        self.written: list[Path] = []

    def _note(self, *asked: Any) -> None:
        self.asked.append(asked)
        if self.fails_with:
            raise self.fails_with

    def migrate(self, settings: Settings) -> str:
        self._note("migrate", settings.data_dir)
        return "r0001"

    async def run(
        self, settings: Settings, policy: PolicySource, *, only: str | None = None, started: Any
    ) -> None:
        self._note("run", policy.current.name, only)
        started("" if only == "worker" else settings.address)

    def backup(self, _settings: Settings, path: Path) -> None:
        self._note("backup", path)

    def restore(self, _settings: Settings, path: Path) -> None:
        self._note("restore", path)

    def release(self, _settings: Settings) -> int:
        self._note("release")
        return 3

    def export(self, _settings: Settings, number: int, to: Path) -> list[Path]:
        self._note("export", number, to)
        return self.written

    def broken(self, _settings: Settings) -> list[Trouble]:
        return self.troubles

    def parked(self, _settings: Settings) -> list[Outgoing]:
        self._note("parked")
        return self.rows

    def replay(self, _settings: Settings, keys: list[str] | None = None) -> int:
        self._note("replay", keys)
        return len(keys or self.rows)


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> FakeDesk:
    fake = FakeDesk()
    monkeypatch.setitem(sys.modules, "chatdesk.bootstrap", fake)
    monkeypatch.setattr(chatdesk, "bootstrap", fake, raising=False)
    return fake


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TZ", "Europe/Berlin")
    for name in Settings.model_fields:
        monkeypatch.delenv(f"CHATDESK_{name.upper()}", raising=False)
    # It is for the whole process, and this one has other tests to run.
    monkeypatch.setattr(cli.running, "keep_logs_discreet", lambda: None)
    return tmp_path


@pytest.fixture
def call(capsys: pytest.CaptureFixture[str]) -> Any:
    def call(*arguments: str) -> tuple[int, str, str]:
        """Return the exit code and what was said on both channels."""
        with pytest.raises(SystemExit) as ended:
            cli.main(list(arguments))
        said = capsys.readouterr()
        return int(ended.value.code or 0), said.out, said.err

    return call


# --- help -----------------------------------------------------------------------------------------


def test_help_names_every_command_and_nothing_heavy_is_loaded_for_it() -> None:
    program = (
        "import sys\nfrom chatdesk.cli import main\n"
        "try: main(['--help'])\nexcept SystemExit: pass\n"
        "heavy = {'pydantic', 'ruamel', 'sqlalchemy', 'fastapi', 'asyncio', 'jinja2', 'rich',"
        " 'apscheduler', 'uvicorn', 'holidays', 'alembic', 'psycopg', 'discord', 'slack_bolt'}\n"
        "print('loaded:', *sorted(heavy & set(sys.modules)))"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    looking_after = ("backup", "restore", "export", "parked", "doctor", "key")
    for command in ("run", "setup", "check", "migrate", *looking_after):
        assert f"\n  {command} " in ran.stdout
    assert ran.stdout.endswith("loaded:\n"), ran.stdout.splitlines()[-1]


def test_the_module_is_the_program() -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "chatdesk", "--version"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert ran.stdout == f"chatdesk {chatdesk.__version__}\n"


@pytest.mark.parametrize(
    "arguments",
    [("rnu",), ("export", "#0"), ("export", "0"), ("parked", "replay"), ("run", "--only", "x")],
)
def test_what_cannot_be_understood_is_a_usage_error(call: Any, arguments: tuple[str, ...]) -> None:
    code, _, said = call(*arguments)
    assert code == 2
    assert "Traceback" not in said
    assert said


# --- check ----------------------------------------------------------------------------------------


def test_a_right_file_is_summed_up_in_one_line(call: Any) -> None:
    code, out, err = call("check", str(ROOT / "manifests" / "desk.example.yaml"))
    assert code == 0
    assert out.endswith(
        "desk.example.yaml is right: Northwind IT & Facilities, 2 queues, 6 topics,"
        " 2 calendars of hours, 2 agreements, 1 admin.\n"
    )
    assert (out.count("\n"), err) == (1, "")


def test_a_broken_file_is_told_mistake_by_mistake(call: Any, folder: Path) -> None:
    (folder / "desk.yaml").write_text(SOUND + "nmae: x\nadmins: [jo]\n")
    code, out, err = call("check")
    assert (code, out) == (1, "")
    assert err.splitlines() == [
        "desk.yaml:5: nmae is not a key here; did you mean name?",
        "desk.yaml:6: admins #1 is 'jo', which names nobody: write platform:id, such as local:jo",
    ]


def test_a_file_that_works_but_is_hardly_meant_so_is_remarked_upon(call: Any, folder: Path) -> None:
    (folder / "desk.yaml").write_text(SOUND.replace("topics", "  hr: {title: HR}\ntopics"))
    code, out, err = call("check")
    assert code == 0
    assert "is right" in out
    assert err.splitlines() == [
        "admins names nobody: nobody can look after the desk from chat.",
        "queues.it has no agents, leads or home: nobody sees its tickets.",
        "queues.hr has no agents, leads or home: nobody sees its tickets.",
        "queues.hr has no topic: its tickets come by transfer only.",
    ]


def test_a_queue_called_like_a_view_is_remarked_upon(call: Any, folder: Path) -> None:
    queues = "  waiting: {title: Waiting room, agents: [local:jo]}\ntopics"
    (folder / "desk.yaml").write_text(SOUND.replace("topics", queues))
    code, _, err = call("check")
    assert code == 0
    assert "queues.waiting is called like a view: `queue waiting` shows that instead." in err


@pytest.mark.parametrize(
    ("language", "is_known"), [("de", True), ("de-AT", True), ("fr", True), ("tlh", False)]
)
def test_a_language_without_texts_is_remarked_upon(
    call: Any, folder: Path, language: str, is_known: bool
) -> None:
    own = "wording: {fr: {buttons.claim: Prendre}}\n"
    (folder / "desk.yaml").write_text(f"{SOUND}language: {language}\n{own}")
    code, _, err = call("check")
    assert code == 0
    assert ("which has no texts: English is said." in err) is not is_known


def test_no_file_is_no_traceback(call: Any) -> None:
    assert call("check") == (
        1,
        "",
        "desk.yaml: there is no such file; `chatdesk setup` writes one\n",
    )


def test_settings_that_cannot_be_used_are_told(call: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHATDESK_PORT", "http")
    monkeypatch.setenv("CHATDESK_PROT", "80")
    code, _, err = call("check")
    assert code == 1
    assert err.splitlines() == [
        "CHATDESK_PROT is not a setting; did you mean CHATDESK_PORT?",
        "CHATDESK_PORT is 'http', not a whole number",
    ]


# --- setup ----------------------------------------------------------------------------------------


def test_setup_without_questions_writes_a_file_that_is_right(call: Any, folder: Path) -> None:
    code, out, _ = call(
        *("setup", "--yes", "--admin", "local:dana", "--queue", "IT", "--queue", "Building"),
        *("--hours", "mon-fri 9:00-17:00", "--country", "AT", "--name", "Our desk"),
    )
    assert code == 0
    assert "Wrote desk.yaml: open mon-fri 9:00-17:00, Europe/Berlin, public holidays of AT." in out
    policy = load_policy(folder / "desk.yaml")
    assert (policy.name, list(policy.queues)) == ("Our desk", ["it", "building"])
    assert call("check")[0] == 0


def test_setup_asks_and_asks_again(folder: Path) -> None:
    answers = ["Our desk", "IT, Building", "dana", "local:dana", "", "", "none", "always"]
    result = CliRunner().invoke(cli.app, ["setup"], input="\n".join([*answers, ""]))
    assert result.exit_code == 0, result.output
    assert "That cannot be: admins #1 is 'dana', which names nobody" in result.output
    policy = load_policy(folder / "desk.yaml")
    assert (policy.name, policy.zone) == ("Our desk", "Europe/Berlin")
    assert policy.hours["office"].always


def test_setup_never_overwrites_unasked(call: Any, folder: Path) -> None:
    file = folder / "desk.yaml"
    file.write_text("mine")
    code, _, err = call("setup", "--yes")
    assert (code, file.read_text()) == (1, "mine")
    assert "desk.yaml is there already" in err
    result = CliRunner().invoke(cli.app, ["setup"], input="n\n")
    assert (result.exit_code, file.read_text()) == (1, "mine")
    assert call("setup", "--yes", "--overwrite")[0] == 0
    assert file.read_text() != "mine"


def test_setup_refuses_flags_that_cannot_be_used_and_writes_nothing(
    call: Any, folder: Path
) -> None:
    code, _, err = call("setup", "--yes", "--zone", "Europe/Berln", "--admin", "dana")
    assert code == 1
    assert "did you mean Europe/Berlin?" in err
    assert "admins #1 is 'dana'" in err
    assert list(folder.iterdir()) == []


def test_setup_tells_where_it_may_not_write(call: Any, folder: Path) -> None:
    (folder / "file").write_text("")
    code, _, err = call("setup", "--yes", "file/desk.yaml")
    assert code == 1
    assert (
        err == "file: File exists; a file stands where a folder is needed, so name another place\n"
    )


# --- the desk -------------------------------------------------------------------------------------


def test_run_prepares_the_database_and_says_which_address_to_open(
    call: Any, desk: FakeDesk, folder: Path
) -> None:
    (folder / "desk.yaml").write_text("name: Ours\n" + SOUND)
    code, out, err = call("run")
    assert code == 0
    assert desk.asked == [("migrate", Path("desk-data")), ("run", "Ours", None)]
    assert out == "Open http://127.0.0.1:8137/ in a browser.\n"
    assert f"Starting chatdesk {chatdesk.__version__} with desk.yaml." in err
    assert "Ctrl-C stops the desk." in err


def test_no_library_can_quote_anybody_in_the_logs_of_a_run(
    call: Any, desk: FakeDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    monkeypatch.setattr(cli.running, "keep_logs_discreet", lambda: asked.append("discreet"))
    assert call("run")[0] == 0
    assert asked == ["discreet"]


def test_run_without_a_file_starts_the_example_and_says_so(call: Any, desk: FakeDesk) -> None:
    _, _, err = call("run", "--only", "worker")
    assert desk.asked[-1] == ("run", "Northwind IT & Facilities", "worker")
    assert "the example policy" in err


def test_run_does_not_start_with_a_file_that_was_asked_for_and_is_not_there(
    call: Any, desk: FakeDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CHATDESK_POLICY", "ours.yaml")
    code, _, err = call("run")
    assert (code, desk.asked) == (1, [])
    assert err.startswith("ours.yaml: there is no such file")


def test_run_does_not_start_with_a_broken_file(call: Any, desk: FakeDesk, folder: Path) -> None:
    (folder / "desk.yaml").write_text("nmae: x\n")
    code, _, err = call("run")
    assert (code, desk.asked) == (1, [])
    assert "desk.yaml:1: nmae is not a key here; did you mean name?" in err


def test_each_command_of_the_upkeep_reaches_the_desk(
    call: Any, desk: FakeDesk, folder: Path
) -> None:
    (folder / "old").write_text("a backup")
    desk.written = [folder / "ticket-7.json"]
    assert "has the form" in call("migrate")[1]
    assert call("backup", "new")[1] == "Wrote new.\n"
    assert "Restored old." in call("restore", "old")[1]
    assert call("release")[1] == "Released 3.\n"
    assert call("export", "7", "--to", "out")[1] == f"{folder / 'ticket-7.json'}\n"
    assert call("parked", "replay", "k1", "k2")[1] == "2 will be tried again.\n"
    assert desk.asked == [
        ("migrate", Path("desk-data")),
        ("backup", Path("new")),
        ("restore", Path("old")),
        ("release",),
        ("export", 7, Path("out")),
        ("replay", ["k1", "k2"]),
    ]


def test_a_backup_replaces_nothing_and_a_restore_needs_one(
    call: Any, desk: FakeDesk, folder: Path
) -> None:
    (folder / "old").write_text("a backup")
    code, _, err = call("backup", "old")
    assert (code, err) == (1, "old is there already, and a backup never replaces anything.\n")
    assert call("restore", "nowhere")[0] == 2
    assert desk.asked == []


def test_a_ticket_that_does_not_exist_is_told(call: Any, desk: FakeDesk) -> None:
    assert desk.written == []
    code, out, err = call("export", "7")
    assert (code, out, err) == (1, "", "There is no ticket #7.\n")


def parked(key: str, lane: str, notice: str, number: int | None, why: str) -> Outgoing:
    return Outgoing(key=key, lane=lane, seq=1, notice=notice, number=number, payload={}, why=why)


def test_what_is_broken_is_listed_with_its_remedy(call: Any, desk: FakeDesk) -> None:
    desk.troubles = [
        Trouble(platform="slack", place="", code="token_revoked", why="install the app again"),
        Trouble(platform="slack", place="C0HELP", code="is_archived", why="unarchive", waiting=3),
    ]
    assert call("parked", "list")[1].splitlines() == [
        "broken: slack  everything waits  install the app again",
        "broken: C0HELP  3 wait  unarchive",
    ]


def test_what_soon_is_full_is_listed_as_a_warning(call: Any, desk: FakeDesk) -> None:
    desk.troubles = [
        Trouble(platform="discord", place="active threads", code=NEARLY_FULL, why="archive some"),
    ]
    assert call("parked", "list")[1] == "warning: active threads  0 wait  archive some\n"


def test_what_is_parked_is_listed_with_its_reason(call: Any, desk: FakeDesk) -> None:
    desk.rows = [
        parked("k1", "ticket:7:requester", "replied", 7, why="the place is gone"),
        parked("k2", "person:p", "digest", None, why="refused"),
    ]
    code, out, err = call("parked", "list")
    assert out.splitlines() == ["k1  #7  replied  the place is gone", "k2  -  digest  refused"]
    assert (code, err) == (0, "2 parked.\n")
    desk.rows = []
    assert call("parked", "list") == (0, "", "Nothing is parked.\n")


def test_everything_parked_is_replayed_only_when_asked_for(call: Any, desk: FakeDesk) -> None:
    assert call("parked", "replay", "--all", "k1")[0] == 2
    assert desk.asked == []
    assert call("parked", "replay", "--all")[0] == 0
    assert desk.asked == [("replay", None)]


# --- what goes wrong ------------------------------------------------------------------------------


def test_an_obstacle_is_one_sentence(call: Any, desk: FakeDesk) -> None:
    desk.fails_with = Obstacle("The database is newer than this chatdesk.")
    assert call("migrate") == (1, "", "The database is newer than this chatdesk.\n")


def test_a_database_that_does_not_answer_is_told_with_the_reason(call: Any, desk: FakeDesk) -> None:
    desk.fails_with = StoreUnavailable("The desk cannot save anything")
    desk.fails_with.__cause__ = ValueError("connection refused\nand much more")
    told = (
        "The database cannot be used: connection refused; see that the server runs and can be"
        " reached (CHATDESK_DATABASE_URL, CHATDESK_DATA_DIR)\n"
    )
    assert call("migrate") == (1, "", told)


def test_what_the_machine_refuses_is_told_with_the_file(call: Any, desk: FakeDesk) -> None:
    desk.fails_with = PermissionError(13, "Permission denied", "desk-data")
    code, _, err = call("migrate")
    assert code == 1
    assert err.startswith("desk-data: Permission denied; give whoever runs the desk the right")


def test_a_bug_is_not_hidden(desk: FakeDesk) -> None:
    desk.fails_with = ZeroDivisionError("division by zero")
    with pytest.raises(ZeroDivisionError):
        cli.main(["migrate"])


def test_a_long_wait_is_told_and_a_short_one_is_not(
    call: Any, desk: FakeDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, _, err = call("release")
    assert err == ""
    told = Event()
    monkeypatch.setattr(telling, "SAY_AFTER_SECONDS", 0.001)
    monkeypatch.setattr(telling, "say", lambda word: told.set() if "so far" in word else None)
    monkeypatch.setattr(desk, "release", lambda _settings: int(told.wait(60)))
    assert call("release")[1] == "Released 1.\n"


# --- what an installed desk finds -----------------------------------------------------------------


def test_an_installed_desk_finds_the_example_without_the_source_tree(folder: Path) -> None:
    wheel = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]
    targets = wheel["targets"]["wheel"]
    unneeded = shutil.ignore_patterns("adapters", "__pycache__")
    for package in targets["packages"]:
        shutil.copytree(ROOT / package, folder / "site" / package, ignore=unneeded)
    for source, target in targets["force-include"].items():
        shutil.copyfile(ROOT / source, folder / "site" / target)
    program = (
        "from chatdesk.config import PolicySource, example_file\nfrom pathlib import Path\n"
        "print(example_file())\nprint(PolicySource(Path('desk.yaml'), example=True).current.name)"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program],
        cwd=folder,
        env={"PYTHONPATH": str(folder / "site"), "PATH": ""},
        capture_output=True,
        text=True,
        check=True,
    )
    assert ran.stdout.splitlines() == [
        str(folder / "site" / "chatdesk" / "desk.example.yaml"),
        "Northwind IT & Facilities",
    ]
