"""Safe access to files and folders that a stack can write.

It follows no link and reads or writes only plain files. A FIFO would block forever, and a device or a file with a
second name can belong to someone else. The folder of a path may be the stack's own, but those above it are not.
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
"""The expected kinds of entries."""
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
    """A stack left an unexpected kind of file, or too much. The message says what."""


def read(path: Path, limit_bytes: int) -> bytes:
    """Return the content of a plain file. Raises `OddFile`, also above `limit_bytes`, and `OSError`."""
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
    """Return the size of a plain file. Raises `OddFile`, also above `limit_bytes`, and `OSError`."""
    told = path.lstat()
    _demand_plain(told, path.name)
    if told.st_size > limit_bytes:
        raise OddFile(_too_much(path, told.st_size, limit_bytes))
    return told.st_size


def write(path: Path, content: bytes, mode: int) -> None:
    """Replace whatever is at a path by a fresh file. Raises `OSError`, and `OddFile` for its folder."""
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
    """Open a plain file, and create it if it is missing. Raises `OddFile` and `OSError`."""
    file = _open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, mode)
    # Programs that inherit it expect this.
    os.set_blocking(file.fileno(), True)
    return file


def names_in(path: Path, most: int) -> dict[str, str]:
    """Return the entries of a folder as printable names with their kinds. Empty without a folder.

    Raises `OddFile`, also for more than `most` entries, and `OSError`.
    """
    found: dict[str, str] = {}
    with suppress(FileNotFoundError), _folder(path) as folder, os.scandir(folder) as entries:
        for entry in entries:
            if len(found) == most:
                raise OddFile(f"{path.name} contains more than {most:,} files")
            name = os.fsencode(entry.name).decode(errors="backslashreplace")
            found[name] = _kind(entry.name, folder)
    return dict(sorted((name, kind) for name, kind in found.items() if kind))


def make_empty(path: Path, mode: int) -> None:
    """Replace whatever is at a path by an empty folder.

    Raises `OSError`, and `OddFile` if another process fills it at the same time.
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
    """Remove a folder with its content, or whatever is there, as far as this user is allowed to."""
    with suppress(OSError, OddFile), _folder(path.parent) as parent:
        _remove(path.name, parent)


def _too_much(path: Path, size: int, limit_bytes: int) -> str:
    return f"{path.name} has {size:,} bytes, expected at most {limit_bytes:,}"


def _kind(name: str, folder: int) -> str:
    """Return the kind of an entry, or an empty string if it does not exist."""
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
        raise OddFile(f"{name} is a file with a second name, expected only one")


@contextmanager
def _folder(path: Path, parent: int | None = None) -> Iterator[int]:
    """Open a folder. Raises `OddFile` if it is not one."""
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
        # Check before opening, because opening a device can have effects, and after, because it can be replaced.
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
    """Remove the content of a folder that its owner may still fill. Raises `OddFile` if that is too fast."""
    deadline = time.monotonic() + _EMPTYING_LIMIT_S
    while names := os.listdir(folder):
        if time.monotonic() > deadline:
            raise OddFile("a folder is filled as fast as it is emptied")
        for name in names:
            # Changes by others show in the next listing.
            with suppress(FileNotFoundError):
                if _kind(name, folder) != FOLDER:
                    os.unlink(name, dir_fd=folder)
                    continue
                _flatten(name, folder)


def _flatten(name: str, folder: int) -> None:
    """Remove a folder. Its subfolders move up one level, so that no folder is too deep to remove."""
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
    """Make a folder accessible to its owner. Root can enter any folder."""
    if os.geteuid() == 0 or sys.platform != "linux":
        return
    held = os.open(name, os.O_PATH | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=folder)
    try:
        # Use the open folder instead of its name, which may refer to something else by now.
        with suppress(PermissionError):
            Path(f"/proc/self/fd/{held}").chmod(0o700)
    finally:
        os.close(held)
