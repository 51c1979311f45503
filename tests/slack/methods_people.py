"""`users.*`, `usergroups.*`, `auth.test`: who people are, and who the app is."""

from __future__ import annotations

from tests.slack.arguments import Asked
from tests.slack.shapes import page, person_json
from tests.slack.things import ApiRefused, Json
from tests.slack.workspace import TEAM_DOMAIN


def info(asked: Asked) -> Json:
    """`users.info`."""
    person = asked.slack.person(str(asked.get("user")))
    with_locale = bool(asked.get("include_locale"))
    return {"user": person_json(asked.slack, person, with_locale=with_locale)}


def list_all(asked: Asked) -> Json:
    """`users.list`."""
    everybody = [person_json(asked.slack, person) for person in asked.slack.people.values()]
    shown, rest = page(everybody, str(asked.get("cursor") or ""), asked.get("limit", 100))
    return {"members": shown, "response_metadata": {"next_cursor": rest}}


def lookup_by_email(asked: Asked) -> Json:
    """`users.lookupByEmail`: only active people of this workspace are found."""
    wanted = str(asked.get("email")).lower()
    for person in asked.slack.people.values():
        is_here = not (person.is_deactivated or person.is_stranger or person.is_bot)
        if is_here and person.email.lower() == wanted:
            return {"user": person_json(asked.slack, person)}
    raise ApiRefused("users_not_found")


def group_members(asked: Asked) -> Json:
    """`usergroups.users.list`."""
    group = asked.slack.groups.get(str(asked.get("usergroup")))
    if group is None:
        raise ApiRefused("no_such_subteam")
    active = [user for user in group if not asked.slack.people[user].is_deactivated]
    return {"users": group if asked.get("include_disabled") else active}


def groups(asked: Asked) -> Json:
    """`usergroups.list`."""
    listed = [
        {"id": group, "team_id": asked.slack.team, "is_usergroup": True}
        | {"handle": group.lower()}
        | ({"users": users} if asked.get("include_users") else {})
        for group, users in asked.slack.groups.items()
    ]
    return {"usergroups": listed}


def auth_test(asked: Asked) -> Json:
    """`auth.test`."""
    app = asked.slack.app
    return {
        "url": f"{asked.slack.url}/",
        "team": TEAM_DOMAIN,
        "user": app.name,
        "team_id": asked.slack.team,
        "user_id": app.bot_user,
        "bot_id": app.bot_id,
        "is_enterprise_install": False,
    }


def auth_revoke(asked: Asked) -> Json:
    """`auth.revoke`: the token opens nothing any more."""
    asked.slack.app.token_trouble = "token_revoked"
    return {"revoked": True}
