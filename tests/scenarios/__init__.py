"""Whole stories, told once and played on every platform."""
