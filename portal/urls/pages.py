"""Pages of one tenant's images, charts and builds. Wires what the catalogue may not know: builds."""

from django.urls import path
from django.views.i18n import set_language

from builds.engine.formats import format_of
from builds.pages import build, builds, capabilities, documents, golden, progress, wizard
from catalog.charts import door
from catalog.pages import (
    affected,
    available,
    chart,
    chart_files,
    chart_import,
    charts,
    downloads,
    image,
    images,
)
from portal import accent, theme
from registry.pages import pins, repositories, tag, tag_change
from tenants.pages import branding, invitations, support, team, tokens

_progress = {"progress": progress.of_streams}
_ordered = {"order_of": format_of}

urlpatterns = [
    path("theme/", theme.choose_theme, name="theme"),
    path("language/", set_language, name="language"),
    path("theme/accent-<str:colour>.css", accent.stylesheet, name="accent"),
    path("branding/logo-<slug:logo_hash>.png", branding.logo, name="logo"),
    path("settings/branding/", branding.index, name="branding"),
    path("settings/branding/contrast", branding.read_contrast, name="branding-contrast"),
    path("settings/branding/logo", branding.change_logo, name="branding-logo"),
    path("settings/tokens/", tokens.index, name="tokens"),
    path("settings/tokens/<int:token_id>/rotate", tokens.rotate, name="token-rotate"),
    path("settings/tokens/<int:token_id>/revoke", tokens.revoke, name="token-revoke"),
    path("settings/team/", team.index, name="team"),
    path(
        "settings/team/invitations/<int:invitation_id>/resend", invitations.resend, name="invitation-resend"
    ),
    path(
        "settings/team/invitations/<int:invitation_id>/revoke", invitations.revoke, name="invitation-revoke"
    ),
    path("invitations/<str:secret>/", invitations.accept, name="invitation"),
    path("settings/team/<int:membership_id>/role", team.change, name="member-change"),
    path("settings/team/<int:membership_id>/remove", team.remove, name="member-remove"),
    path("settings/support/<int:visit_id>/end", support.end_visit, name="support-end"),
    path("images/", images.index, _progress, name="images"),
    path("available/<path:name>/ask", available.ask, name="access-ask"),
    path("available/<path:name>/take-back", available.take_back, name="access-take-back"),
    path("available/<path:name>/", available.page, name="available-image"),
    path("packages/", affected.index, _ordered, name="packages"),
    path("images/<path:name>/evidence/<slug:kind>/<str:digest>", downloads.evidence, name="evidence"),
    path("images/<path:name>/", image.page, {**_progress, "built_upon": golden.built_upon}, name="image"),
    path("repositories/", repositories.index, name="repositories"),
    path("repositories/<path:name>/tags/<str:tag>/", tag.page, name="tag"),
    path("repositories/<path:name>/tags/<str:tag>/move", tag_change.move, name="tag-move"),
    path("repositories/<path:name>/tags/<str:tag>/unpin", tag_change.unpin, name="tag-unpin"),
    path("repositories/<path:name>/tags/<str:tag>/delete", tag_change.delete, name="tag-delete"),
    path("repositories/<path:name>/", repositories.page, name="repository"),
    path("pins/", pins.index, name="pins"),
    path("charts/", charts.index, name="charts"),
    path("charts/import", chart_import.page, name="chart-import"),
    path("charts/index.yaml", door.index, name="chart-repository"),
    path("charts/<str:file>.tgz", door.archive, name="chart-archive"),
    path("charts/<str:file>.tgz.prov", door.provenance, name="chart-provenance"),
    path("charts/<path:name>/versions/<str:version>/values.yaml", chart_files.values, name="chart-values"),
    path("charts/<path:name>/versions/<str:version>/images.lock.json", chart_files.lock, name="chart-lock"),
    path("charts/<path:name>/", chart.page, name="chart"),
    path("golden/", golden.index, name="golden"),
    path("golden/new/", wizard.begin, name="wizard-begin"),
    path("golden/new/document", documents.upload, name="document-upload"),
    path("golden/new/document/<path:name>", documents.download, name="document"),
    path("golden/new/search/packages", wizard.search_packages, name="wizard-search"),
    path("golden/new/<slug:step>/", wizard.step, name="wizard"),
    path("golden/<path:name>/", golden.page, name="recipe"),
    path("builds/", builds.index, name="builds"),
    path("builds/capabilities/<path:name>/", capabilities.page, name="capabilities"),
    path("builds/<uuid:build_id>/", build.page, name="build"),
    path("builds/<uuid:build_id>/cancel", build.cancel_build, name="build-cancel"),
    path("builds/<uuid:build_id>/again", build.again, name="build-again"),
]
