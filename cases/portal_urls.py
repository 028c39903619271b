"""Addresses of the portal. They say nothing: a watched address bar tells a stranger no word of this."""

from django.urls import path

from cases.views.portal import door, language, leave, message, pin, report, safe_contact, start, status

urlpatterns = [
    path("", door.enter, name="door"),
    path("i/<str:token>", door.invite, name="invite"),
    path("lost", door.lost, name="lost"),
    path("leave", leave.leave, name="leave"),
    path("ended", leave.ended, name="ended"),
    path("stay", leave.stay, name="stay"),
    path("language", language.choose, name="language"),
    path("a", door.resume, name="resume"),
    path("a/1", start.start, name="start"),
    path("a/2", start.stay_safer, name="stay_safer"),
    path("b/<int:step>", safe_contact.step, name="safe"),
    path("c", pin.pin, name="pin"),
    path("d", report.steps, name="report"),
    path("d/1", report.who, name="who"),
    path("d/2", report.age, name="age"),
    path("d/3", report.what, name="what"),
    path("d/3/1", report.keep_what, name="keep_what"),
    path("d/4", report.danger, name="danger"),
    path("d/5", report.agree, name="agree"),
    path("d/6", report.check, name="check"),
    path("d/7", report.done, name="done"),
    path("h", report.stop, name="stop"),
    path("k", safe_contact.contact, name="contact"),
    path("k/1", safe_contact.stop, name="contact_stop"),
    path("m", message.messages, name="messages"),
    path("s", status.status, name="status"),
]
