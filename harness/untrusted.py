"""Files and folders that a stack can write, handled so that what it put in their place does no harm.

No link is followed, and nothing but a plain file is read or written: a FIFO would block for ever, and a device or a
file under a second name may be somebody else's. The folder of a path may be the stack's own; those above it are not.
"""

import errno
import os
import secrets
import stat
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from harness.errors import Failure

FOLDER, FILE = "a folder", "a plain file"
"""What a name stands for where nothing is odd."""
_KINDS = {
    stat.S_IFDIR: FOLDER,
    stat.S_IFREG: FILE,
    stat.S_IFLNK: "a symbolic link",
    stat.S_IFIFO: "a FIFO",
    stat.S_IFSOCK: "a socket",
}
_NEVER_ELSEWHERE = os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_EMPTYING_LIMIT_S = 60.0


class OddFile(Failure):
    """A stack left something else than it may: no plain file, no folder, or too much. The message says what."""


def read(path: Path, limit_bytes: int) -> bytes:
    """Return what a plain file holds. Raises `OddFile`, also where that is more than `limit_bytes`, and `OSError`."""
    with _open(path, os.O_RDONLY) as file:
        content = file.read(limit_bytes + 1)
        if len(content) > limit_bytes:
            raise OddFile(_too_much(path, os.fstat(file.fileno()).st_size, limit_bytes))
    return content


def read_end(path: Path, most_bytes: int) -> bytes:
    """Return the last bytes of a plain file. Raises `OddFile` and `OSError`."""
    with _open(path, os.O_RDONLY) as file:
        file.seek(max(0, os.fstat(file.fileno()).st_size - most_bytes))
        return file.read(most_bytes)


def size_bytes(path: Path, limit_bytes: int) -> int:
    """Return how much a plain file holds. Raises `OddFile`, also where that is too much, and `OSError`."""
    told = path.lstat()
    _demand_plain(told, path.name)
    if told.st_size > limit_bytes:
        raise OddFile(_too_much(path, told.st_size, limit_bytes))
    return told.st_size


def write(path: Path, content: bytes, mode: int) -> None:
    """Put a fresh file in the place of whatever stands there. Raises `OSError`, and `OddFile` for its folder."""
    with _folder(path.parent) as folder:
        fresh = f".{path.name}.{secrets.token_hex(8)}"
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _NEVER_ELSEWHERE, mode, dir_fd=folder)
        try:
            with os.fdopen(descriptor, "wb") as file:
                # Whatever the umask.
                os.fchmod(descriptor, mode)
                file.write(content)
            if _kind(path.name, folder) == FOLDER:
                _remove(path.name, folder)
            os.rename(fresh, path.name, src_dir_fd=folder, dst_dir_fd=folder)
        except BaseException:
            with suppress(OSError):
                os.unlink(fresh, dir_fd=folder)
            raise


def open_to_append(path: Path, mode: int = 0o600) -> BinaryIO:
    """Open a plain file, which is made where there is none. Raises `OddFile` and `OSError`."""
    file = _open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, mode)
    # Whoever inherits it expects it so.
    os.set_blocking(file.fileno(), True)
    return file


def names_in(path: Path, most: int) -> dict[str, str]:
    """Return what lies in a folder: each name in words that a record can hold, with what it is; nothing without one.

    Raises `OddFile`, also where there is more than so much, and `OSError`.
    """
    found: dict[str, str] = {}
    with suppress(FileNotFoundError), _folder(path) as folder, os.scandir(folder) as entries:
        for entry in entries:
            if len(found) == most:
                raise OddFile(f"{path.name} holds more than {most:,} files")
            name = os.fsencode(entry.name).decode(errors="backslashreplace")
            found[name] = _kind(entry.name, folder)
    return dict(sorted((name, kind) for name, kind in found.items() if kind))


def make_empty(path: Path, mode: int) -> None:
    """Leave an empty folder in the place of whatever stands there.

    Raises `OSError`, and `OddFile` where somebody fills it at the same time.
    """
    with _folder(path.parent) as parent:
        if _kind(path.name, parent) not in (FOLDER, ""):
            os.unlink(path.name, dir_fd=parent)
        if not _kind(path.name, parent):
            os.mkdir(path.name, dir_fd=parent)
        _let_in(path.name, parent)
        with _folder(Path(path.name), parent) as folder:
            _empty(folder)
            os.fchmod(folder, mode)


