"""The province's sign-in as Authlib speaks it; loaded only where the settings name a provider."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from authlib.common.errors import AuthlibBaseError
from authlib.integrations.flask_client import FlaskOAuth2App, OAuth
from authlib.integrations.requests_client import OAuth2Session
from flask import Flask, current_app
from joserfc.errors import JoseError
from requests import RequestException
from werkzeug.wrappers import Response

from portal import log
from portal.config import Settings

NAME = "province"
SIGNATURES = ("RS256", "PS256", "ES256")  # asymmetric only; `none` and shared secrets are never taken
LEEWAY = 60
TIMEOUT = 10


class _StraightOn(OAuth2Session):
    """Follows no redirect and no proxy setting: it speaks to the provider or to nobody."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.max_redirects = 0
        self.trust_env = False


class _Provider(FlaskOAuth2App):
    client_cls = _StraightOn


def init_app(app: Flask, settings: Settings) -> None:
    """Make the client known to the application."""
    oauth = OAuth(app)
    oauth.register(
        NAME,
        client_cls=_Provider,
        client_id=settings.oidc_client_id,
        client_secret=settings.oidc_client_secret,
        server_metadata_url=f"{settings.oidc_issuer}/.well-known/openid-configuration",
        client_kwargs={
            "scope": "openid profile email",
            "code_challenge_method": "S256",
            "default_timeout": TIMEOUT,
        },
    )


def start(return_to: str) -> Response | None:
    """The way to the provider, or None where it cannot be reached."""
    client = _client()
    try:
        _check_metadata(client)
        answer: Response = client.authorize_redirect(return_to)
    except (AuthlibBaseError, RequestException, ValueError, RuntimeError) as failure:
        log.event("hotline.oidc_failed", error=type(failure).__name__)
        return None
    return answer


def claims(settings: Settings) -> Mapping[str, Any] | None:
    """What the provider says of the person who came back, or None where any proof is missing or wrong."""
    client = _client()
    try:
        _check_metadata(client)
        token = client.authorize_access_token(
            claims_options={
                "iss": {"essential": True, "value": client.server_metadata["issuer"]},
                "aud": {"essential": True, "value": settings.oidc_client_id},
                "sub": {"essential": True},
            },
            leeway=LEEWAY,
        )
    except (AuthlibBaseError, JoseError, RequestException, ValueError, RuntimeError, KeyError) as failure:
        log.event("hotline.oidc_failed", error=type(failure).__name__)
        return None
    told = token.get("userinfo")
    return told if isinstance(told, Mapping) and isinstance(told.get("sub"), str) else None


def _client() -> _Provider:
    found: _Provider = current_app.extensions["authlib.integrations.flask_client"].create_client(NAME)
    return found


def _check_metadata(client: _Provider) -> None:
    """The provider must call itself what the settings call it, and sign in a way that we take."""
    settings: Settings = current_app.extensions["doudi_settings"]
    metadata = client.load_server_metadata()
    if str(metadata.get("issuer", "")).rstrip("/") != settings.oidc_issuer:
        raise ValueError("the provider calls itself by another issuer")
    metadata["id_token_signing_alg_values_supported"] = list(SIGNATURES)
