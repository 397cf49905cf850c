"""A customer relationship manager for the terminal over one SQLite file."""

__version__ = "0.1.0"
"""Version of the program (the schema and the JSON contract have their own numbers)."""

JSON_VERSION = 1
"""Version of the JSON keys promised in the documentation; keys are only ever added within one."""


def version_text(*, as_json: bool) -> str:
    """Return the program's version; in JSON also those of the schema and of the JSON keys."""
    if not as_json:
        return f"crm {__version__}"
    from crm_cli.store.migrations import SCHEMA_VERSION

    return f'{{"version": "{__version__}", "schema": {SCHEMA_VERSION}, "json": {JSON_VERSION}}}'
