"""Addresses of takedowns on the staff host."""

from django.urls import path

from takedowns.views import capture, notice, notice_sent, platform, reported_url

app_name = "takedowns"

urlpatterns = [
    path("cases/<str:reference>/links", reported_url.links, name="links"),
    path("cases/<str:reference>/links/add", reported_url.add_links, name="add_links"),
    path("cases/<str:reference>/links/check", reported_url.check_links, name="check_links"),
    path("cases/<str:reference>/links/capture", capture.capture_links, name="capture_links"),
    path("cases/<str:reference>/links/<uuid:url_id>/capture", capture.capture_link, name="capture_link"),
    path("cases/<str:reference>/links/<uuid:url_id>", reported_url.link, name="link"),
    path("cases/<str:reference>/links/<uuid:url_id>/check", reported_url.check_link, name="check_link"),
    path("cases/<str:reference>/links/<uuid:url_id>/drop", reported_url.drop_link, name="drop_link"),
    path("cases/<str:reference>/links/<uuid:url_id>/release", reported_url.release_link, name="release_link"),
    path("cases/<str:reference>/notices", notice.notices, name="notices"),
    path("cases/<str:reference>/notices/new", notice.new_notice, name="new_notice"),
    path("cases/<str:reference>/notices/<uuid:notice_id>/", notice.notice, name="notice"),
    path("cases/<str:reference>/notices/<uuid:notice_id>/save", notice.save_notice, name="save_notice"),
    path("cases/<str:reference>/notices/<uuid:notice_id>/back", notice_sent.call_back, name="call_back"),
    path("cases/<str:reference>/notices/<uuid:notice_id>/again", notice_sent.send_again, name="send_again"),
    path("cases/<str:reference>/notices/<uuid:notice_id>/answer", notice_sent.answer, name="answer_notice"),
    path("cases/<str:reference>/notices/<uuid:notice_id>/withdraw", notice_sent.withdraw, name="withdraw_notice"),
    path("playbooks", platform.playbooks, name="playbooks"),
]
