"""`views.*`: forms on a person's stack, three deep, and the home tab."""

from __future__ import annotations

import secrets

from tests.slack.arguments import Asked
from tests.slack.blocks import checked_view, elements_of
from tests.slack.filling import initial_state, kept_state
from tests.slack.reference import need_any
from tests.slack.shapes import view_json
from tests.slack.things import ApiRefused, Json, View
from tests.slack.workspace import STACK_DEPTH, Workspace


def _modal(asked: Asked) -> Json:
    payload = checked_view(asked.reference, asked.get("view"), "modal")
    _demand_new_external_id(asked.slack, payload)
    takes_files = any(e["type"] == "file_input" for b in payload["blocks"] for e in elements_of(b))
    if takes_files:
        need_any(asked.slack.app.scopes, "files:read")
    return payload


def _demand_new_external_id(slack: Workspace, payload: Json, besides: View | None = None) -> None:
    wanted = payload.get("external_id")
    taken = [v.payload.get("external_id") for v in slack.views() if v is not besides]
    if wanted and wanted in taken:
        raise ApiRefused("duplicate_external_id")


def _new_hash(slack: Workspace) -> str:
    return f"{int(slack.clock.now())}.{secrets.token_hex(4)}"


def stacked(slack: Workspace, user: str, payload: Json) -> View:
    """Put a view on top of whatever modals the person has open."""
    stack = slack.stacks.setdefault(user, [])
    view_id = slack.new_id("V")
    view = View(
        id=view_id,
        user=user,
        payload=payload,
        hash=_new_hash(slack),
        root_id=stack[0].id if stack else view_id,
        previous_id=stack[-1].id if stack else None,
        state=initial_state(payload["blocks"]),
    )
    stack.append(view)
    return view


def replaced(slack: Workspace, view: View, payload: Json) -> None:
    """Show something else in the same view; what was typed stays where block ids stay."""
    view.payload = payload
    view.hash = _new_hash(slack)
    view.state = kept_state(view.state, payload["blocks"])


def _person(asked: Asked) -> str:
    trigger = asked.get("trigger_id") or asked.get("interactivity_pointer")
    if not trigger:
        raise ApiRefused("invalid_arguments", "missing required field: trigger_id")
    return asked.slack.use_trigger(str(trigger))


def open_modal(asked: Asked) -> Json:
    """`views.open`: a new stack; one that was open is replaced."""
    payload = _modal(asked)
    user = _person(asked)
    asked.slack.stacks[user] = []
    return {"view": view_json(asked.slack, stacked(asked.slack, user, payload))}


def push(asked: Asked) -> Json:
    """`views.push`: one more on the stack, three at most."""
    payload = _modal(asked)
    user = _person(asked)
    stack = asked.slack.stacks.get(user)
    if not stack:
        raise ApiRefused("not_found")
    if len(stack) >= STACK_DEPTH:
        raise ApiRefused("push_limit_reached")
    return {"view": view_json(asked.slack, stacked(asked.slack, user, payload))}


def update(asked: Asked) -> Json:
    """`views.update`, by id or external id; a form that was closed is `not_found`."""
    slack = asked.slack
    view_id, external_id = asked.get("view_id"), asked.get("external_id")
    if bool(view_id) == bool(external_id):
        raise ApiRefused("invalid_arguments", "exactly one of view_id and external_id")
    for view in slack.views():
        if view.id == view_id or (external_id and view.payload.get("external_id") == external_id):
            break
    else:
        raise ApiRefused("not_found")
    payload = checked_view(asked.reference, asked.get("view"), view.payload["type"])
    _demand_new_external_id(slack, payload, besides=view)
    _demand_same_hash(asked, view)
    replaced(slack, view, payload)
    return {"view": view_json(slack, view)}


def _demand_same_hash(asked: Asked, view: View | None) -> None:
    given = asked.get("hash")
    if given is not None and view is not None and given != view.hash:
        raise ApiRefused("hash_conflict")


def publish(asked: Asked) -> Json:
    """`views.publish`: somebody's home tab."""
    slack = asked.slack
    if not slack.app.has_home_tab:
        raise ApiRefused("not_enabled")
    person = slack.person(str(asked.get("user_id")), "user_not_found")
    payload = checked_view(asked.reference, asked.get("view"), "home")
    home = slack.homes.get(person.id)
    _demand_new_external_id(slack, payload, besides=home)
    _demand_same_hash(asked, home)
    if home is None:
        view_id = slack.new_id("V")
        state = initial_state(payload["blocks"])
        home = View(view_id, person.id, payload, _new_hash(slack), view_id, state=state)
        slack.homes[person.id] = home
    else:
        replaced(slack, home, payload)
    return {"view": view_json(slack, home)}
