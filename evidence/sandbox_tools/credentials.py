"""Content credentials (C2PA) of a file, read offline: are there any, do they hold, is who signed known?

Three answers that are easily mixed up, so they stay apart. Nothing is fetched: no remote manifest, no status of a
certificate; the sandbox has no network in any case.
"""

import json
from pathlib import Path
from typing import Any, BinaryIO, Final

import c2pa

from evidence.sandbox_tools import Refused

UNTRUSTED: Final = "signingCredential.untrusted"
TRUSTED: Final = "signingCredential.trusted"
MOST_CODES: Final = 40


def read(path: str, *, media_type: str, anchors: str = "") -> dict[str, Any]:
    """Return {"present": False}, or what the credentials say and what checking them gave.

    `anchors` is a list of certificates (PEM) of signers that are trusted; without one nobody is, and "list" says so.
    Raises Refused with not_supported or damaged.
    """
    wanted: dict[str, Any] = {"verify": {"remote_manifest_fetch": False, "ocsp_fetch": False, "verify_trust": True}}
    if anchors:
        wanted["trust"] = {"trust_anchors": anchors}
    context = c2pa.Context(settings=c2pa.Settings.from_dict(wanted))
    try:
        with Path(path).open("rb") as stream:
            reader = c2pa.Reader(media_type, stream, context=context)
            told = json.loads(reader.detailed_json())
            state = reader.get_validation_state()
            results = reader.get_validation_results() or {}
            summary = json.loads(reader.json())
    except c2pa.C2paError as error:
        # The library's own classes for these are private; each message begins with its class.
        name = str(error).partition(":")[0]
        if name == "ManifestNotFound":
            return {"present": False}
        if name == "RemoteManifest":
            return {"present": True, "remote": True, "valid": None, "trusted": None, "list": bool(anchors), "codes": []}
        raise Refused("not_supported" if name == "NotSupported" else "damaged") from None
    except MemoryError:
        raise
    except Exception:
        raise Refused("damaged") from None
    codes = _codes(results.get("activeManifest", {}))
    return {
        "present": True,
        "remote": False,
        "valid": state in ("Valid", "Trusted"),
        "trusted": state == "Trusted",
        "list": bool(anchors),
        "state": str(state),
        "codes": codes,
        "said": _said(summary),
        "manifest": told,
    }


def _codes(results: dict[str, Any]) -> list[str]:
    """Codes of the specification for what did not hold; not being on a list of trusted signers is none of them."""
    found = [str(one.get("code", ""))[:80] for one in results.get("failure", [])]
    return [code for code in dict.fromkeys(found) if code != UNTRUSTED][:MOST_CODES]


def _said(summary: dict[str, Any]) -> dict[str, Any]:
    """What the newest manifest claims, in few words: all of it is a claim of whoever signed."""
    manifest = summary.get("manifests", {}).get(summary.get("active_manifest", ""), {})
    signed = manifest.get("signature_info", {})
    makers = [str(one.get("name", ""))[:120] for one in manifest.get("claim_generator_info", [])]
    actions: list[str] = []
    sources: list[str] = []
    for assertion in manifest.get("assertions", []):
        if str(assertion.get("label", "")).startswith("c2pa.actions"):
            for action in assertion.get("data", {}).get("actions", [])[:50]:
                actions.append(str(action.get("action", ""))[:60])
                if action.get("digitalSourceType"):
                    sources.append(str(action["digitalSourceType"]).rpartition("/")[2][:60])
    return {
        "issuer": str(signed.get("issuer", ""))[:200],
        "signed_by": str(signed.get("common_name", ""))[:200],
        "signed_at": str(signed.get("time", ""))[:40],
        "made_with": [name for name in makers if name][:5],
        "actions": list(dict.fromkeys(actions))[:20],
        "sources": list(dict.fromkeys(sources))[:10],
        "ingredients": len(manifest.get("ingredients", [])),
    }


def main(arguments: dict[str, Any], path: str, out: BinaryIO) -> None:
    """{"media_type": "image/jpeg", "anchors": "<path inside the sandbox, or nothing>"} gives JSON."""
    listed = Path(arguments["anchors"]).read_text(encoding="ascii") if arguments.get("anchors") else ""
    out.write(json.dumps(read(path, media_type=arguments["media_type"], anchors=listed)).encode())
