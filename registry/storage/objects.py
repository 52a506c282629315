"""Finished blobs in an object store: S3, Google Cloud Storage or Azure, by the address in the settings.

Credentials and endpoint are found where each vendor's own tools find them (AWS_…, GOOGLE_…, AZURE_…).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, cast

from django.core.exceptions import ImproperlyConfigured

from registry.digest import Digest
from registry.errors import StoreUnavailable
from registry.storage.store import PIECE, NotStored, Store, new_key

try:
    import obstore
    from obstore.exceptions import BaseError
    from obstore.store import from_url
except ImportError as missing:
    raise ImproperlyConfigured("ASSAY_OBJECT_STORE needs the extra s3: pip install obstore.") from missing

if TYPE_CHECKING:
    from obstore import BytesStream, GetOptions
    from obstore.store import AzureStore, ClientConfig, GCSStore, RetryConfig, S3Store

#: Bytes of one part of a multipart upload; S3 takes 10,000 parts, so a blob of up to 160 GB.
PART = 16 * 1024 * 1024
#: Parts of one blob that are sent, and held in memory, at a time.
PARTS_AT_ONCE = 4
#: A request that has to wait longer for the store is refused: its sender comes again, and nothing is lost.
PATIENCE: RetryConfig = {"max_retries": 3, "retry_timeout": timedelta(seconds=10)}
#: `read_timeout` is also how long one part may take to be sent; `timeout` is for all of a blob on its way out.
CLIENT: ClientConfig = {
    "connect_timeout": timedelta(seconds=3),
    "read_timeout": timedelta(minutes=1),
    "timeout": timedelta(hours=2),
    "default_content_type": "application/octet-stream",
}


class Objects(Store):
    """An object appears when its last part has come (multipart upload), so that a key has all its bytes or none.

    What an upload that died left of its parts is for the bucket's own life cycle rule to remove.
    """

    def __init__(self, url: str, *, allow_http: bool = False) -> None:
        client: ClientConfig = {**CLIENT, "allow_http": allow_http}
        self._store = cast(
            "S3Store | GCSStore | AzureStore", from_url(url, client_options=client, retry_config=PATIENCE)
        )

    def keep(self, path: Path, digest: Digest) -> str:
        key = new_key(digest)
        with _asking():
            obstore.put(self._store, key, path, chunk_size=PART, max_concurrency=PARTS_AT_ONCE)
        return key

    def size(self, key: str) -> int | None:
        try:
            with _asking():
                return obstore.head(self._store, key)["size"]
        except NotStored:
            return None

    def read(self, key: str, size: int, start: int = 0, length: int | None = None) -> ObjectReading:
        end = size if length is None else start + length
        with _asking():
            # A range of no bytes cannot be asked for; all of an empty object can.
            part: GetOptions = {"range": (start, end)} if end > start else {}
            found = obstore.get(self._store, key, options=part)
            if found.meta["size"] != size:
                raise NotStored(key)
            return ObjectReading(found.stream(min_chunk_size=PIECE))

    def remove(self, key: str) -> None:
        try:
            with _asking():
                obstore.delete(self._store, key)
        except NotStored:
            return

    def keys_older_than(self, age: timedelta) -> Iterator[str]:
        moment = datetime.now(tz=UTC) - age
        with _asking():
            for page in obstore.list(self._store, "blobs"):
                yield from (one["path"] for one in page if one["last_modified"] < moment)

    def signed(self, key: str, lifetime: timedelta) -> str:
        """An address from which anyone may GET the object as long as `lifetime`."""
        with _asking():
            return obstore.sign(self._store, "GET", key, lifetime)


class ObjectReading(Iterator[bytes]):
    """An answer of the store, until it is closed."""

    def __init__(self, stream: BytesStream) -> None:
        self._stream: BytesStream | None = stream

    def __next__(self) -> bytes:
        if self._stream is None:
            raise StopIteration
        with _asking():
            return bytes(next(self._stream))

    def close(self) -> None:
        self._stream = None


@contextmanager
def _asking() -> Iterator[None]:
    """The store's errors as ours. What it said may name the bucket, so only the log gets it."""
    try:
        yield
    except FileNotFoundError as error:
        raise NotStored from error
    except BaseError as error:
        raise StoreUnavailable from error