def remove(path: Path) -> None:
    """Remove a folder with all that is in it, or whatever stands there, as far as this user may."""
    with suppress(OSError, OddFile), _folder(path.parent) as parent:
        _remove(path.name, parent)


def _too_much(path: Path, size: int, limit_bytes: int) -> str:
    return f"{path.name} holds {size:,} bytes, expected at most {limit_bytes:,}"


def _kind(name: str, folder: int) -> str:
    """Say what a name stands for; empty where it stands for nothing."""
    try:
        return _words(os.lstat(name, dir_fd=folder).st_mode)
    except FileNotFoundError:
        return ""


def _words(mode: int) -> str:
    return _KINDS.get(stat.S_IFMT(mode), "a device")


def _demand_plain(told: os.stat_result, name: str) -> None:
    if not stat.S_ISREG(told.st_mode):
        raise OddFile(f"{name} is {_words(told.st_mode)}, expected {FILE}")
    if told.st_nlink > 1:
        raise OddFile(f"{name} is a file that has a second name, expected one of its own")


@contextmanager
def _folder(path: Path, parent: int | None = None) -> Iterator[int]:
    """Hold a folder. Raises `OddFile` where it is none."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | _NEVER_ELSEWHERE, dir_fd=parent)
    except OSError as error:
        if error.errno not in (errno.ENOTDIR, errno.ELOOP):
            raise
        kind = _words(os.lstat(path, dir_fd=parent).st_mode)
        raise OddFile(f"{path.name} is {kind}, expected {FOLDER}") from error
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _open(path: Path, flags: int, mode: int = 0) -> BinaryIO:
    with _folder(path.parent) as folder:
        # Looked at first: to open a device may do something already. And afterwards: it may be another one by then.
        with suppress(FileNotFoundError):
            _demand_plain(os.lstat(path.name, dir_fd=folder), path.name)
        descriptor = os.open(path.name, flags | _NEVER_ELSEWHERE, mode, dir_fd=folder)
    try:
        _demand_plain(os.fstat(descriptor), path.name)
        return os.fdopen(descriptor, "ab" if flags & os.O_APPEND else "rb")
    except BaseException:
        os.close(descriptor)
        raise


def _remove(name: str, folder: int) -> None:
    if _kind(name, folder) == FOLDER:
        _let_in(name, folder)
        with _folder(Path(name), folder) as inner:
            _empty(inner)
        os.rmdir(name, dir_fd=folder)
    else:
        os.unlink(name, dir_fd=folder)


def _empty(folder: int) -> None:
    """Remove all that is in a folder, which its owner may go on filling. Raises `OddFile` where that is too fast."""
    deadline = time.monotonic() + _EMPTYING_LIMIT_S
    while names := os.listdir(folder):
        if time.monotonic() > deadline:
            raise OddFile("a folder is filled as fast as it is emptied")
        for name in names:
            # What goes by itself, or is filled again, shows in the next listing.
            with suppress(FileNotFoundError):
                if _kind(name, folder) != FOLDER:
                    os.unlink(name, dir_fd=folder)
                    continue
                _flatten(name, folder)


def _flatten(name: str, folder: int) -> None:
    """Remove a folder; those in it are brought up beside it instead, so that nothing is too deep to be removed."""
    _let_in(name, folder)
    with _folder(Path(name), folder) as inner:
        for each in os.listdir(inner):  # noqa: PTH208  # a folder that is held has no path
            if _kind(each, inner) == FOLDER:
                _let_in(each, inner)
                os.rename(each, secrets.token_hex(16), src_dir_fd=inner, dst_dir_fd=folder)
            else:
                os.unlink(each, dir_fd=inner)
    try:
        os.rmdir(name, dir_fd=folder)
    except OSError as error:
        if error.errno != errno.ENOTEMPTY:
            raise


def _let_in(name: str, folder: int) -> None:
    """Let its owner into a folder that shuts everybody out; root may enter any."""
    if os.geteuid() == 0 or sys.platform != "linux":
        return
    held = os.open(name, os.O_PATH | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=folder)
    try:
        # By the folder that is held, and not by its name, which may stand for something else by now.
        with suppress(PermissionError):
            Path(f"/proc/self/fd/{held}").chmod(0o700)
    finally:
        os.close(held)
