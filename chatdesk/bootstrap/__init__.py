"""The wiring: every part of a running desk, made here and handed to those who need it."""

from chatdesk.bootstrap.audit import acts, verify
from chatdesk.bootstrap.checkup import examine_discord, examine_slack
from chatdesk.bootstrap.erasing import erase, export_person, is_in_policy, traces
from chatdesk.bootstrap.parts import FrontDoor, Parts, assemble
from chatdesk.bootstrap.running import obstacles, run
from chatdesk.bootstrap.upkeep import (
    backup,
    broken,
    export,
    migrate,
    parked,
    release,
    replay,
    restore,
)

__all__ = [
    "FrontDoor",
    "Parts",
    "acts",
    "assemble",
    "backup",
    "broken",
    "erase",
    "examine_discord",
    "examine_slack",
    "export",
    "export_person",
    "is_in_policy",
    "migrate",
    "obstacles",
    "parked",
    "release",
    "replay",
    "restore",
    "run",
    "traces",
    "verify",
]
