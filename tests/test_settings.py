"""Settings come from the environment; what cannot be used is said, and secrets never are."""

from pathlib import Path

import pytest

from chatdesk.config import LogLevel, Settings, SettingsBroken
from chatdesk.config.settings import doubtful_variables


def refusal(**environment: str) -> list[str]:
    with pytest.raises(SettingsBroken) as refused:
        Settings.from_environment(environment)
    return str(refused.value).splitlines()


def test_an_empty_environment_is_a_desk_on_this_machine() -> None:
    settings = Settings.from_environment({})
    assert settings.policy == Path("desk.yaml")
    assert settings.address == "http://127.0.0.1:8137/"
    assert settings.log_level is LogLevel.INFO
    assert settings.database.get_secret_value() == "sqlite:///desk-data/desk.sqlite3"


def test_the_database_lies_in_the_data_folder_unless_it_is_named() -> None:
    settings = Settings.from_environment({"CHATDESK_DATA_DIR": "/srv/desk"})
    assert settings.database.get_secret_value() == "sqlite:////srv/desk/desk.sqlite3"
    url = "postgresql://desk:pw@db/desk"
    settings = Settings.from_environment({"CHATDESK_DATABASE_URL": url})
    assert settings.database.get_secret_value() == url


def test_a_home_folder_may_be_written_as_a_person_writes_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HOME", "/srv/jo")
    settings = Settings.from_environment({"CHATDESK_POLICY": "~/desk.yaml"})
    assert settings.policy == Path("/srv/jo/desk.yaml")


def test_an_address_of_the_new_kind_is_written_for_browsers() -> None:
    assert Settings.from_environment({"CHATDESK_HOST": "::1"}).address == "http://[::1]:8137/"


def test_an_empty_variable_is_as_good_as_none() -> None:
    assert Settings.from_environment({"CHATDESK_PORT": " "}).port == 8137


def test_all_that_cannot_be_used_is_said_at_once() -> None:
    said = refusal(
        CHATDESK_PORT="http", CHATDESK_LOG_LEVEL="loud", CHATDESK_DATABASE_URL="mysql://db/desk"
    )
    assert sorted(said) == [
        "CHATDESK_DATABASE_URL begins neither with sqlite:/// nor with postgresql://",
        "CHATDESK_LOG_LEVEL is 'loud', which is not one of debug, info, warning, error",
        "CHATDESK_PORT is 'http', not a whole number",
    ]
    assert refusal(CHATDESK_PORT="99999") == ["CHATDESK_PORT is '99999', and must be at most 65535"]


def test_a_secret_may_stand_in_a_file(tmp_path: Path) -> None:
    file = tmp_path / "url"
    file.write_text("postgresql://desk:pw@db/desk\n")
    settings = Settings.from_environment({"CHATDESK_DATABASE_URL_FILE": str(file)})
    assert settings.database.get_secret_value() == "postgresql://desk:pw@db/desk"


def test_a_secret_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (binary := tmp_path / "binary").write_bytes(b"\xff\xfe")
    for file, reason in ((tmp_path / "none", "No such file"), (binary, "it is not UTF-8")):
        (said,) = refusal(CHATDESK_DATABASE_URL_FILE=str(file))
        assert said.startswith(f"CHATDESK_DATABASE_URL_FILE names {file}, which cannot be read")
        assert reason in said


def test_a_secret_is_never_shown() -> None:
    secret = "hunter2hunter2"
    settings = Settings.from_environment({"CHATDESK_DATABASE_URL": f"postgresql://x:{secret}@db/x"})
    shown = f"{settings!r} {settings} {settings.model_dump()} {settings.model_dump_json()}"
    assert secret not in shown + repr(settings.database)
    assert secret not in " ".join(refusal(CHATDESK_DATABASE_URL=f"mysql://x:{secret}@db/x"))


def test_a_variable_that_looks_like_a_misspelt_setting_is_doubted() -> None:
    environment = {
        "CHATDESK_PROT": "1",
        "CHATDESK_DATABASE_ULR_FILE": "x",
        "CHATDESK_VENV": "x",  # the `desk` script's
        "CHATDESK_DATA": "x",  # the tests'
        "CHATDESK_PORT": "1",
        "CHATDESK_HOST_FILE": "x",
        "CHATDESK_DATABASE_URL_FILE": "x",
        "PATH": "x",
    }
    assert doubtful_variables(environment) == [
        "CHATDESK_DATABASE_ULR_FILE is not a setting; did you mean CHATDESK_DATABASE_URL_FILE?",
        "CHATDESK_HOST_FILE is not a setting: only secrets are read from files",
        "CHATDESK_PROT is not a setting; did you mean CHATDESK_PORT?",
    ]
