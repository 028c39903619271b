"""Addresses of evidence on the staff host."""

from django.urls import path

from evidence.views import bundle, exhibit, share, verify

app_name = "evidence"
urlpatterns = [
    path("cases/<str:reference>/evidence", exhibit.exhibits, name="exhibits"),
    path("cases/<str:reference>/evidence/add", exhibit.add_exhibits, name="add_exhibits"),
    path("cases/<str:reference>/evidence/<uuid:exhibit_id>/", exhibit.exhibit, name="exhibit"),
    path("cases/<str:reference>/bundle", bundle.bundles, name="bundles"),
    path("cases/<str:reference>/bundle/<uuid:bundle_id>/", bundle.bundle, name="bundle"),
    path("cases/<str:reference>/bundle/<uuid:bundle_id>/changes", bundle.changes, name="bundle_changes"),
    path("cases/<str:reference>/bundle/<uuid:bundle_id>/again", bundle.again, name="bundle_again"),
    path("cases/<str:reference>/bundle/<uuid:bundle_id>/download", bundle.download, name="download_bundle"),
    path("cases/<str:reference>/bundle/<uuid:bundle_id>/share", share.make, name="make_share"),
    path("cases/<str:reference>/shares/<uuid:share_id>/made", share.made, name="share_made"),
    path("cases/<str:reference>/shares/<uuid:share_id>/end", share.revoke, name="revoke_share"),
    path("verify", verify.staff, name="verify"),
]
