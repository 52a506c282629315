from django.db import migrations

from tenants.wall import keep_apart


class Migration(migrations.Migration):
    """Row-level security on PostgreSQL; nothing elsewhere. Hostname and Tenant say who is asked for: all may read them."""

    dependencies = [("tenants", "0006_hostname_claims")]

    operations = [
        keep_apart("tenants_accesstoken"),
        keep_apart("tenants_auditentry"),
        keep_apart("tenants_directory"),
        keep_apart("tenants_hostnameclaim"),
        keep_apart("tenants_membership"),
        keep_apart("tenants_supportvisit"),
        keep_apart("tenants_trustpolicy"),
    ]
