"""Examines a desk and its platforms, for whoever looks after it: what is wrong, and what to do."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace

from chatdesk.adapters import db
from chatdesk.config import Obstacle, PolicySource, Settings
from chatdesk.lifecycle import record
from chatdesk.lifecycle.policy import Policy
from chatdesk.ports import StoreUnavailable, Transaction, Trouble
from chatdesk.ports.findings import Finding, State
from chatdesk.troubles import is_warning

PLATFORM = "slack"


def examine_slack(settings: Settings, *, greet: str = "") -> list[Finding]:
    """Look at the tokens, at Slack, and at what is kept; nothing is changed.

    `greet` is the id of somebody who is written to, to see whether that is possible.
    """
    found = _settings(settings)
    policy = _policy(settings, found)
    for name, token, first in _tokens(settings, found):
        told = asyncio.run(_slack(settings, policy, greet if first else "", token=token, team=name))
        found += [replace(one, about=f"{name}, {one.about}") for one in told] if name else told
    return found + _kept(settings)


def examine_discord(settings: Settings, *, greet: str = "") -> list[Finding]:
    """Look at the token, at Discord, and at what is kept; nothing is changed.

    `greet` is for platforms that may refuse to be written in; Discord tells of that by itself.
    """
    del greet
    if settings.discord_token is None:
        remedy = (
            "at discord.com/developers/applications, your application, Bot, Reset Token; set"
            " CHATDESK_DISCORD_TOKEN to it"
        )
        return [_wrong("CHATDESK_DISCORD_TOKEN", "it is not set", remedy)]
    found: list[Finding] = []
    policy = _policy(settings, found)
    return found + asyncio.run(_discord(settings, policy)) + _kept(settings)


async def _discord(settings: Settings, policy: Policy | None) -> list[Finding]:
    # Its library takes as long to import.
    from chatdesk.adapters.discord.doctor import Doctor, Wanted
    from chatdesk.bootstrap import discord

    access = discord.access(settings)
    wanted = discord.wanted(policy, _marks(settings)) if policy is not None else Wanted()
    return await Doctor(access, wanted).examine() if access else []


def _marks(settings: Settings) -> Callable[[str], str | None]:
    """Return what reads a mark; nothing where the database does not answer."""

    def get(name: str) -> str | None:
        try:
            with closing(db.open_store(settings.database.get_secret_value(), record)) as store:
                return store.read(lambda tx: tx.marks.get(name))
        except (StoreUnavailable, db.SchemaMismatch):
            return None

    return get


def _tokens(settings: Settings, found: list[Finding]) -> list[tuple[str, str, bool]]:
    """Return each workspace with its token, and whether it is the first; a single one has no name.

    What keeps them from being read, and where the app is not installed, is `found`.
    """
    own = settings.slack_bot_token.get_secret_value() if settings.slack_bot_token else ""
    if not settings.slack_client_id:
        return [("", own, True)] if own else []
    # Only an app that is installed in several workspaces needs any of this.
    from chatdesk.adapters.slack.installations import Installations, ring_of
    from chatdesk.bootstrap.slack_installing import Vault, oauth_of

    try:
        oauth = oauth_of(settings)
        keys = settings.slack_encryption_keys
        url = settings.database.get_secret_value()
        with closing(db.open_store(url, record)) as store:
            ring = ring_of(keys.get_secret_value() if keys else "")
            installed = {one.team: one.token for one in Installations(Vault(store), ring).all()}
    except (Obstacle, StoreUnavailable) as problem:
        found.append(_wrong("installations", str(problem), "put the settings right"))
        return []
    teams = oauth.workspaces if oauth else ()
    installed = ({teams[0]: own} if teams and own else {}) | installed
    page = f"open {settings.public_url}slack/install and install it there"
    found += [
        _wrong(team, "the app is not installed there", page)
        for team in teams
        if team not in installed
    ]
    return [(team, installed[team], team == teams[0]) for team in teams if team in installed]


def _settings(settings: Settings) -> list[Finding]:
    """Look at the tokens as they are written; what they open, Slack says."""
    found = []
    shapes = (
        ("CHATDESK_SLACK_BOT_TOKEN", settings.slack_bot_token, "xoxb-", "Install App"),
        (
            "CHATDESK_SLACK_APP_TOKEN",
            settings.slack_app_token,
            "xapp-",
            "Basic Information, App-Level Tokens",
        ),
    )
    for name, token, beginning, where in shapes:
        if token is not None and not token.get_secret_value().startswith(beginning):
            said = f"{name} does not begin with {beginning}"
            found.append(_wrong(name, said, f"copy it from api.slack.com/apps, {where}"))
    if settings.slack_bot_token is None and not settings.slack_client_id:
        remedy = "install the app (api.slack.com/apps, Install App), and set it to its bot token"
        found.append(_wrong("CHATDESK_SLACK_BOT_TOKEN", "it is not set", remedy))
    elif settings.slack_app_token is None and settings.slack_signing_secret is None:
        remedy = (
            "set CHATDESK_SLACK_APP_TOKEN (Basic Information, App-Level Tokens), or over HTTP"
            " CHATDESK_SLACK_SIGNING_SECRET (Basic Information, App Credentials)"
        )
        found.append(_wrong("hearing", "nothing to hear Slack with is set", remedy))
    return found


def _policy(settings: Settings, found: list[Finding]) -> Policy | None:
    try:
        return PolicySource(
            settings.policy, example="policy" not in settings.model_fields_set
        ).current
    except Obstacle as problem:
        sentence = str(problem).partition("\n")[0]
        found.append(_wrong("policy", sentence, "put it right; chatdesk check names every mistake"))
        return None


async def _slack(
    settings: Settings, policy: Policy | None, person: str, *, token: str, team: str
) -> list[Finding]:
    # Its libraries take half a second to import.
    from chatdesk.adapters.slack import doctor
    from chatdesk.bootstrap import slack

    access = replace(slack.keys(settings), bot_token=token)
    wanted = slack.wanted(policy) if policy is not None else doctor.Wanted()
    if team:
        is_first = team == access.workspaces[0]
        wanted = doctor.wanted_in(wanted, "" if is_first else team)
        wanted = replace(wanted, with_groups=True)  # the page asks for all that may be needed
    found = await doctor.Doctor(access, wanted).examine()
    if person:
        words = f"This is {policy.name if policy else 'your help desk'}, trying out its voice."
        found.append(await doctor.greet(access, person.removeprefix("slack:"), words))
    return found


def _kept(settings: Settings) -> list[Finding]:
    """Look at what the desk itself knows: what is broken, and what waits for it."""

    def look(tx: Transaction) -> list[Finding]:
        found = [
            _wrong(one.place or one.platform, _since(one), one.why) for one in tx.troubles.all()
        ]
        held = len(tx.outbox.parked())
        if held and not found:
            remedy = "chatdesk parked list says why; chatdesk parked replay tries again"
            found.append(_wrong("messages", f"{held} could not be delivered", remedy))
        return found

    url = settings.database.get_secret_value()
    try:
        if not _has_run(url):
            said = "no desk has kept anything here yet"
            return [Finding(about="messages", state=State.OK, said=said)]
        with closing(db.open_store(url, record)) as store:
            found = store.read(look)
    except (StoreUnavailable, db.SchemaMismatch) as problem:
        return [_wrong("database", str(problem), "chatdesk migrate, or see to its server")]
    return found or [Finding(about="messages", state=State.OK, said="none waits for a remedy")]


def _since(trouble: Trouble) -> str:
    how = "nearly full" if is_warning(trouble) else "broken"
    return f"{how} since {trouble.since:%Y-%m-%d %H:%M} UTC, {trouble.waiting} waiting"


def _has_run(url: str) -> bool:
    try:
        return db.schema_version(url) is not None
    except db.SchemaMismatch:  # there is no file
        return False


def _wrong(about: str, said: str, remedy: str) -> Finding:
    return Finding(about=about, state=State.WRONG, said=said, remedy=remedy)
