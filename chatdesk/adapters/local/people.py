"""Who is in the local workspace, and which channels each of them is in."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from chatdesk.ui.exchange import Visitor

if TYPE_CHECKING:
    from collections.abc import Mapping

PLATFORM = "local"
DESK = "desk"
"""The author of everything the desk posts; not a handle of a person."""


class Role(StrEnum):
    """What a person does here; it decides nothing but the channels nobody was listed for."""

    EMPLOYEE = "employee"
    AGENT = "agent"
    MANAGER = "manager"


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalPerson:
    """Somebody to be in the workspace; `handle` is `local:id`, `zone` an IANA name.

    `locale` is the language they chose; until they do it is empty, and the desk's own is spoken.
    """

    handle: str
    name: str
    role: Role
    zone: str = "Europe/Berlin"
    locale: str = ""

    def visitor(self) -> Visitor:
        """Return the person as the desk is told of them."""
        return Visitor(handle=self.handle, name=self.name, zone=self.zone, locale=self.locale)


PEOPLE = (
    LocalPerson(handle="local:mara", name="Mara Lind", role=Role.EMPLOYEE),
    LocalPerson(handle="local:jo", name="Jo Park", role=Role.AGENT),
    LocalPerson(handle="local:sam", name="Sam Reyes", role=Role.AGENT, zone="Europe/Lisbon"),
    LocalPerson(handle="local:dana", name="Dana Wolf", role=Role.MANAGER),
)

EVERYBODY = frozenset({"*"})
"""As the members of a channel: all people of the workspace."""

Channels = dict[str, frozenset[str]]
"""Channel name, without #, -> the handles of its members."""

BASIC_CHANNELS: Mapping[str, frozenset[str]] = {
    "general": EVERYBODY,
    "helpdesk-managers": frozenset({"local:dana"}),
}
"""What every workspace has; the home channels of the queues are added to these."""
