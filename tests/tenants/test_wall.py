"""The second wall, on a real PostgreSQL: with the first one taken away a tenant still sees nothing of another."""

from __future__ import annotations

from importlib import import_module

import pytest
from django.apps import apps
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from django.db import (
    DataError,
    IntegrityError,
    ProgrammingError,
    connections,
    models,
    transaction,
)
from django.test import Client
from django.utils import timezone

from builds.cancel import cancel
from builds.models import BuildLogLine
from builds.order import order_golden, order_revision
from catalog.models import Chart, Image
from registry import pins, quota, staging
from registry.models import Pull, Repository
from registry.visibility import View
from tenants import audit, tokens
from tenants.checks import the_wall_holds
from tenants.members import add_member
from tenants.models import AccessToken, Logo, Membership, Tenant, TrustPolicy
from tenants.onboarding import create_tenant
from tenants.postgresql.base import DatabaseWrapper
from tenants.roles import Role
from tenants.scope import acting_for, platform_wide
from tests.builds.golden import CUSTOMISATION, index, sent
from tests.isolation import world as worlds
from tests.people import person
from tests.tenants.behind_wall import migrated, server, using, wall

__all__ = ["index", "migrated", "sent", "server", "wall"]

#: Rows that name a tenant or hang on one that does, and may all the same be read by everyone, and why.
OPEN = {
    "tenants_hostname": "says which tenant is asked for, before one is active",
    "tenants_platformmembership": "is the platform's",
    "tenants_user": "a person may be a member of many tenants",
    "registry_manifest": "found by its content; what links it to a repository is walled",
    "registry_blob": "found by its content; what links it to a repository is walled",
    "catalog_image": "the platform's offer",
}


@pytest.fixture(autouse=True)
def _working_for_the_platform() -> None:
    """Not here: each test says for whom it works."""


@pytest.fixture
def acme(wall, settings, tmp_path) -> Tenant:
    settings.STORAGE_ROOT, settings.TOKEN_KEY_PATH = tmp_path / "storage", tmp_path / "token.pem"
    settings.PORTAL_HOST = "localhost"
    with platform_wide():
        return create_tenant(slug="acme", name="Acme", actor="tests")


@pytest.fixture
def globex(acme: Tenant) -> Tenant:
    with platform_wide():
        return create_tenant(
            slug="globex", name="Globex", actor="tests", owner_email="charlie@example.com", owner_password="x"
        )


def everything(model: type[models.Model]) -> models.QuerySet:
    """All rows, by no manager of ours: the first wall is gone."""
    return models.QuerySet(model)


def walled() -> set[str]:
    with platform_wide(), connections["default"].cursor() as cursor:
        cursor.execute("SELECT relname FROM pg_class WHERE relrowsecurity AND relforcerowsecurity")
        return {name for (name,) in cursor.fetchall()}


def test_every_table_that_hangs_on_a_tenant_is_walled_or_says_why_not(acme):
    owned: set[type[models.Model]] = set()
    ours = [each for each in apps.get_models(include_auto_created=True) if each.__module__.partition(".")[0] in
            {"tenants", "registry", "catalog", "builds"}]  # fmt: skip
    while True:
        found = {
            model for model in ours for field in model._meta.concrete_fields
            if field.related_model is Tenant or (field.related_model in owned and not _is_open(field.related_model))
        } - {Tenant}  # fmt: skip
        if found <= owned:
            break
        owned |= found
    names = {model._meta.db_table for model in owned if not _is_content(model)}
    assert names - set(OPEN) - walled() == set()
    assert walled() - names == set()


def _is_open(model: type[models.Model]) -> bool:
    return model._meta.db_table in OPEN or _is_content(model)


def _is_content(model: type[models.Model]) -> bool:
    """What is offered, and lists of packages, too long to ask about each row; releases and charts are walled."""
    walled_here = {"AccessRequest", "Entitlement", "Release", "Chart", "ChartVersion", "ChartVersion_deploys"}
    return model._meta.app_label == "catalog" and model.__name__ not in walled_here


def owner_of(row: models.Model) -> int | None:
    """The key of the tenant that a row is of, over whatever it hangs on; None for the platform."""
    if hasattr(row, "tenant_id"):
        return row.tenant_id
    parent = next(
        name
        for name in ("repository", "grant", "build", "recipe", "chart", "chartversion")
        if hasattr(row, f"{name}_id")
    )
    return owner_of(getattr(row, parent))


POLICIES = "SELECT tablename, cmd, policyname FROM pg_policies ORDER BY 1, 2"


