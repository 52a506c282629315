"""Every refusal of the registry: its OCI code, HTTP status and sentence, in one table.

Codes are those of the distribution specification ("Error Codes"). "Not yours" and "not there" are
the same class on purpose.
"""

from __future__ import annotations

import re

_CAPITAL = re.compile(r"(?<!^)(?=[A-Z])")


class RegistryError(Exception):
    """A request we refuse, with the reason. `code` is stable; `detail` never holds a secret."""

    code = "UNSUPPORTED"
    status = 400
    sentence = "The request is not supported."

    def __init__(self, detail: str = "", *, headers: dict[str, str] | None = None) -> None:
        super().__init__(detail or self.sentence)
        self.detail = detail
        self.headers = headers or {}

    @property
    def slug(self) -> str:
        """Which refusal it is, finer than the specification's code: "tag_immutable"."""
        return _CAPITAL.sub("_", type(self).__name__).lower()


class Unauthorized(RegistryError):
    code, status, sentence = "UNAUTHORIZED", 401, "Authentication is required for this."


class WrongCredentials(Unauthorized):
    """Credentials came, and they are nobody's: what a guess looks like. Never said apart to the client."""


class TooManyFailures(RegistryError):
    code, status = "TOOMANYREQUESTS", 429
    sentence = "Too many wrong credentials came from this address; those that are right are still taken."


class Denied(RegistryError):
    code, status, sentence = "DENIED", 403, "This is not allowed."


class TagImmutable(Denied):
    sentence = "This tag never moves once it is written."


class ManifestWithdrawn(Denied):
    sentence = "This digest was withdrawn; no tag moves to it."


class QuotaExceeded(Denied):
    sentence = "There is no room for this within the quota."


class StorageFull(RegistryError):
    """Not one of the specification's codes: it has none for a registry that has run out of room."""

    code, status, sentence = "STORAGE_FULL", 507, "The registry has no room left; try again later."


class StoreUnavailable(RegistryError):
    """Not one of the specification's codes, but the one that registries have used since the first."""

    code, status, sentence = "UNAVAILABLE", 503, "The store of blobs does not answer; try again later."

    def __init__(self, detail: str = "", *, headers: dict[str, str] | None = None) -> None:
        super().__init__(detail, headers={"Retry-After": "10", **(headers or {})})


class NameInvalid(RegistryError):
    code, status, sentence = "NAME_INVALID", 400, "This is not a valid repository name."


class NameUnknown(RegistryError):
    code, status, sentence = "NAME_UNKNOWN", 404, "There is no such repository here."


class TagInvalid(RegistryError):
    code, status, sentence = "TAG_INVALID", 400, "This is not a valid tag."


class DigestInvalid(RegistryError):
    code, status, sentence = "DIGEST_INVALID", 400, "The digest is malformed or does not match the content."


class ManifestUnknown(RegistryError):
    code, status, sentence = "MANIFEST_UNKNOWN", 404, "There is no such manifest here."


class TagNeverThere(ManifestUnknown):
    sentence = "The tag was never at this digest."


class ManifestGone(ManifestUnknown):
    sentence = "This digest is no longer kept; its time in the history is over."


class PinMissing(ManifestUnknown):
    sentence = "This tag is not pinned."


class SettingInvalid(RegistryError):
    sentence = "The setting is not valid."


class ManifestInvalid(RegistryError):
    code, status, sentence = "MANIFEST_INVALID", 400, "The manifest is not valid."


class ManifestTooLarge(ManifestInvalid):
    status, sentence = 413, "A manifest may have at most 4 MiB."


class ManifestBlobUnknown(RegistryError):
    code, status = "MANIFEST_BLOB_UNKNOWN", 404
    sentence = "The manifest names content that is not in this repository."


class BlobUnknown(RegistryError):
    code, status, sentence = "BLOB_UNKNOWN", 404, "There is no such blob here."


class UploadUnknown(RegistryError):
    code, status, sentence = "BLOB_UPLOAD_UNKNOWN", 404, "There is no such upload here, or it has expired."


class UploadInvalid(RegistryError):
    code, status, sentence = "BLOB_UPLOAD_INVALID", 400, "The upload request is not valid."


class UploadOutOfOrder(UploadInvalid):
    status, sentence = 416, "The chunk does not begin where the upload ends."


class SizeInvalid(RegistryError):
    code, status, sentence = "SIZE_INVALID", 400, "The length given differs from the content."


class RangeInvalid(RegistryError):
    code, status, sentence = "RANGE_INVALID", 416, "The blob has no such range."


class PageInvalid(RegistryError):
    code, status = "PAGINATION_NUMBER_INVALID", 400
    sentence = "`n` must be a whole number of at least 0."


class ParameterInvalid(RegistryError):
    sentence = "The parameters of the address are too many, or hold a character that no value may have."


class MethodUnsupported(RegistryError):
    code, status, sentence = "UNSUPPORTED", 405, "This address does not take that method."


class AddressUnknown(RegistryError):
    code, status, sentence = "UNSUPPORTED", 404, "There is no such address in the registry API."


class HostUnknown(RegistryError):
    code, status, sentence = "NAME_UNKNOWN", 421, "No registry answers on this host name."
