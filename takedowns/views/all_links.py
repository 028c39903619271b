"""The links of all cases that a person works on: a table or a board, narrowed by what stands in the address."""

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from cases.http import SignedInRequest, requires
from cases.permissions import Permission
from takedowns import link_list, listing
from takedowns.link_list import LinkFilter


@requires(Permission.CASE_VIEW)
def all_links(request: SignedInRequest) -> HttpResponse:
    """List links over all cases, newest first. Only sites are named: no address stands here."""
    form = LinkFilter(request.GET)
    asked = form.asked
    base = reverse("takedowns:all_links")
    found = link_list.narrowed(
        link_list.reached(request.actor, request.user, only_mine=asked.get("owner") == "me"), asked
    )
    is_board = request.GET.get("view") == "board"
    views = [
        {"url": f"{base}?{urlencode(asked)}" if asked else base, "label": _("Table"), "current": not is_board},
        {"url": f"{base}?{urlencode({**asked, 'view': 'board'})}", "label": _("Board"), "current": is_board},
    ]
    context = {
        "now": timezone.now(),
        "filter": form,
        "is_filtered": bool(asked),
        "views": views,
        "is_board": is_board,
    }
    if is_board:
        columns = link_list.board(found)
        rows = {row.url.pk: row for row in listing.link_rows([url for column in columns for url in column.urls])}
        context["columns"] = [
            {
                "label": column.label,
                "count": column.count,
                "has_more": column.has_more,
                "rows": [rows[url.pk] for url in column.urls],
                "url": f"{base}?{urlencode({**asked, 'state': column.key})}",
            }
            for column in columns
        ]
    else:
        page = link_list.page_of(found, place=request.GET.get("after", ""), base=base, asked=asked)
        count, has_more = link_list.count_of(found)
        context |= {
            "rows": listing.link_rows(page.urls),
            "count": count,
            "has_more": has_more,
            "older": page.older,
            "newer": page.newer,
        }
    return render(request, "takedowns/all_links.html", context)