def test_a_read_looks_at_one_policy_also_where_the_wall_is_an_older_one(wall: DatabaseWrapper):
    with platform_wide(), wall.cursor() as cursor:
        cursor.execute(POLICIES)
        as_built = cursor.fetchall()
        cursor.execute(
            "SELECT qual FROM pg_policies WHERE policyname = 'tenant_deletes' AND tablename = 'registry_tag'"
        )
        [(theirs,)] = cursor.fetchall()
        for verb in ("inserts", "updates", "deletes"):
            cursor.execute(f"DROP POLICY tenant_{verb} ON registry_tag")
        cursor.execute(f"CREATE POLICY tenant_writes ON registry_tag USING ({theirs}) WITH CHECK ({theirs})")
        with wall.schema_editor() as editor:
            import_module("tenants.migrations.0015_split_writes").split(apps, editor)
        cursor.execute(POLICIES)
        assert cursor.fetchall() == as_built
    reads = [table for table, verb, _ in as_built if verb in ("SELECT", "ALL")]
    assert sorted(reads) == sorted(walled())


def test_without_the_first_wall_a_tenant_sees_nothing_of_another(acme, globex, index, sent):
    with platform_wide():
        world = worlds.make(acme)
        quota.limit(tenant=acme, most_bytes=10**9)
        TrustPolicy.unscoped.create(tenant=acme, name="ci", audience="assay")
        Logo.objects.create(tenant=acme, png=b"png")
        Pull.objects.create(tenant=acme, repository=acme.repositories.first(), at=timezone.now())
        BuildLogLine.objects.create(build=world.build, number=1, at=timezone.now(), text="a line")
        chart = Chart.objects.create(name="own", repository=acme.repositories.first())
        version = chart.versions.create(version="1.0.0", published_at=timezone.now())
        version.deploys.set(Image.objects.all())
    of_acme, leaks, of_platform = set(), [], set()
    models_here = apps.get_models(include_auto_created=True)
    for model in (each for each in models_here if each._meta.db_table in walled()):
        with acting_for(globex):
            keys = {row.pk for row in everything(model)}
        with platform_wide():
            for row in everything(model):
                owner, table = owner_of(row), model._meta.db_table
                of_acme |= {table} if owner == acme.pk else set()
                of_platform |= {table} if owner is None and row.pk in keys else set()
                leaks += [f"{table}: {row}"] if owner == acme.pk and row.pk in keys else []
                assert row.pk in keys or owner != globex.pk, f"globex misses its own {table}"
    assert leaks == []
    assert walled() - of_acme == {"catalog_release"}, "the world lacks one of these; a release needs a signer"
    # The rest is the offer, its builds and its tags: nothing that says who takes it.
    assert of_platform <= {
        "builds_build", "builds_buildlogline", "builds_buildstep", "catalog_release", "registry_repository",
        "catalog_chart", "catalog_chartversion", "catalog_chartversion_deploys",
        "registry_repositoryblob", "registry_repositorymanifest", "registry_tag", "registry_tagevent",
    }  # fmt: skip


@pytest.mark.parametrize("model", [AccessToken, Membership])
def test_nobody_active_is_shown_nothing(acme, globex, model):
    with platform_wide():
        alice = add_member(tenant=acme, email="alice@example.com", role=Role.OWNER, actor="tests").user
        tokens.issue(user=alice, tenant=acme, name="ci", actions=["pull"])
        assert everything(model).exists()
    assert not everything(model).exists()


def test_a_tenant_writes_no_row_of_another(acme, globex):
    with platform_wide():
        stranger = person("stranger")
        theirs = Membership.objects.get(tenant=globex)
    with acting_for(acme):
        with pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
            Membership.objects.create(user=stranger, tenant=globex, role=Role.OWNER)
        assert Membership.objects.filter(pk=theirs.pk).update(role=Role.VIEWER) == 0
        assert Membership.objects.filter(pk=theirs.pk).delete()[0] == 0
        # A key of another's row is taken all the same: constraints see everything.
        with pytest.raises(IntegrityError), transaction.atomic():
            Membership.objects.create(pk=theirs.pk, user=stranger, tenant=acme, role=Role.OWNER)


def test_what_is_the_platforms_is_read_by_a_tenant_and_not_written(acme):
    with platform_wide():
        Repository.objects.create(name="offered")
    with acting_for(acme):
        assert Repository.objects.get(name="offered")
        assert Repository.objects.filter(name="offered").update(is_public=True) == 0
        assert not everything(audit.AuditEntry).filter(tenant=None).exists()


def test_a_tenant_still_pins_the_platforms_tags_and_orders_builds(acme, index, sent):
    with platform_wide():
        world = worlds.make(acme)
    dave, digest = world.membership.user, world.release.digest
    with acting_for(acme):
        grant = acme.grants.get(name=world.release.repository.name)
        pins.unpin(grant=grant, name="3.13", actor=dave)
        pins.pin(view=View(grant.repository, grant), name="3.13", digest=digest, actor=dave, reason="")
        build = order_revision(revision=world.build.revision, actor="dave")
        held = Repository.objects.filter(name=staging.name_of(build.pk))
        assert held.exists()
        cancel(build=build, actor="dave")
        assert not held.exists()


