"""Addresses of what ends: closing, holds, erasure, keeping times; and of the register. Part of cases.urls."""

from django.urls import path

from cases.views import closing, erasure, keeping, register_entry, retention

urlpatterns = [
    path("cases/<str:reference>/keeping", keeping.keeping, name="keeping"),
    path("cases/<str:reference>/close", closing.close, name="close"),
    path("cases/<str:reference>/watch", closing.watch, name="watch"),
    path("cases/<str:reference>/reopen", closing.reopen, name="reopen"),
    path("cases/<str:reference>/holds", keeping.set_hold, name="set_hold"),
    path("cases/<str:reference>/holds/<uuid:hold_id>/review", keeping.review_hold, name="review_hold"),
    path("cases/<str:reference>/holds/<uuid:hold_id>/lift", keeping.lift_hold, name="lift_hold"),
    path("cases/<str:reference>/erase", erasure.erase, name="erase"),
    path("erased", erasure.erased, name="erased"),
    path("erased/<uuid:erasure_id>/", erasure.tombstone, name="tombstone"),
    path("erased/<uuid:erasure_id>/certificate.pdf", erasure.certificate_pdf, name="certificate_pdf"),
    path("erased/<uuid:erasure_id>/certificate.json", erasure.certificate_json, name="certificate_json"),
    path("retention", retention.retention, name="retention"),
    path("retention/<str:kind>", retention.edit_rule, name="retention_rule"),
    path("register", register_entry.entries, name="register"),
    path("register/new", register_entry.new, name="new_register_entry"),
    path("register/<uuid:entry_id>/", register_entry.entry, name="register_entry"),
    path("register/<uuid:entry_id>/step", register_entry.step, name="register_step"),
    path("register/<uuid:entry_id>/end", register_entry.end, name="register_end"),
    path("register/<uuid:entry_id>/delete", register_entry.delete, name="register_delete"),
]
