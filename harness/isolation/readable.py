"""Folders that stacks read as another user, whatever umask they were made under."""

from pathlib import Path

_FOLDER, _FILE = 0o755, 0o644


def let_everyone_read(folder: Path) -> None:
    """Let every user read a folder and the files in it, where they may not yet; what a link points to is not in it.

    Raises `PermissionError` where that is another user's to allow.
    """
    files = (each for each in folder.iterdir() if each.is_file() and not each.is_symlink())
    for path, mode in ((folder, _FOLDER), *((each, _FILE) for each in files)):
        now = path.stat().st_mode & 0o777
        if now | mode != now:
            path.chmod(now | mode)
