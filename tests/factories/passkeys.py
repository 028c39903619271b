"""A passkey in software: it makes and uses one credential as a phone or key would (W3C Web Authentication, level 2)."""

import json
import os
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from fido2 import cbor
from fido2.cose import ES256
from fido2.utils import websafe_encode

PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40


@dataclass
class Passkey:
    """One credential for one site."""

    site: str = "localhost"
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    credential_id: bytes = field(default_factory=lambda: os.urandom(32))
    uses: int = 0
    origin: str = ""

    def _client_data(self, kind: str, challenge: Any) -> bytes:
        text = challenge if isinstance(challenge, str) else websafe_encode(challenge)
        return json.dumps(
            {"type": f"webauthn.{kind}", "challenge": text, "origin": self.origin or f"http://{self.site}"}
        ).encode()

    def _authenticator_data(self, flags: int) -> bytes:
        self.uses += 1
        return sha256(self.site.encode()).digest() + bytes([flags]) + self.uses.to_bytes(4, "big")

    def register(self, challenge: Any) -> str:
        """Answer a request to make a credential; returns the JSON that the page would post."""
        attested = bytes(16) + len(self.credential_id).to_bytes(2, "big") + self.credential_id
        public = cbor.encode(ES256.from_cryptography_key(self.key.public_key()))
        data = self._authenticator_data(PRESENT | VERIFIED | ATTESTED) + attested + public
        attestation = cbor.encode({"fmt": "none", "attStmt": {}, "authData": data})
        return self._answer(
            clientDataJSON=websafe_encode(self._client_data("create", challenge)),
            attestationObject=websafe_encode(attestation),
        )

    def sign_in(self, challenge: Any, *, user_id: str) -> str:
        """Answer a request to sign in; returns the JSON that the page would post."""
        client_data = self._client_data("get", challenge)
        data = self._authenticator_data(PRESENT | VERIFIED)
        signature = self.key.sign(data + sha256(client_data).digest(), ec.ECDSA(SHA256()))
        return self._answer(
            clientDataJSON=websafe_encode(client_data),
            authenticatorData=websafe_encode(data),
            signature=websafe_encode(signature),
            userHandle=websafe_encode(user_id.encode()),
        )

    def _answer(self, **response: str) -> str:
        number = websafe_encode(self.credential_id)
        return json.dumps(
            {
                "id": number,
                "rawId": number,
                "type": "public-key",
                "response": response,
                "clientExtensionResults": {"credProps": {"rk": True}},
            }
        )
