"""Files lie encrypted wherever fsspec can write: a folder, memory, S3; trouble there has one name."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import boto3
import pytest
from moto.server import ThreadedMotoServer

from portal import clock, encryption
from portal.attachments.storage import Storage, StorageError, open_storage
from portal.config import ConfigError, Settings

SECRET = b"canary: the judgment of the court"


@pytest.fixture(scope="module")
def s3() -> Iterator[str]:
    """A made-up S3 on the loopback with one bucket; yields its address."""
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    address = f"http://{host}:{port}"
    boto3.client(
        "s3",
        endpoint_url=address,
        aws_access_key_id="test",
        aws_secret_access_key="test",
        region_name="us-east-1",
    ).create_bucket(Bucket="papers")
    yield address
    server.stop()


@pytest.fixture(params=["folder", "memory", "s3"])
def storage(request: pytest.FixtureRequest, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Storage:
    encryption.configure(settings.data_keys)
    match request.param:
        case "memory":
            return open_storage(replace(settings, files_url="memory://papers"))
        case "s3":
            monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
            monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
            monkeypatch.setenv("AWS_ENDPOINT_URL", request.getfixturevalue("s3"))
            return open_storage(replace(settings, files_url="s3://papers/files"))
        case _:
            return open_storage(
                replace(settings, files_url=str(settings.database_url.removeprefix("sqlite:///")) + "-files")
            )


def test_a_file_comes_back_whole_and_lies_there_encrypted(storage: Storage) -> None:
    storage.write("a1", SECRET)
    assert storage.read("a1") == SECRET
    assert b"canary" not in storage.files.cat_file(f"{storage.folder}/a1")
    [(name, written)] = storage.listed()
    assert name == "a1"
    assert abs(clock.now() - written) < timedelta(minutes=1)
    storage.remove("a1")
    storage.remove("a1")
    assert list(storage.listed()) == []
    with pytest.raises(StorageError):
        storage.read("a1")


def test_what_was_changed_there_is_not_read(storage: Storage) -> None:
    storage.write("a2", SECRET)
    storage.files.pipe_file(f"{storage.folder}/a2", b"something else")
    with pytest.raises(StorageError):
        storage.read("a2")
    storage.remove("a2")


def test_an_address_that_leads_nowhere_stops_the_start(settings: Settings) -> None:
    with pytest.raises(ConfigError, match="DOUDI_FILES_URL"):
        open_storage(replace(settings, files_url="nowhere://papers"))
