"""Addresses of takedowns on the staff host."""

from django.urls import path

from takedowns.views import (
    all_links,
    capture,
    earlier_report,
    inbox,
    link_import,
    notice,
    notice_clock,
    notice_sent,
    place,
    platform,
    reply,
    reported_url,
)

app_name = "takedowns"

urlpatterns = [
    path("links", all_links.all_links, name="all_links"),
    path("cases/<str:reference>/links", reported_url.links, name="links"),
    path("cases/<str:reference>/links/add", link_import.add_links, name="add_links"),
    path("cases/<str:reference>/links/add/list", link_import.add_list, name="add_list"),
    path("cases/<str:reference>/links/add/preview", link_import.preview_links, name="preview_links"),
    path("cases/<str:reference>/links/imports/<uuid:import_id>", link_import.link_import, name="link_import"),
    path("cases/<str:reference>/links/imports/<uuid:import_id>/undo", link_import.undo_import, name="undo_import"),
    path("cases/<str:reference>/links/place", place.add_place, name="add_place"),
    path("cases/<str:reference>/links/<uuid:url_id>/describe", place.describe_link, name="describe_link"),
    path("cases/<str:reference>/notices/earlier", earlier_report.earlier_report, name="earlier_report"),
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
    path("cases/<str:reference>/notices/<uuid:notice_id>/clock", notice_clock.change_clock, name="change_clock"),
    path("cases/<str:reference>/notices/<uuid:notice_id>/withdraw", notice_sent.withdraw, name="withdraw_notice"),
    path("cases/<str:reference>/notices/<uuid:notice_id>/replies/<uuid:reply_id>/read", reply.read, name="read_reply"),
    path(
        "cases/<str:reference>/notices/<uuid:notice_id>/replies/<uuid:reply_id>/ticket",
        reply.ticket,
        name="take_ticket",
    ),
    path("inbox", inbox.inbox, name="inbox"),
    path("inbox/<uuid:mail_id>/", inbox.incoming, name="incoming"),
    path("playbooks", platform.playbooks, name="playbooks"),
]
