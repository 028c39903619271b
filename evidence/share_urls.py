"""Addresses that somebody outside opens, below /share/ on the staff host; their session is never a staff session."""

from django.urls import path, re_path

from evidence.views import share, verify

app_name = "share"
urlpatterns = [
    path("open", share.opened, name="opened"),
    path("download", share.download, name="download"),
    path("leave", share.leave, name="leave"),
    path("verify", verify.shared, name="verify"),
    # Exactly as long as a token, so that no other address is taken for one.
    re_path(r"^(?P<token>[A-Za-z0-9_-]{43})$", share.door, name="door"),
]
