"""Addresses that somebody outside opens, below /share/ on the staff host; their session is never a staff session."""

from django.urls import path, re_path

from evidence.views import share, share_item, verify

app_name = "share"
urlpatterns = [
    path("open", share.opened, name="opened"),
    path("download", share.download, name="download"),
    path("leave", share.leave, name="leave"),
    path("packet", share_item.packet, name="packet"),
    path("volume/<int:number>", share_item.volume, name="volume"),
    path("stamps", share_item.stamps, name="stamps"),
    path("receipt", share_item.receipt, name="receipt"),
    path("ask", share_item.ask, name="ask"),
    path("verify", verify.shared, name="verify"),
    path("verify/file", verify.file, name="verify_file"),
    path("organisation.pem", verify.certificate, name="certificate"),
    path("verify.py", verify.tool, name="verify_tool"),
    # Exactly as long as a token, so that no other address is taken for one.
    re_path(r"^(?P<token>[A-Za-z0-9_-]{43})$", share.door, name="door"),
]
