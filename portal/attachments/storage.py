"""Where files lie: any fsspec file system, each file encrypted under a random name before it leaves us."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import fsspec
from fsspec.implementations.local import LocalFileSystem

from portal import encryption
from portal.config import ConfigError, Settings


class StorageError(Exception):
    """The file system did not do it; the text says which operation and which kind of error."""


@dataclass(frozen=True, slots=True)
class Storage:
    """A folder on a file system."""

    files: Any
    folder: str

    def write(self, name: str, data: bytes) -> None:
        try:
            self.files.makedirs(self.folder, exist_ok=True)
            self._put(f"{self.folder}/{name}", encryption.encrypt(data))
        except Exception as failed:  # every file system raises its own kinds
            raise StorageError(f"write: {type(failed).__name__}") from failed

    @property
    def is_local(self) -> bool:
        return isinstance(self.files, LocalFileSystem)

    def _put(self, path: str, data: bytes) -> None:
        """On a local disk: whole or not at all, and there after a power cut; elsewhere as the store promises."""
        if not self.is_local:
            self.files.pipe_file(path, data)
            return
        target = Path(path)
        fresh = target.with_name(f"{target.name}.new")
        with fresh.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(target)
        folder = os.open(target.parent, os.O_RDONLY)
        try:
            os.fsync(folder)  # the name, too, must outlive a power cut
        finally:
            os.close(folder)

    def read(self, name: str) -> bytes:
        try:
            return encryption.decrypt(self.files.cat_file(f"{self.folder}/{name}"))
        except Exception as failed:  # every file system raises its own kinds
            raise StorageError(f"read: {type(failed).__name__}") from failed

    def renew(self, name: str) -> bool:
        """Bring a file to the newest key; False where it is already. The old one stands until the new one does."""
        path = f"{self.folder}/{name}"
        try:
            fresh = encryption.renewed(self.files.cat_file(path))
            if fresh is not None and self.is_local:
                self._put(path, fresh)
            elif fresh is not None:
                self.files.pipe_file(f"{path}.new", fresh)
                self.files.mv(f"{path}.new", path)
        except Exception as failed:  # every file system raises its own kinds
            raise StorageError(f"renew: {type(failed).__name__}") from failed
        return fresh is not None

    def remove(self, name: str) -> None:
        """Remove a file; one that is not there is as good as removed."""
        try:
            self.files.rm_file(f"{self.folder}/{name}")
        except FileNotFoundError:
            return
        except Exception as failed:  # every file system raises its own kinds
            raise StorageError(f"remove: {type(failed).__name__}") from failed

    def listed(self) -> Iterator[tuple[str, datetime]]:
        """Every file's name and when it was written."""
        try:
            for path in self.files.find(self.folder):
                written = self.files.modified(path)
                yield path.rsplit("/", 1)[-1], written if written.tzinfo else written.replace(tzinfo=UTC)
        except Exception as failed:  # every file system raises its own kinds
            raise StorageError(f"list: {type(failed).__name__}") from failed


def open_storage(settings: Settings) -> Storage:
    """The storage of an installation; raises ConfigError where the address leads to no known file system."""
    address = settings.files_url or str(settings.instance / "files")
    try:
        files, folder = fsspec.core.url_to_fs(address)
    except (ValueError, ImportError) as unknown:
        raise ConfigError(f"DOUDI_FILES_URL: no file system for this address: {unknown}") from unknown
    return Storage(files, folder)
