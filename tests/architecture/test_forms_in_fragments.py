"""A form in a fragment needs the request: without it the CSRF token is empty, and pressing the button is refused."""

import re
from pathlib import Path

from django.conf import settings

TEMPLATES = Path(settings.BASE_DIR) / "templates"
INCLUDE = re.compile(r'{%\s*include\s+"(?P<name>[^"]+)"(?P<rest>[^%]*?)\bonly\s*%}')
FORM = re.compile(r"{%\s*form_token\s*%}|components/form_top\.html")


def test_a_fragment_with_a_form_that_is_included_with_only_is_given_the_request():
    texts = {str(path.relative_to(TEMPLATES)): path.read_text() for path in TEMPLATES.rglob("*.html")}
    with_form = {name for name, text in texts.items() if FORM.search(text)}
    shut_in = [
        (name, found["name"])
        for name, text in texts.items()
        for found in INCLUDE.finditer(text)
        if found["name"] in with_form and "request=request" not in found["rest"]
    ]
    assert with_form
    assert shut_in == []
