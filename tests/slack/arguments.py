"""What one call to a method brings along, for the methods to take apart."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from tests.slack.reference import Reference, need_any
from tests.slack.things import ApiRefused, Channel, Json
from tests.slack.workspace import Workspace

HISTORY_SCOPES = {"public": "channels:history", "private": "groups:history", "im": "im:history"}
READ_SCOPES = {"public": "channels:read", "private": "groups:read", "im": "im:read"}


@dataclass(frozen=True, slots=True)
class Asked:
    """A call whose token, scopes and arguments passed the general checks."""

    slack: Workspace
    reference: Reference
    arguments: Json
    hidden_for: float = 0

    def get(self, name: str, default: Any = None) -> Any:
        """An argument, or the default."""
        return self.arguments.get(name, default)

    def need_for(self, channel: Channel, scopes: dict[str, str]) -> None:
        """Refuse unless the scope for this kind of channel was granted."""
        need_any(self.slack.app.scopes, scopes[channel.kind])

    def metadata(self) -> Json | None:
        """A message's metadata, checked; None where none was given."""
        given = self.get("metadata")
        if given is None:
            return None
        if isinstance(given, str):
            try:
                given = json.loads(given)
            except json.JSONDecodeError:
                raise ApiRefused("invalid_metadata_format") from None
        if given == {}:
            return {}
        is_sound = (
            isinstance(given, dict)
            and set(given) <= {"event_type", "event_payload"}
            and isinstance(given.get("event_type"), str)
            and isinstance(given.get("event_payload"), dict)
        )
        if not is_sound:
            raise ApiRefused("invalid_metadata_format")
        if len(json.dumps(given)) > 16_000:
            raise ApiRefused("metadata_too_large")
        return dict(given)
