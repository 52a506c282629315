"""Commands to copy: how a release is verified, and its evidence fetched, from the host that is asked.

What the catalogue publishes has attestations by the vendor's key; what a tenant builds has its own, and the vendor's
signature. Not in charge of what is signed by whom: `builds.sign`.
"""

from __future__ import annotations

from dataclasses import dataclass

from tenants.addresses import Address


@dataclass(frozen=True, slots=True)
class Commands:
    """Ready to paste into a shell. `keys` are fetched once; `root` and `verify_old` are for cosign 2.5 and 2.6."""

    keys: tuple[str, ...]
    verify: str
    provenance: str
    sbom: str
    discover: str
    root: str
    verify_old: str

    @classmethod
    def of(cls, *, address: Address, name: str, digest: str, is_own: bool) -> Commands:
        """`name` is the repository on the host of `address`; `is_own` says that the tenant built it."""
        reference = f"{address.registry}/{name}@{digest}"
        is_plain = address.origin.startswith("http://")
        about = f"--insecure-ignore-tlog=true{' --allow-http-registry' if is_plain else ''}"
        witness = "tenant.pub" if is_own else "cosign.pub"
        attested = f"cosign verify-attestation --key {witness} {about}"
        files = dict.fromkeys(("cosign.pub", witness))
        return cls(
            keys=tuple(_fetch(address, file) for file in files),
            verify=f"cosign verify --key cosign.pub {about} {reference}",
            provenance=f"{attested} --type slsaprovenance1 {reference}",
            sbom=f"{attested} --type spdxjson {reference}"
            " | jq -r .payload | base64 -d | jq .predicate >sbom.spdx.json",
            discover=f"oras discover {'--plain-http ' if is_plain else ''}{reference}",
            root=_fetch(address, "trusted_root.json"),
            verify_old=f"cosign verify --key cosign.pub --trusted-root trusted_root.json {about} {reference}",
        )


def _fetch(address: Address, file: str) -> str:
    return f"curl -fsS {address.origin}{address.path_prefix}/.well-known/signing/{file} -o {file}"
