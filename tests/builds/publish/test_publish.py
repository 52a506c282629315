"""Publishing is one step: everything is visible, or nothing."""

from __future__ import annotations

import json

import pytest

from builds.models import Build
from builds.publish import main_version
from builds.sign import sign
from catalog import evidence
from catalog.models import PackageVersion, Release
from registry.models import Repository, RepositoryManifest, Tag, TagEvent
from registry.visibility import find
from tenants.models import AuditEntry
from tests.builds.trust import LOCK, give, staging_of

pytestmark = pytest.mark.django_db


def test_a_signed_build_moves_stream_alias_and_unique_tags_at_once(built, stream):
    build = built()
    assert not Tag.objects.filter(repository=stream.image.repository).exists()
    assert sign(build_id=build.id).state == Build.State.SUCCEEDED
    shown = set(Tag.objects.filter(repository=stream.image.repository).values_list("name", flat=True))
    release = Release.objects.get()
    assert {"3.13", "3", "latest", release.unique_tag} <= shown
    assert release.unique_tag.startswith("3.13-20")
    assert Tag.objects.get(name=release.unique_tag).is_immutable
    assert set(TagEvent.objects.filter(name="3.13").values_list("build", flat=True)) == {build.id}


def test_the_release_says_what_was_built(built, stream):
    build = built()
    sign(build_id=build.id)
    release = Release.objects.get()
    assert (release.digest, release.version, release.tested) == (build.digest, "3.13.5", "passed")
    assert release.platforms["amd64"]["config"]["User"] == "65532:65532"
    assert release.size > 0
    assert {str(link.version.package.name) for link in release.package_links.all()} == {"python3.13", "libc6"}
    libc = PackageVersion.objects.get(package__name="libc6")
    assert libc.licences == "GPL-2+, Expat"
    assert libc.changelog.entries == [["1-1", "2026-08-01", ["CVE-2026-1"]]]


def test_staging_is_gone_and_an_audit_entry_is_there(built):
    build = built()
    sign(build_id=build.id)
    assert not Repository.objects.filter(is_staging=True).exists()
    entry = AuditEntry.objects.get(verb="release.published")
    assert entry.data["build"] == str(build.id)
    assert [step.state for step in build.steps.filter(name__in=["sign", "publish"])] == ["done", "done"]


def test_a_tenant_with_a_grant_sees_the_image_and_its_evidence(built, stream, acme, globex):
    build = built()
    sign(build_id=build.id)
    give(stream, acme)
    view = find(tenant=acme, name="python")
    assert view.tag("3.13").digest == build.digest
    assert view.tag(f"{build.digest.replace(':', '-')}.sig") is not None
    assert len(view.referrers(build.digest)[0]) >= 6
    assert find(tenant=globex, name="python") is None


@pytest.mark.parametrize("kind", ["sbom", "provenance", "test-result", "scan", "signature"])
def test_evidence_is_served_as_stored(built, stream, kind):
    build = built()
    sign(build_id=build.id)
    for digest in (build.digest, build.result["platforms"]["amd64"]["digest"]):
        content = evidence.find(stream.image.repository, digest, kind)
        assert isinstance(json.loads(content), dict)
        assert evidence.find(stream.image.repository, digest, kind) == content


def test_evidence_of_an_unknown_digest_is_refused(built, stream):
    sign(build_id=built().id)
    with pytest.raises(evidence.NoEvidence):
        evidence.find(stream.image.repository, "sha256:" + "0" * 64, "sbom")


def test_a_fault_while_publishing_leaves_nothing_behind(built, stream, monkeypatch):
    build = built()

    def fault(**_):
        raise OSError("no space left")

    monkeypatch.setattr("builds.publish.audit.record", fault)
    sign(build_id=build.id)
    build.refresh_from_db()
    assert build.state == Build.State.SIGNING
    assert not Tag.objects.filter(repository=stream.image.repository).exists()
    assert not RepositoryManifest.objects.filter(repository=stream.image.repository).exists()
    assert not Release.objects.exists()
    monkeypatch.undo()


def test_a_retry_after_a_fault_publishes_and_adds_no_second_signature(built, stream, monkeypatch):
    build = built()
    with monkeypatch.context() as broken:
        broken.setattr("builds.publish.audit.record", lambda **_: 1 / 0)
        sign(build_id=build.id)
    before = RepositoryManifest.objects.filter(repository=staging_of(build)).count()
    sign(build_id=build.id)
    build.refresh_from_db()
    assert build.state == Build.State.SUCCEEDED
    assert RepositoryManifest.objects.filter(repository=stream.image.repository).count() == before


def test_the_same_digest_again_moves_nothing_and_succeeds(built, stream):
    sign(build_id=built().id)
    tags = sorted(Tag.objects.values_list("name", "manifest"))
    again = built()
    assert sign(build_id=again.id).state == Build.State.SUCCEEDED
    assert sorted(Tag.objects.values_list("name", "manifest")) == tags
    assert Release.objects.count() == 1


def test_an_older_order_never_turns_a_tag_back(built, stream, woken):
    from tests.builds.trust import order

    older = order(stream)
    newer = built(content="newer")
    sign(build_id=newer.id)
    woken.clear()
    from builds import lease

    lease.enqueue(build=older)
    older.refresh_from_db()
    from registry import staging

    _, key = staging.open_staging(build_id=older.id, mounts_from=None)
    import hashlib

    Build.objects.filter(pk=older.pk).update(key_sha256=hashlib.sha256(key.encode()).hexdigest())
    woken.append(("run", str(older.id), key))
    older = built(build=older, content="older")
    sign(build_id=older.id)
    assert Tag.objects.get(repository=stream.image.repository, name="3.13").manifest.digest == newer.digest
    assert Release.objects.count() == 2


def test_a_build_that_is_not_being_signed_is_left_alone(built):
    build = built()
    Build.objects.filter(pk=build.pk).update(state=Build.State.CANCELLED)
    assert sign(build_id=build.id) is None
    assert not Release.objects.exists()


@pytest.mark.parametrize(("name", "version"), [("python", "3.13.5"), ("libc", "3.13.5"), ("other", "3.13.5")])
def test_the_version_is_that_of_the_package_the_image_is_called_after(name, version):
    from builds.engine.lock import Lock

    assert main_version(Lock.from_json(LOCK), name) == version


def test_a_build_that_would_exceed_the_tenants_quota_fails_with_the_figures(built, stream, acme):
    build = built()
    Repository.objects.filter(pk=stream.image.repository.pk).update(quota_bytes=1)
    ended = sign(build_id=build.id)
    assert (ended.state, ended.error_code) == (Build.State.FAILED, "quota-exceeded")
    assert "may store 1 bytes" in ended.error
    assert not Tag.objects.filter(repository=stream.image.repository).exists()
