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
    # Programs and secrets: never from the store, which may come from somebody else.
    "smtp_password_command": None,
    "smtp_password_file": None,
    "mail_command": None,
}
"""Keys of the user file, each with its allowed values (None: any text)."""


def config_path(environment: Mapping[str, str]) -> Path:
    """Return where the user file is, whether or not it exists."""
    named = environment.get("CRM_CONFIG")
    if named:
        return expand(named)
    return _folder(environment, "XDG_CONFIG_HOME", ".config", "APPDATA") / "config.toml"


def default_store(environment: Mapping[str, str]) -> Path:
    """Return where the store lies when nobody says otherwise."""
    return _folder(environment, "XDG_DATA_HOME", ".local/share", "LOCALAPPDATA") / "crm.db"


def _folder(environment: Mapping[str, str], xdg: str, below_home: str, windows: str) -> Path:
    if sys.platform == "win32":
        base = environment.get(windows)
        return (Path(base) if base else expand("~")) / "crm"
    if sys.platform == "darwin":
        return expand("~") / "Library" / "Application Support" / "crm"
    named = environment.get(xdg, "")
    # The XDG specification wants relative values ignored.
    base_path = Path(named) if named.startswith("/") else expand("~") / below_home
    return base_path / "crm"


def expand(text: str) -> Path:
    """Return a path with ``~`` filled in. Raises InvalidValue where nobody knows the home."""
    try:
        return Path(text).expanduser()
    except RuntimeError:
        raise errors.InvalidValue(
            f"{text}: the home folder is not known",
            hint="set HOME, or name the files with --db and CRM_CONFIG",
        ) from None


def read_user_file(path: Path) -> dict[str, str]:
    """Return the user file's settings, {} where there is none.

    Raises InvalidValue for a file that is not TOML, an unknown key or a value not allowed.
    """
    text = _text_of(path)
    if text is None:
        return {}
    import tomllib

    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise _unreadable(path, error) from error
    for key, value in content.items():
        check_user_setting(key, value, where=str(path))
    return {key: str(value) for key, value in content.items()}


def _text_of(path: Path) -> str | None:
    """Return what the user file says, or None where there is none."""
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise _unreadable(path, error) from error


def _unreadable(path: Path, error: Exception) -> errors.InvalidValue:
    reason = error.strerror if isinstance(error, OSError) and error.strerror else error
    return errors.InvalidValue(
        f"the settings file {path} cannot be read: {reason}",
        hint="mend the file or name another in CRM_CONFIG",
    )


def check_user_setting(key: str, value: object, *, where: str) -> None:
    """Raise InvalidValue unless the key exists and allows the value."""
    if key not in USER_SETTINGS:
        known = ", ".join(USER_SETTINGS)
        raise errors.InvalidValue(f"{where}: unknown setting {key!r}", hint=f"settings are {known}")
    allowed = USER_SETTINGS[key]
    if not isinstance(value, str) or (allowed is not None and value not in allowed):
        hint = f"write one of {', '.join(allowed)}" if allowed else "write a text in quotes"
        shown = "what it is" if key.startswith("smtp_password") else repr(value)
        raise errors.InvalidValue(f"{where}: {key} cannot be {shown}", hint=hint)


def in_force(
    options: Mapping[str, object], environment: Mapping[str, str], user: Mapping[str, str]
) -> dict[str, tuple[str | None, str]]:
    """Return every personal setting: key -> (value, ``option``, ``environment``, ``file`` or
    ``default``)."""
    defaults = {"db": str(default_store(environment)), "format": "table", "color": "auto"}
    found: dict[str, tuple[str | None, str]] = {}
    for key in USER_SETTINGS:
        named = {"format": None, "dates": None, "color": color_of(environment)}
        said = named[key] if key in named else environment.get(f"CRM_{key.upper()}")
        # --format says how this very list is printed; the setting is what holds without it.
        option = options.get(key) if key != "format" else None
        if option:
            found[key] = (str(option), "option")
        elif said:
            found[key] = (said, "environment")
        elif key in user:
            found[key] = (user[key], "file")
        else:
            found[key] = (defaults.get(key), "default")
    command, source = found["smtp_password_command"]
    if command:
        # Some write the password into it.
        found["smtp_password_command"] = (f"{command.split(maxsplit=1)[0]} ...", source)
    return found


def mail_secrets(environment: Mapping[str, str], user: Mapping[str, str]) -> dict[str, str]:
    """Return where the password of mail is, and the program that sends: ``password``,
    ``password_command``, ``password_file`` and ``mail_command``, each only where it is named."""
    found = {"password": environment.get("CRM_SMTP_PASSWORD", "")}
    for key in ("smtp_password_command", "smtp_password_file", "mail_command"):
        found[key.removeprefix("smtp_")] = environment.get(f"CRM_{key.upper()}") or user.get(
            key, ""
        )
    return {key: value for key, value in found.items() if value}


def color_of(environment: Mapping[str, str]) -> str | None:
    """Return what NO_COLOR, FORCE_COLOR and TERM=dumb ask for, None where they are silent."""
    if environment.get("NO_COLOR"):
        return "never"
    if environment.get("FORCE_COLOR"):
        return "always"
    return "never" if environment.get("TERM") == "dumb" else None


def write_user_setting(
    path: Path, key: str, value: str | None, *, rehearse: bool = False
) -> dict[str, str]:
    """Write one setting to the user file, or take it out (None); comments stay.

    Returns the file's settings as they are then (after a rehearsal: as they would be).

    The file is replaced as a whole, readable by its owner alone; a rehearsal only checks. A
    store's path is kept absolute, since commands run in any folder. Raises InvalidValue for a
    key or value not allowed, a file that cannot be read or one that cannot be written.
    """
    import tomlkit
    import tomlkit.exceptions

    if value is not None:
        is_path = key in {"db", "smtp_password_file"}
        value = str(expand(value).absolute()) if is_path and value else value
        check_user_setting(key, value, where="config")
    text = _text_of(path) or ""
    try:
        document = tomlkit.parse(text)
    except tomlkit.exceptions.TOMLKitError as error:
        raise _unreadable(path, error) from error
    if value is None:
        document.pop(key, None)
    else:
        document[key] = value
    settings = {name: str(setting) for name, setting in document.unwrap().items()}
    if rehearse:
        return settings
    try:
        _replace_private(path, tomlkit.dumps(document))
    except OSError as error:
        raise errors.InvalidValue(
            f"the settings file {path} cannot be written: {error.strerror}",
            hint="check its folder, or name another file in CRM_CONFIG",
        ) from error
    return settings


def _replace_private(path: Path, text: str) -> None:
    import tempfile

    target = path.resolve()  # a linked dotfile stays a link
    if not target.parent.exists():
        target.parent.mkdir(mode=0o700, parents=True)
    number, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
    try:
        with os.fdopen(number, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


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
