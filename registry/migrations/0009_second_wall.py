from django.db import migrations

from tenants.wall import Through, keep_apart

_OF_REPOSITORY = Through("registry_repository", "repository_id")


class Migration(migrations.Migration):
    """Row-level security on PostgreSQL; nothing elsewhere.

    Manifests and blobs are found by their content and belong to nobody; what links them to a repository does.
    """

    dependencies = [("registry", "0008_staging_pull_key"), ("tenants", "0007_second_wall")]

    operations = [
        keep_apart("registry_repository", reads_platforms=True),
        keep_apart("registry_grant"),
        keep_apart("registry_pull"),
        keep_apart("registry_quota"),
        keep_apart("registry_heldtag", Through("registry_grant", "grant_id")),
        keep_apart("registry_repositoryblob", _OF_REPOSITORY),
        keep_apart("registry_repositorymanifest", _OF_REPOSITORY),
        keep_apart("registry_tag", _OF_REPOSITORY),
        keep_apart("registry_tagevent", _OF_REPOSITORY),
        keep_apart("registry_upload", _OF_REPOSITORY),
    ]
