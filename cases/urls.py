"""Addresses of cases on the staff host."""

from django.urls import path

from cases.views import case, case_task, client, contact, health, join, note, people, search, timeline, today

app_name = "cases"

urlpatterns = [
    path("today", today.today, name="today"),
    path("today/changes", today.changes, name="today_changes"),
    path("tasks/<uuid:task_id>/done", case_task.done, name="task_done"),
    path("cases", case.cases, name="cases"),
    path("cases/<str:reference>/", case.case, name="case"),
    path("cases/<str:reference>/timeline", timeline.timeline, name="timeline"),
    path("cases/<str:reference>/notes", note.write, name="note"),
    path("cases/<str:reference>/client", client.client, name="client"),
    path("cases/<str:reference>/client/invite", client.invite, name="client_invite"),
    path("cases/<str:reference>/client/code", client.give_code, name="client_code"),
    path("cases/<str:reference>/client/close", client.close_door, name="client_close"),
    path("cases/<str:reference>/client/rules/<uuid:rule_id>", client.confirm_rule, name="confirm_rule"),
    path("cases/<str:reference>/client/messages", client.write, name="client_message"),
    path("contacts/invite", client.invite_new, name="invite_client"),
    path("contacts/new", contact.new, name="new_contact"),
    path("contacts/<uuid:contact_id>/", contact.contact, name="contact"),
    path("contacts/<uuid:contact_id>/save", contact.save, name="contact_save"),
    path("people", people.people, name="people"),
    path("people/<uuid:user_id>/invite", people.invite_again, name="invite_again"),
    path("people/<uuid:user_id>/end", people.end_access, name="end_access"),
    path("search", search.search, name="search"),
    path("health", health.health, name="health"),
    path("join/<str:token>", join.join, name="join"),
]
