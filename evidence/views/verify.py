"""/verify: is this file one of ours? Asked with a hash, or a file that is hashed and forgotten; no case is touched."""

import hashlib
from typing import Any

from django.conf import settings
from django.core.files.uploadhandler import FileUploadHandler, StopFutureHandlers, StopUpload
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt

from cases.http import SignedInRequest, open_to_all, requires
from cases.permissions import Door, Permission
from evidence.bag import TOOL
from evidence.forms import HashForm
from evidence.models import BundleSeal, SigningCertificate
from evidence.outgoing import bytes_response
from evidence.proofs import certificates, signing


@requires(Permission.EVIDENCE_VIEW, methods=("GET", "POST"))
def staff(request: SignedInRequest) -> HttpResponse:
    """Answer for staff."""
    return _answer(request, "evidence/verify.html")


@open_to_all("whoever holds a file may ask whether it is ours; the answer tells nothing else", methods=("GET", "POST"))
def shared(request: HttpRequest) -> HttpResponse:
    """Answer for whoever received a bundle."""
    return _answer(request, "share/verify.html")


@csrf_exempt
@open_to_all("a browser without script sends the file: it is hashed as it comes and kept nowhere", methods=("POST",))
def file(request: HttpRequest) -> HttpResponse:
    """Answer for a file that is sent: hashed while it comes in, never written anywhere, forgotten at once.

    Nothing changes by it, so it needs no token against forged requests; reading one would parse the body first.
    """
    if getattr(request, "door", None) != Door.SHARE:
        raise Http404
    hashing = _Hashing(request)
    request.upload_handlers = [hashing]
    bool(request.FILES)
    form = HashForm(None)
    context: dict[str, Any] = {"form": form, "signing": signing.state(timezone.now()), "public": _public()}
    if hashing.digest is None:
        said = _("That file is too large to be sent. Work out its fingerprint on your computer.")
        context["problem"] = said if hashing.is_too_large else _("Choose a file first.")
        return render(request, "share/verify.html", context, status=422)
    digest = hashing.digest.hexdigest()
    context |= {"asked": digest, "seal": BundleSeal.objects.filter(sha256=digest).first()}
    return render(request, "share/verify.html", context)


@open_to_all("the organisation's certificate is public: it travels in every bundle")
def certificate(request: HttpRequest) -> HttpResponse:
    """Give the root certificate that bundles are checked against."""
    found = signing.state(timezone.now()).identity
    if getattr(request, "door", None) != Door.SHARE or found is None:
        raise Http404
    data = certificates.pem(found.root)
    return bytes_response(data, name="organisation.pem", content_type="application/x-pem-file")


@open_to_all("the checker is public: it travels in every bundle, and a copy from here was not in anybody's hands")
def tool(request: HttpRequest) -> HttpResponse:
    """Give the checker of bundles."""
    if getattr(request, "door", None) != Door.SHARE:
        raise Http404
    return bytes_response((TOOL / "verify.py").read_bytes(), name="verify.py", content_type="text/x-python")


@requires(Permission.HOME)
def signing_page(request: SignedInRequest) -> HttpResponse:
    """Show what to print on the letterhead, and every certificate that ever signed."""
    now = timezone.now()
    found = signing.state(now)
    context = {
        "signing": found,
        "days_left": found.days_left(now),
        "subject": certificates.common_name(found.identity.certificate) if found.identity else "",
        "earlier": list(SigningCertificate.objects.order_by("-first_used_at")),
        "now": now,
        "public": _public(),
    }
    return render(request, "evidence/signing.html", context)


class _Hashing(FileUploadHandler):
    """Hashes the first file of a request piece by piece and keeps nothing of it."""

    def __init__(self, request: HttpRequest) -> None:
        super().__init__(request)
        self.digest: Any = None
        self.is_too_large = False
        self._length = 0

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        if self.digest is None:
            self.digest = hashlib.sha256()
            raise StopFutureHandlers
        raise StopUpload(connection_reset=True)

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        self._length += len(raw_data)
        if self._length > settings.MAX_UPLOAD:
            self.digest, self.is_too_large = None, True
            raise StopUpload(connection_reset=True)
        self.digest.update(raw_data)

    def file_complete(self, file_size: int) -> None:
        return None


def _public() -> dict[str, str]:
    """Return addresses that stand before every door."""
    names = ("certificate", "verify", "verify_file", "verify_tool")
    return {name: reverse(f"share:{name}", urlconf=settings.SHARE_URLCONF) for name in names}


def _answer(request: HttpRequest, template: str) -> HttpResponse:
    form = HashForm(request.POST or None)
    context: dict[str, object] = {"form": form, "signing": signing.state(timezone.now()), "public": _public()}
    if request.method == "POST" and form.is_valid():
        digest = form.cleaned_data["sha256"]
        context |= {"asked": digest, "seal": BundleSeal.objects.filter(sha256=digest).first()}
    return render(request, template, context, status=422 if form.is_bound and not form.is_valid() else 200)
