"""The two hidden fields of every form that changes something."""

from django import template
from django.middleware.csrf import get_token
from django.template.context import Context
from django.utils.html import format_html
from django.utils.safestring import SafeString

from cases.http import TOKEN_FIELD, new_form_token

register = template.Library()


@register.simple_tag(takes_context=True)
def form_token(context: Context) -> SafeString:
    """Return the CSRF token and a fresh one-use token as hidden inputs."""
    request = context.get("request")
    csrf = get_token(request) if request is not None else ""
    return format_html(
        '<input type="hidden" name="csrfmiddlewaretoken" value="{}"><input type="hidden" name="{}" value="{}">',
        csrf,
        TOKEN_FIELD,
        new_form_token(),
    )
