"""What people do with forms and cards: click, choose, fill in, submit, close, use shortcuts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tests.slack.blocks import checked_view, find_element, words
from tests.slack.delivery import Answer
from tests.slack.filling import (
    NotLetThrough,
    Value,
    empty_required,
    filled,
    initial_state,
    option,
)
from tests.slack.happenings import files_shown
from tests.slack.methods_views import replaced, stacked
from tests.slack.shapes import message_json, view_json
from tests.slack.talking import Talking
from tests.slack.things import ApiRefused, Json, Message, Person, StoredFile, View
from tests.slack.workspace import STACK_DEPTH, TEAM_DOMAIN

Surface = Message | View


class Interacting(Talking):
    """People with a mouse. Elements go by their label, their action id or their block id."""

    def _common(self, kind: str, person: Person) -> Json:
        return {
            "type": kind,
            "team": {"id": self.workspace.team, "domain": TEAM_DOMAIN},
            "enterprise": None,
            "is_enterprise_install": False,
            "user": {
                "id": person.id,
                "username": person.name,
                "name": person.name,
                "team_id": person.team,
            },
            "api_app_id": self.app.id,
            "token": "verification-token-of-old",
        }

    def _person(self, user: Person | str) -> Person:
        person = self.workspace.people[self._id(user)]
        if person.is_deactivated:
            raise NotLetThrough(f"{person.name} has no account any more")
        return person

    # --- clicking ---------------------------------------------------------------------------------

    async def clicks(
        self,
        user: Person | str,
        where: Surface,
        what: str,
        *,
        seen: Sequence[Json] | None = None,
    ) -> Answer:
        """Press a button or an entry of a menu; `seen`: the blocks that person still looks at."""
        person = self._person(user)
        blocks = self._blocks_before(person, where, seen)
        block, element, chosen = find_element(blocks, what)
        if chosen is not None:
            return await self._act(person, where, block, element, {"selected_option": chosen})
        if element["type"] not in ("button", "workflow_button", "icon_button"):
            raise NotLetThrough(f"{what} is a {element['type']}: choose something")
        more: Json = {
            key: element[key] for key in ("text", "value", "style", "url") if key in element
        }
        return await self._act(person, where, block, element, more)

    async def chooses(
        self, user: Person | str, where: Surface, what: str, value: Value
    ) -> Answer | None:
        """Choose or fill something in; None where the app hears of it with the submission only."""
        person = self._person(user)
        block, element, _ = find_element(self._blocks_before(person, where, None), what)
        if element["type"] == "overflow":
            chosen = {"selected_option": option(element, value)}
            return await self._act(person, where, block, element, chosen)
        state = filled(element, value, self._files(value))
        self._state(person, where).setdefault(block["block_id"], {})[element["action_id"]] = state
        if block["type"] == "input" and not block.get("dispatch_action"):
            return None
        return await self._act(person, where, block, element, state)

    def _files(self, value: Value) -> list[Json]:
        if not isinstance(value, list | tuple):
            return []
        files = [one for one in value if isinstance(one, StoredFile)]
        return files_shown(self.workspace, files)

    def _blocks_before(
        self, person: Person, where: Surface, seen: Sequence[Json] | None
    ) -> list[Json]:
        if isinstance(where, View):
            shown = [*self.workspace.stacks.get(person.id, ())[-1:]]
            if where not in (*shown, self.workspace.homes.get(person.id)):
                raise NotLetThrough(f"{person.name} does not see that view")
            return where.blocks
        if where.is_deleted or where.ephemeral_for not in (None, person.id):
            raise NotLetThrough(f"{person.name} does not see that message")
        self._present(person, where.channel)
        attached = [block for a in where.attachments for block in a.get("blocks", ())]
        return [*(where.blocks if seen is None else seen), *attached]

    def _state(self, person: Person, where: Surface) -> dict[str, Json]:
        if isinstance(where, View):
            return where.state
        key = (person.id, where.channel, where.ts)
        return self.workspace.chosen.setdefault(key, initial_state(where.blocks))

    async def _act(
        self, person: Person, where: Surface, block: Json, element: Json, more: Json
    ) -> Answer:
        action = {
            "type": element["type"],
            "action_id": element["action_id"],
            "block_id": block["block_id"],
            "action_ts": self.workspace.new_ts(),
            **more,
        }
        payload = self._common("block_actions", person) | {
            "trigger_id": self.workspace.new_trigger(person.id),
            "actions": [action],
            **self._container(person, where),
        }
        return await self.courier.ask("interactive", payload)

    def _container(self, person: Person, where: Surface) -> Json:
        if isinstance(where, View):
            inside = {"type": "view", "view_id": where.id}
            return {"container": inside, "view": view_json(self.workspace, where)}
        place = self.workspace.channels[where.channel]
        container: Json = {
            "type": "message",
            "message_ts": where.ts,
            "channel_id": place.id,
            "is_ephemeral": where.ephemeral_for is not None,
        }
        if where.thread_ts:
            container["thread_ts"] = where.thread_ts
        address = self.workspace.new_response_url(place.id, person.id, where)
        shown: Json = {
            "container": container,
            "channel": {"id": place.id, "name": place.name},
            "state": {"values": self._state(person, where)},
            "response_url": address,
        }
        if where.ephemeral_for is None:  # of an ephemeral message, Slack sends no content
            shown["message"] = message_json(self.workspace, where)
        return shown

    async def suggests(
        self, user: Person | str, where: Surface, what: str, query: str
    ) -> list[Json]:
        """Type into an external select; the options that the app offers."""
        person = self._person(user)
        block, element, _ = find_element(self._blocks_before(person, where, None), what)
        asked = {
            "action_id": element["action_id"],
            "block_id": block["block_id"],
            "value": query,
        }
        payload = self._common("block_suggestion", person) | asked | self._container(person, where)
        answer = await self.courier.ask("interactive", payload)
        offered: list[Json] = answer.payload.get("options", [])
        return offered

    # --- forms ------------------------------------------------------------------------------------

    def view_of(self, user: Person | str) -> View | None:
        """The form on top of what a person has open."""
        stack = self.workspace.stacks.get(self._id(user))
        return stack[-1] if stack else None

    def form_of(self, user: Person | str) -> View:
        """The form on top of what a person has open; an error where there is none."""
        view = self.view_of(user)
        if view is None:
            raise NotLetThrough("no form is open")
        return view

    async def fills(self, user: Person | str, values: Mapping[str, Value]) -> None:
        """Fill fields in, one after the other; the app hears of those that dispatch an action."""
        for what, value in values.items():
            await self.chooses(user, self.form_of(user), what, value)

    async def submits(
        self,
        user: Person | str,
        view: View | None = None,
        values: Mapping[str, Value] | None = None,
    ) -> Answer:
        """Fill in and submit the form on top; it closes, changes or shows errors as answered."""
        person = self._person(user)
        if view is not None and view is not self.view_of(user):
            raise NotLetThrough("another form is on top of that one")
        await self.fills(user, values or {})
        view = self.form_of(user)
        if "submit" not in view.payload:
            raise NotLetThrough("the form has no button to submit it")
        empty = empty_required(view)
        if empty:
            raise NotLetThrough(f"still empty: {', '.join(empty)}")
        payload = self._common("view_submission", person) | {
            "trigger_id": self.workspace.new_trigger(person.id),
            "view": view_json(self.workspace, view),
            "response_urls": [],
        }
        answer = await self.courier.ask("interactive", payload)
        return self._follow(person, view, answer)

    def _follow(self, person: Person, view: View, answer: Answer) -> Answer:
        """Do with the form what the app's answer says."""
        stack = self.workspace.stacks.get(person.id, [])
        if not answer.is_acked or view not in stack:
            return answer
        try:
            self._obey(person, view, stack, answer.payload)
        except ApiRefused as refused:
            told = f"the answer to a form: {refused.error} {refused.more}"
            self.complaints.append(told)
            return Answer(is_acked=True, payload=answer.payload, trouble="invalid_response")
        return answer

    def _obey(self, person: Person, view: View, stack: list[View], said: Json) -> None:
        action = said.get("response_action")
        if not said:
            stack.remove(view)
        elif action == "clear":
            stack.clear()
        elif action == "errors":
            _check_errors(view, said.get("errors"))
        elif action == "update":
            replaced(self.workspace, view, checked_view(self.reference, said.get("view"), "modal"))
        elif action == "push":
            if len(stack) >= STACK_DEPTH:
                raise ApiRefused("push_limit_reached")
            pushed = checked_view(self.reference, said.get("view"), "modal")
            stacked(self.workspace, person.id, pushed)
        else:
            raise ApiRefused("invalid_response_action", str(said)[:200])

    async def closes(self, user: Person | str, *, all_of_them: bool = False) -> None:
        """Close the form on top, or all; the app hears of it where the form asks for that."""
        person, view = self._person(user), self.form_of(user)
        stack = self.workspace.stacks[person.id]
        is_cleared = all_of_them or bool(view.payload.get("clear_on_close"))
        if is_cleared:
            stack.clear()
        else:
            stack.remove(view)
        if view.payload.get("notify_on_close"):
            payload = self._common("view_closed", person) | {
                "view": view_json(self.workspace, view),
                "is_cleared": is_cleared,
            }
            await self.courier.ask("interactive", payload, takes_answer=False)

    # --- shortcuts --------------------------------------------------------------------------------

    async def shortcut(
        self, user: Person | str, callback_id: str, message: Message | None = None
    ) -> Answer:
        """Use a global shortcut, or one on a message."""
        person = self._person(user)
        known = self.app.shortcuts if message is None else self.app.message_shortcuts
        if callback_id not in known:
            raise NotLetThrough(f"there is no shortcut {callback_id}; there is: {sorted(known)}")
        common: dict[str, Any] = {
            "callback_id": callback_id,
            "trigger_id": self.workspace.new_trigger(person.id),
            "action_ts": self.workspace.new_ts(),
        }
        if message is None:
            return await self.courier.ask("interactive", self._common("shortcut", person) | common)
        _, place = self._present(person, message.channel)
        payload = self._common("message_action", person) | common
        payload |= {
            "response_url": self.workspace.new_response_url(place.id, person.id, message),
            "channel": {"id": place.id, "name": place.name},
            "message_ts": message.ts,
            "message": message_json(self.workspace, message),
        }
        return await self.courier.ask("interactive", payload)


def _check_errors(view: View, errors: object) -> None:
    if not isinstance(errors, dict) or not errors:
        raise ApiRefused("errors_missing")
    fields = {block["block_id"] for block in view.blocks if block["type"] == "input"}
    strange = sorted(set(errors) - fields)
    if strange:
        raise ApiRefused("errors_at_no_field", ", ".join(strange))
    if not all(isinstance(told, str) and told.strip() for told in errors.values()):
        raise ApiRefused("errors_without_words")


def words_of(view: View) -> str:
    """What a person reads in a view, its title and buttons included."""
    return words(view.payload)
