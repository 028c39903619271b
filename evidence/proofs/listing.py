"""The list of files of a bundle that is sealed: what every stamp is over."""

from hashlib import sha256

from evidence.models import Bundle


class OtherList(Exception):
    """What the row holds does not give the list that was signed."""


def manifest_of(bundle: Bundle) -> bytes:
    """Return manifest-sha256.txt of a sealed bundle, put together from its row and compared with its fingerprint.

    Call inside `acting_as`: the fingerprint is sealed. Raises OtherList.
    """
    rows = sorted((str(file["path"]), str(file["sha256"])) for file in bundle.files)
    made = "".join(f"{digest}  {path}\n" for path, digest in rows).encode("ascii")
    if sha256(made).hexdigest() != bundle.fingerprint:
        raise OtherList(bundle.reference)
    return made
