"""An OpenID Connect provider on loopback for tests: real HTTP, ID tokens signed by joserfc, and faults on demand."""

from __future__ import annotations

import hashlib
import json
import secrets
import threading
import time
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jws, jwt
from joserfc.jwk import OctKey, RSAKey

CLIENT, SECRET = "doudi", "a secret of the client"


@dataclass
class Provider:
    """What the provider says of the person who signs in, and what it gets wrong."""

    issuer: str = ""
    person: dict[str, Any] = field(default_factory=lambda: {"sub": "10001", "name": "李娜"})
    fault: str = ""
    seen: list[dict[str, str]] = field(default_factory=list)
    grants: dict[str, dict[str, str]] = field(default_factory=dict)
    key: RSAKey = field(
        default_factory=lambda: RSAKey.generate_key(2048, {"kid": "one", "use": "sig", "alg": "RS256"})
    )
    other_key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "one"}))

    def metadata(self) -> dict[str, Any]:
        named = "https://somebody-else.example" if self.fault == "metadata of another issuer" else self.issuer
        return {
            "issuer": named,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
            "response_types_supported": ["code"],
            "id_token_signing_alg_values_supported": ["RS256", "none", "HS256"],
        }

    def approve(self, query: dict[str, str]) -> str:
        """The person agrees: the address that the browser is sent back to."""
        self.seen.append(query)
        code = secrets.token_urlsafe(16)
        self.grants[code] = query
        state = "a state of somebody else" if self.fault == "state" else query["state"]
        return f"{query['redirect_uri']}?{urlencode({'code': code, 'state': state})}"

    def exchange(self, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        """Code and verifier for a token; each code once."""
        grant = self.grants.pop(form.get("code", ""), None)
        verifier = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = urlsafe_b64encode(verifier).rstrip(b"=").decode()
        if (
            grant is None
            or grant.get("code_challenge") != challenge
            or grant["code_challenge_method"] != "S256"
        ):
            return 400, {"error": "invalid_grant"}
        token: dict[str, Any] = {"access_token": secrets.token_urlsafe(16), "token_type": "Bearer"}
        if self.fault != "no id token":
            token["id_token"] = self._id_token(grant["nonce"])
        return 200, token

    def _id_token(self, nonce: str) -> str:
        now = int(time.time())  # the client checks against the real clock
        claims = {
            "iss": self.issuer,
            "aud": CLIENT,
            "iat": now,
            "exp": now + 300,
            "nonce": nonce,
            **self.person,
        }
        match self.fault:
            case "nonce":
                claims["nonce"] = "of another visit"
            case "no nonce":
                del claims["nonce"]
            case "audience":
                claims["aud"] = "another client"
            case "audience in our name":
                claims |= {"aud": "another client", "azp": CLIENT}
            case "expired":
                claims |= {"iat": now - 900, "exp": now - 600}
            case "issuer":
                claims["iss"] = "https://somebody-else.example"
            case "no subject":
                del claims["sub"]
            case "alg none":
                return _unsigned(claims)
            case "signed with the client's secret":
                body = json.dumps(claims).encode()
                return jws.serialize_compact(
                    {"alg": "HS256", "kid": "one"}, body, _octets(), algorithms=["HS256"]
                )
        signer = self.other_key if self.fault == "another key" else self.key
        return jwt.encode({"alg": "RS256", "kid": "one"}, claims, signer)


def _octets() -> OctKey:
    return OctKey.import_key(SECRET * 2)


def _unsigned(claims: dict[str, Any]) -> str:
    parts = [json.dumps(part).encode() for part in ({"alg": "none"}, claims)]
    return ".".join(urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts) + "."


@contextmanager
def provider() -> Iterator[Provider]:
    """A running provider; it ends with the block."""
    told = Provider()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked = urlsplit(self.path)
            if told.fault == "redirect" and asked.path.startswith("/.well-known/"):
                self.send_response(302)
                self.send_header("Location", f"{told.issuer}/elsewhere")
                self.end_headers()
                return
            match asked.path:
                case "/.well-known/openid-configuration" | "/elsewhere":
                    self._json(200, told.metadata())
                case "/keys":
                    self._json(200, {"keys": [told.key.as_dict(private=False)]})
                case _:
                    self._json(404, {})

        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length", "0"))
            form = {name: values[0] for name, values in parse_qs(self.rfile.read(length).decode()).items()}
            self._json(*told.exchange(form))

        def _json(self, status: int, body: dict[str, Any]) -> None:
            content = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_arguments: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    told.issuer = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield told
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
