"""What the desk is told: settings from the environment, and the policy from `desk.yaml`."""

from chatdesk.config.mistakes import Obstacle, PolicyBroken, PolicyMistake, SettingsBroken
from chatdesk.config.reading import load_policy, parse_policy
from chatdesk.config.settings import LogLevel, Settings
from chatdesk.config.source import PolicySource, example_file

__all__ = [
    "LogLevel",
    "Obstacle",
    "PolicyBroken",
    "PolicyMistake",
    "PolicySource",
    "Settings",
    "SettingsBroken",
    "example_file",
    "load_policy",
    "parse_policy",
]
