"""What the desk is told by its environment: where its things are, where it answers, its secrets."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, ValidationError

from chatdesk.config.mistakes import SettingsBroken, nearest, predicate
from chatdesk.lifecycle.terms import refusal

PREFIX = "CHATDESK_"
_FILE = "_FILE"


class LogLevel(StrEnum):
    """How much is logged."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


_Folder = Annotated[Path, AfterValidator(Path.expanduser)]


def _database(url: SecretStr) -> SecretStr:
    if not re.match(r"(sqlite|postgres(ql)?)(\+\w+)?://", url.get_secret_value()):
        raise refusal("begins neither with sqlite:/// nor with postgresql://")
    return url


def _api(url: str) -> str:
    if not re.fullmatch(r"https://\S+|http://(127\.0\.0\.1|localhost|\[::1\])(:\d+)?(/\S*)?", url):
        raise refusal("does not begin with https://")
    return url.rstrip("/") + "/"


def _gateway(url: str) -> str:
    if not re.fullmatch(r"wss://\S+|ws://(127\.0\.0\.1|localhost|\[::1\])(:\d+)?(/\S*)?", url):
        raise refusal("does not begin with wss://")
    return url


def _public(url: str) -> str:
    return _api(url) if url else url


def _command(name: str) -> str:
    if not re.fullmatch(r"/[a-z0-9_-]{1,31}", name):
        raise refusal("is no command: / and up to 31 lower-case letters, digits, - or _")
    return name


def _snowflake(found: str) -> str:
    if found and not re.fullmatch(r"\d{15,20}", found):
        raise refusal("is no id of Discord's: switch Developer Mode on there, and copy the id")
    return found


_Id = Annotated[str, AfterValidator(_snowflake)]


class Settings(BaseModel):
    """Where the desk keeps its things and where it answers.

    Each setting is an environment variable: `CHATDESK_` and the setting's name in capitals.
    Relative paths are looked up from where the desk is started.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    policy: _Folder = Path("desk.yaml")
    """The policy file. Where this is not set and there is no desk.yaml, the desk starts with the
    example that comes with it."""
    data_dir: _Folder = Path("desk-data")
    """The folder of everything the desk keeps in files: its SQLite database, among others. It is
    made when it is missing."""
    database_url: Annotated[SecretStr, AfterValidator(_database)] | None = None
    """The database, as `sqlite:///path/to/file` or `postgresql://user:password@host/name`. Without
    it the desk keeps an SQLite database in its data folder."""
    host: Annotated[str, Field(min_length=1)] = "127.0.0.1"
    """The address on which the desk's pages answer."""
    port: Annotated[int, Field(ge=1, le=65535)] = 8137
    """The port on which the desk's pages answer."""
    log_level: LogLevel = LogLevel.INFO
    """How much is logged: debug, info, warning or error."""
    slack_bot_token: SecretStr | None = None
    """The app's bot token, `xoxb-...`. With it the desk is in Slack, and there is no workspace in
    the browser."""
    slack_app_token: SecretStr | None = None
    """The app-level token, `xapp-...`: with it Slack is heard over a socket, and nothing has to be
    reachable from outside."""
    slack_signing_secret: SecretStr | None = None
    """The app's signing secret, to hear Slack over HTTP where no app-level token is set."""
    slack_previous_signing_secret: SecretStr | None = None
    """The signing secret before that, good as well while it is being changed."""
    slack_api_url: Annotated[str, AfterValidator(_api)] = "https://slack.com/api/"
    """Where Slack answers; another one for GovSlack, for example."""
    slack_client_id: str = ""
    """The app's client id, for a desk in several workspaces: the app is installed in each of them
    from the page `/slack/install`."""
    slack_client_secret: SecretStr | None = None
    """The app's client secret, needed with its client id."""
    slack_workspaces: str = ""
    """The ids of the workspaces the app may be installed in, with commas between them. Ids of
    people and places in the first one stay bare; others carry theirs: `C012AB3CD@T0FAC`."""
    slack_encryption_keys: SecretStr | None = None
    """What the tokens of installed workspaces are encrypted with, as `chatdesk key` makes it. While
    it is being changed: the new key, a comma, the old key."""
    public_url: Annotated[str, AfterValidator(_public)] = ""
    """Where the desk's pages are reached from outside, `https://desk.example.com`: Slack leads
    back there after an installation."""
    slack_command: Annotated[str, AfterValidator(_command)] = "/ticket"
    """The slash command in Slack. The manifest, help and every hint follow it; who changes it puts
    the manifest in again."""
    discord_token: SecretStr | None = None
    """The bot's token. With it the desk is in Discord, and there is no workspace in the browser."""
    discord_application_id: _Id = ""
    """The application's id, for the link by which the bot is invited. The desk itself needs no
    telling."""
    discord_guild: _Id = ""
    """The id of the server the desk is in; without it, the one that has the first channel named."""
    discord_support_channel: _Id = ""
    """The id of the text channel in which each requester gets a private thread for each ticket."""
    discord_shards: Annotated[int, Field(ge=0, le=1000)] = 0
    """The number of sessions through which the bot is heard, shared evenly by the processes that
    hear it; 0 for as many as Discord recommends, which is one for a bot in few servers."""
    discord_api_url: Annotated[str, AfterValidator(_api)] = "https://discord.com/api/v10/"
    """Where Discord answers; a proxy's address for large bots, for example."""
    discord_gateway_url: Annotated[str, AfterValidator(_gateway)] = "wss://gateway.discord.gg/"
    """Where Discord's gateway is."""

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> Self:
        """Read the settings; raise SettingsBroken with a sentence for each that cannot be used.

        An empty variable counts as not set. A secret may also come from the file that a variable
        of the same name with `_FILE` behind it names.
        """
        given = os.environ if environment is None else environment
        values, mistakes = _collect(given)
        try:
            settings = cls.model_validate(values)
        except ValidationError as error:
            mistakes += [_sentence(found["loc"], predicate(found)) for found in error.errors()]
        if mistakes:
            raise SettingsBroken("\n".join(mistakes))
        return settings

    @property
    def is_in_slack(self) -> bool:
        """Whether the desk is in Slack: it has a token there, or can be installed."""
        return self.slack_bot_token is not None or bool(self.slack_client_id)

    @property
    def database(self) -> SecretStr:
        """The address of the database, that of the SQLite file in the data folder by default."""
        return self.database_url or SecretStr(f"sqlite:///{self.data_dir / 'desk.sqlite3'}")

    @property
    def address(self) -> str:
        """Where a browser finds the desk's pages."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}/"


def variable(setting: str) -> str:
    """Return the environment variable of a setting."""
    return PREFIX + setting.upper()


def is_secret(setting: str) -> bool:
    """Whether a setting's value is never to be printed, and may be read from a file."""
    return "SecretStr" in str(Settings.model_fields[setting].annotation)


