"""Settings of the person at the keyboard: defaults < user file < environment < options.

The user file is TOML (``CRM_CONFIG``, else ``config.toml`` in the platform's folder) and holds
personal things only: where the store is, format, colour and date order. What belongs to the
business (time zone, currency, ...) is kept in the store (see ``store.settings``).
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from crm_cli import errors

if TYPE_CHECKING:
    from collections.abc import Mapping

FORMATS = ("table", "json", "jsonl", "csv", "tsv", "markdown", "html", "ids")
COLORS = ("auto", "always", "never")
DATE_ORDERS = ("ymd", "dmy", "mdy")

USER_SETTINGS: dict[str, tuple[str, ...] | None] = {
    "db": None,
    "format": FORMATS,
    "color": COLORS,
    "dates": DATE_ORDERS,
}
"""Keys of the user file, each with its allowed values (None: any text)."""


def config_path(environment: Mapping[str, str]) -> Path:
    """Return where the user file is, whether or not it exists."""
    named = environment.get("CRM_CONFIG")
    if named:
        return Path(named).expanduser()
    return _folder(environment, "XDG_CONFIG_HOME", ".config", "APPDATA") / "config.toml"


def default_store(environment: Mapping[str, str]) -> Path:
    """Return where the store lies when nobody says otherwise."""
    return _folder(environment, "XDG_DATA_HOME", ".local/share", "LOCALAPPDATA") / "crm.db"


def _folder(environment: Mapping[str, str], xdg: str, below_home: str, windows: str) -> Path:
    if sys.platform == "win32":
        base = environment.get(windows)
        return (Path(base) if base else Path.home()) / "crm"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "crm"
    named = environment.get(xdg, "")
    # The XDG specification wants relative values ignored.
    base_path = Path(named) if named.startswith("/") else Path.home() / below_home
    return base_path / "crm"


def read_user_file(path: Path) -> dict[str, str]:
    """Return the user file's settings, {} where there is none.

    Raises InvalidValue for a file that is not TOML, an unknown key or a value not allowed.
    """
    if not path.exists():
        return {}
    import tomllib

    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise errors.InvalidValue(
            f"{path} cannot be read: {error}", hint="mend the file or name another in CRM_CONFIG"
        ) from error
    for key, value in content.items():
        check_user_setting(key, value, where=str(path))
    return {key: str(value) for key, value in content.items()}


def check_user_setting(key: str, value: object, *, where: str) -> None:
    """Raise InvalidValue unless the key exists and allows the value."""
    if key not in USER_SETTINGS:
        known = ", ".join(USER_SETTINGS)
        raise errors.InvalidValue(
            f"{where}: unknown setting {key!r}", hint=f"settings are {known}"
        )
    allowed = USER_SETTINGS[key]
    if not isinstance(value, str) or (allowed is not None and value not in allowed):
        hint = f"write one of {', '.join(allowed)}" if allowed else "write a text in quotes"
        raise errors.InvalidValue(f"{where}: {key} cannot be {value!r}", hint=hint)


def actor_name(environment: Mapping[str, str]) -> str:
    """Return who acts when ``--as`` does not say: ``CRM_USER``, else the login name."""
    for key in ("CRM_USER", "LOGNAME", "USER", "LNAME", "USERNAME"):
        if environment.get(key):
            return environment[key]
    try:
        import pwd

        return pwd.getpwuid(os.getuid()).pw_name
    except (ImportError, KeyError):
        return "unknown"
