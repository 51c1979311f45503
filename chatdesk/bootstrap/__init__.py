"""The wiring: every part of a running desk, made here and handed to those who need it."""

from chatdesk.bootstrap.parts import FrontDoor, Parts, assemble
from chatdesk.bootstrap.running import obstacles, run
from chatdesk.bootstrap.upkeep import backup, export, migrate, parked, release, replay, restore

__all__ = [
    "FrontDoor",
    "Parts",
    "assemble",
    "backup",
    "export",
    "migrate",
    "obstacles",
    "parked",
    "release",
    "replay",
    "restore",
    "run",
]
