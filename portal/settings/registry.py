"""Where what is pulled lies, and who sends its bytes."""

from __future__ import annotations

from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

from portal.settings.place import VAR, env

#: Finished blobs (unless an object store has them) and uploads under way.
STORAGE_ROOT = Path(env("ASSAY_STORAGE", default=str(VAR / "storage")))
#: Where finished blobs are instead: "s3://bucket/prefix", "gs://…" or "az://…"; "" for the directory.
OBJECT_STORE: str = env("ASSAY_OBJECT_STORE", default="")
#: Whether the object store may be asked without TLS.
OBJECT_STORE_ALLOW_HTTP = env.bool("ASSAY_OBJECT_STORE_ALLOW_HTTP", default=False)
#: Who sends a blob's bytes: "file" (we do), "x-accel" (nginx in front of us) or "redirect" (the object store).
BLOB_SERVING: str = env("ASSAY_BLOB_SERVING", default="file")
if BLOB_SERVING not in ("file", "x-accel", "redirect"):
    raise ImproperlyConfigured("ASSAY_BLOB_SERVING must be file, x-accel or redirect.")
if (BLOB_SERVING == "x-accel" and OBJECT_STORE) or (BLOB_SERVING == "redirect" and not OBJECT_STORE):
    raise ImproperlyConfigured("ASSAY_BLOB_SERVING: x-accel needs a directory, redirect an object store.")
#: Private key (PEM, EC P-256) that signs registry tokens; the web process only.
TOKEN_KEY_PATH = Path(env("ASSAY_TOKEN_KEY", default=str(VAR / "secrets" / "registry-token.pem")))
