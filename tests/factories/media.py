"""Real films, photographs with tags, and signed pictures, made with the machine's own programs."""

import datetime
import io
import json
import subprocess
from functools import lru_cache
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from PIL import Image

PLACE = ("52.5200", "13.4050")
SERIAL = "SN-7731-ABCD"


@lru_cache(maxsize=4)
def clip(seconds: int = 2, *, size: str = "320x240", container: str = "mp4") -> bytes:
    """Make a film with sound, and a place in its tags."""
    video = ["-f", "lavfi", "-i", f"testsrc2=size={size}:rate=10:duration={seconds}"]
    sound = ["-f", "lavfi", "-i", f"sine=frequency=440:duration={seconds}"]
    codecs = ["-c:v", "libvpx", "-c:a", "libvorbis"] if container == "webm" else ["-c:v", "libx264", "-c:a", "aac"]
    out = Path("/dev/shm") / f"clip-{seconds}-{size}.{container}"
    try:
        tags = ["-metadata", f"location=+{PLACE[0]}+0{PLACE[1]}/", "-metadata", "title=Holiday"]
        argv = ["ffmpeg", "-v", "error", "-y", *video, *sound, *codecs, "-g", "10", *tags, str(out)]
        subprocess.run(argv, check=True, stdin=subprocess.DEVNULL)
        return out.read_bytes()
    finally:
        out.unlink(missing_ok=True)


def photo(size: tuple[int, int] = (64, 40), *, orientation: int = 1, kind: str = "JPEG") -> bytes:
    """Make a photograph whose left half is red and whose right half is blue."""
    image = Image.new("RGB", size, "red")
    image.paste("blue", (size[0] // 2, 0, size[0], size[1]))
    out = io.BytesIO()
    exif = Image.Exif()
    exif[0x0112] = orientation
    image.save(out, kind, exif=exif) if kind == "JPEG" else image.save(out, kind)
    return out.getvalue()


@lru_cache(maxsize=8)
def tagged_photo(*tags: str) -> bytes:
    """Make a photograph and let exiftool write tags into it; without tags a place, a serial number and a name."""
    wanted = tags or (
        "-Make=Acme",
        "-Model=Phone 9",
        "-Software=Editor 3",
        f"-SerialNumber={SERIAL}",
        "-Artist=Amira Karim",
        f"-GPSLatitude={PLACE[0]}",
        "-GPSLatitudeRef=N",
        f"-GPSLongitude={PLACE[1]}",
        "-GPSLongitudeRef=E",
        "-DateTimeOriginal=2026:05:01 10:20:30",
        "-OffsetTimeOriginal=+02:00",
    )
    argv = ["exiftool", "-q", "-o", "-", *wanted, "-"]
    return subprocess.run(argv, input=photo(), capture_output=True, check=True).stdout


def _certificate(
    name: str, key: ec.EllipticCurvePrivateKey, *, issuer: str, signed_by: ec.EllipticCurvePrivateKey, is_root: bool
) -> x509.Certificate:
    def called(text: str) -> x509.Name:
        return x509.Name(
            [x509.NameAttribute(NameOID.ORGANIZATION_NAME, text), x509.NameAttribute(NameOID.COMMON_NAME, text)]
        )

    began = datetime.datetime(2024, 1, 1, tzinfo=datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(called(name))
        .issuer_name(called(issuer))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(began)
        .not_valid_after(began + datetime.timedelta(days=3650))
        .add_extension(x509.BasicConstraints(ca=is_root, path_length=None), critical=True)
        .add_extension(
            x509.KeyUsage(
                digital_signature=not is_root,
                key_cert_sign=is_root,
                crl_sign=is_root,
                content_commitment=False,
                key_encipherment=False,
                data_encipherment=False,
                key_agreement=False,
                encipher_only=False,
                decipher_only=False,
            ),
            critical=True,
        )
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signed_by.public_key()), critical=False)
    )
    if not is_root:
        usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION])
        made = made.add_extension(usage, critical=False)
    return made.sign(signed_by, hashes.SHA256())


@lru_cache(maxsize=1)
def signed_photo() -> tuple[bytes, str]:
    """Make a photograph with content credentials by a chain of our own; return it and the root certificate (PEM)."""
    import c2pa

    root_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    root = _certificate("Home Root", root_key, issuer="Home Root", signed_by=root_key, is_root=True)
    leaf = _certificate("Acme Camera", key, issuer="Home Root", signed_by=root_key, is_root=False)
    chain = b"".join(one.public_bytes(serialization.Encoding.PEM) for one in (leaf, root))
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    info = c2pa.C2paSignerInfo(b"es256", chain, private, None)
    manifest = {
        "claim_generator_info": [{"name": "Acme Phone", "version": "9"}],
        "title": "photo.jpg",
        "assertions": [
            {
                "label": "c2pa.actions",
                "data": {
                    "actions": [
                        {
                            "action": "c2pa.created",
                            "digitalSourceType": "http://cv.iptc.org/newscodes/digitalsourcetype/digitalCapture",
                        }
                    ]
                },
            }
        ],
    }
    out = io.BytesIO()
    context = c2pa.Context(settings=c2pa.Settings.from_dict({"verify": {"verify_after_sign": False}}))
    signer = c2pa.Signer.from_info(info)
    builder = c2pa.Builder(json.dumps(manifest), context=context)
    builder.sign(signer, "image/jpeg", io.BytesIO(photo((320, 200))), out)
    return out.getvalue(), root.public_bytes(serialization.Encoding.PEM).decode()
