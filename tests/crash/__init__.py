"""Kills the desk at every statement and every call of a ticket's life, and looks what is left.

`python -m tests.crash --all` does all of it and prints a table.
"""
