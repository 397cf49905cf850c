"""A customer relationship manager for the terminal over one SQLite file."""

__version__ = "0.1.0"
"""Version of the program (the schema and the JSON contract have their own numbers)."""

JSON_VERSION = 1
"""Version of the JSON keys promised in the documentation; keys are only ever added within one."""
