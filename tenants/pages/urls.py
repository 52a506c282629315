"""Addresses below `/settings/`."""

from django.urls import path

from tenants.pages import audit, directories, directory_trial, hostnames, policies, providers

urlpatterns = [
    path("directories/", directories.index, name="directories"),
    path("directories/new/", directories.add, name="directory-new"),
    path("directories/<int:pk>/", directories.page, name="directory"),
    path("directories/<int:pk>/edit/", directories.edit, name="directory-edit"),
    path("directories/<int:pk>/test/", directory_trial.page, name="directory-test"),
    path("directories/<int:pk>/sync", directories.sync_now, name="directory-sync"),
    path("directories/<int:pk>/remove/", directories.remove, name="directory-remove"),
    path("providers/", providers.index, name="providers"),
    path("providers/required", providers.require_sso, name="sso-require"),
    path("providers/owners/<int:membership_id>", providers.mark_owner, name="sso-mark"),
    path("providers/new/", providers.add, name="provider-new"),
    path("providers/<int:pk>/", providers.edit, name="provider"),
    path("providers/<int:pk>/test", providers.test, name="provider-test"),
    path("providers/<int:pk>/remove/", providers.remove, name="provider-remove"),
    path("hostnames/", hostnames.index, name="hostnames"),
    path("hostnames/claims/<int:claim_id>/prove", hostnames.prove, name="hostname-prove"),
    path("hostnames/claims/<int:claim_id>/withdraw", hostnames.withdraw, name="hostname-withdraw"),
    path("hostnames/<int:hostname_id>/primary", hostnames.make_primary, name="hostname-primary"),
    path("hostnames/<int:hostname_id>/release/", hostnames.release, name="hostname-release"),
    path("policies/", policies.index, name="policies"),
    path("policies/new/", policies.add, name="policy-new"),
    path("policies/trial/", policies.trial, name="policy-trial"),
    path("policies/<int:pk>/", policies.edit, name="policy"),
    path("policies/<int:pk>/remove/", policies.remove, name="policy-remove"),
    path("audit/", audit.index, name="audit"),
    path("audit/export.<slug:form>", audit.export, name="audit-export"),
]