def doubtful_variables(environment: Mapping[str, str] | None = None) -> list[str]:
    """Return a sentence for each variable that is no setting but looks as if it should be one."""
    given = os.environ if environment is None else environment
    known = {variable(setting) for setting in Settings.model_fields}
    files = {variable(setting) + _FILE for setting in Settings.model_fields if is_secret(setting)}
    doubts = []
    for name in sorted(name for name in given if name.startswith(PREFIX)):
        if name in known | files:
            continue
        if name.removesuffix(_FILE) in known:
            doubts.append(f"{name} is not a setting: only secrets are read from files")
        elif meant := _meant(name, known | files):
            doubts.append(f"{name} is not a setting; did you mean {meant}?")
    return doubts


def _meant(name: str, known: set[str]) -> str:
    """The nearest variable: strict, for others use the prefix for what is no setting of a desk."""
    words = {setting.removeprefix(PREFIX): setting for setting in known}
    return words.get(nearest(name.removeprefix(PREFIX), words, likeness=0.7), "")


def _collect(given: Mapping[str, str]) -> tuple[dict[str, str], list[str]]:
    """The values of the settings that are set, and what was wrong with the files named."""
    values, mistakes = {}, []
    for setting in Settings.model_fields:
        named = variable(setting)
        if given.get(named, "").strip():
            values[setting] = given[named].strip()
        elif is_secret(setting) and given.get(named + _FILE):
            file = Path(given[named + _FILE])
            try:
                values[setting] = file.read_text(encoding="utf-8").strip()
            except (OSError, UnicodeDecodeError) as error:
                reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
                mistakes.append(f"{named}{_FILE} names {file}, which cannot be read: {reason}")
    return values, mistakes


def _sentence(place: tuple[int | str, ...], said: str) -> str:
    return f"{variable(str(place[0]))} {said}"
