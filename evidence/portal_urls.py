"""Addresses of evidence on the portal, in its namespace. They say nothing of what they are for."""

from django.urls import path

from evidence.views import portal_copy, portal_files, portal_parts

urlpatterns = [
    path("f", portal_files.files, name="files"),
    path("f/1", portal_parts.start, name="files_start"),
    path("f/<uuid:upload_id>", portal_parts.state, name="files_state"),
    path("f/<uuid:upload_id>/1", portal_parts.part, name="files_part"),
    path("f/<uuid:upload_id>/2", portal_parts.finish, name="files_finish"),
    path("f/<uuid:upload_id>/3", portal_parts.cancel, name="files_cancel"),
    path("g", portal_copy.copy, name="copy"),
    path("g/1", portal_copy.keep, name="keep_copy"),
]
"""Two pages: what a client was asked to send (the others of `f` answer its script), and their own copy."""