def test_a_connection_keeps_nothing_from_one_request_to_the_next(wall: DatabaseWrapper, acme, globex):
    with platform_wide():
        charlie = Membership.objects.get(tenant=globex).user
    session = wall.connection
    ours, theirs = Client(headers={"host": "globex.localhost"}), Client(headers={"host": "acme.localhost"})
    ours.force_login(charlie, backend="tenants.signin.PlatformBackend")
    for _ in range(2):
        assert ours.get("/settings/team/").status_code == 200
        assert wall.connection is session
        assert not everything(Membership).exists(), "what the request was told holds no longer"
        assert theirs.get("/settings/team/").status_code == 302


def test_what_a_rollback_takes_back_is_told_again(acme, globex):
    def seen() -> int:
        return everything(Membership).count()

    @transaction.atomic
    def look_as_acme(*, and_break: bool) -> None:
        with acting_for(acme):
            assert seen() == 0
            if and_break:  # from here on the transaction takes nothing but going back, and that as globex
                everything(Membership).extra(where=["1/0 = 1"]).count()
        raise ZeroDivisionError

    with acting_for(globex):
        assert seen() == 1
        with pytest.raises(ZeroDivisionError):
            look_as_acme(and_break=False)
        assert seen() == 1
        with pytest.raises(DataError):
            look_as_acme(and_break=True)
        assert seen() == 1


def test_lists_of_every_length_are_one_statement(wall: DatabaseWrapper, acme, globex):
    def statement(**wanted) -> str:
        return Repository.objects.filter(**wanted).query.get_compiler("default").as_sql()[0]

    for field, values in (
        ("pk__in", [1, 2, 3]),
        ("name__in", ["a", "b", "c"]),
        ("tenant__in", [acme, globex]),
    ):
        assert statement(**{field: values}) == statement(**{field: values[:1]})
        assert "= ANY(%s)" in statement(**{field: values})
    assert "ANY" not in statement(tenant__in=Tenant.objects.values("pk"))
    with platform_wide():
        assert {one.slug for one in Tenant.objects.filter(slug__in=["acme", "globex", "acme"])} == {
            "acme",
            "globex",
        }
        assert not Tenant.objects.filter(pk__in=[]).exists()


def test_a_pooled_connection_shows_its_next_holder_nothing(server: str, acme):
    pooled = using(server, pool={"min_size": 1, "max_size": 1})
    first, second = DatabaseWrapper(pooled, "first"), DatabaseWrapper(pooled, "first")

    def told(wrapper: DatabaseWrapper) -> str:
        with wrapper.cursor() as cursor:
            cursor.execute("SELECT current_setting('assay.tenant', true)")
            return cursor.fetchone()[0]

    try:
        with platform_wide():
            assert told(first) == "0"
            process = first.connection.info.backend_pid
            first.close()  # back to the pool
        assert told(second) == ""
        assert second.connection.info.backend_pid == process
        second.close()
    finally:
        first.close_pool()


def test_a_role_that_the_wall_does_not_hold_is_refused(server: str, migrated):
    assert the_wall_holds(databases=["default"]) == []
    connections["default"].close()
    connections["default"] = DatabaseWrapper(using(server.replace("assay@", "postgres@")), "default")
    try:
        with pytest.raises(SystemCheckError, match="role postgres is a superuser"):
            call_command("migrate", verbosity=0, skip_checks=False)
    finally:
        connections["default"].close()
        connections["default"] = migrated


def test_the_wall_can_be_taken_down_by_its_migrations_and_built_again(migrated):
    built = walled()
    call_command("migrate", "tenants", "0006", verbosity=0)
    assert walled() == set()
    call_command("migrate", verbosity=0)
    assert walled() == built


def test_a_tenant_goes_on_working_behind_the_wall(acme, globex, index, sent):
    with platform_wide():
        world = worlds.make(acme)
        alice = add_member(
            tenant=acme, email="alice@example.com", role=Role.OWNER, actor="tests", password="x"
        ).user
    with acting_for(acme):
        ordered = order_golden(
            tenant=acme,
            name="another",
            base=world.build.revision.base,
            customisation=CUSTOMISATION,
            actor="alice",
        )
        assert everything(type(ordered)).filter(pk=ordered.pk).exists()
    browser = Client(headers={"host": "acme.localhost"})
    browser.force_login(alice, backend="tenants.signin.PlatformBackend")
    for path in ("images/", "golden/another/", f"builds/{ordered.pk}/", "repositories/", "settings/tokens/"):
        assert browser.get(f"/{path}").status_code == 200, path
    exported = browser.get("/settings/audit/export.jsonl")
    lines = b"".join(exported.streaming_content).splitlines()
    assert len(lines) > 3, "a stream is read after the request, and as the tenant all the same"
