"""Settings of one installation, read once at start from the environment or the instance folder.

Nothing has an unsafe default: a missing secret stops the start with the cure.
`make run` writes fresh random secrets into the instance folder (`create_instance_secrets`).
"""

from __future__ import annotations

import os
import secrets
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from cryptography.fernet import Fernet

ROOT = Path(__file__).resolve().parent.parent
DEFAULT_INSTANCE = ROOT / "instance"
SECRETS_FILE = "secrets.toml"


class ConfigError(Exception):
    """A setting is missing or malformed; the text says which and what to do."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What an installation decides. Times are seconds unless the name says otherwise.

    `limits_*` are requests a minute (0: not limited): of one visit, of one address on pages, of one address on
    `/api/`, and presses on “send” of one visit. `limits_url` is where they are counted: `memory://` for one
    process, `redis://…` for all. `limits_wait` is after how many milliseconds in line a visitor is asked to come
    back (0: never), ten times as many within an application. Secrets stay out of `repr`, so that no log or
    traceback can show them.
    """

    secret_key: str = field(repr=False)
    data_keys: tuple[str, ...] = field(repr=False)
    database_url: str = field(repr=False)
    public_url: str
    case_system_url: str
    hotline: str = "12345"
    draft_days: int = 30
    instance: Path = DEFAULT_INSTANCE
    hand_off_keys: tuple[str, ...] = field(default=(), repr=False)
    case_system_keys: tuple[str, ...] = ()
    routes_file: Path | None = None
    files_url: str = ""
    clamd: str = ""
    trusted_proxies: int = 0
    metrics_token: str = field(default="", repr=False)
    read_only: bool = False
    read_only_until: datetime | None = None
    traces: str = ""
    log_requests: bool = True
    limits_url: str = field(default="memory://", repr=False)
    limits_visit: int = 600
    limits_address: int = 6000
    limits_api: int = 6000
    limits_send: int = 20
    limits_wait: int = 500

    oidc_issuer: str = ""
    oidc_client_id: str = ""
    oidc_client_secret: str = ""
    oidc_roles: tuple[str, ...] = ()
    oidc_role_claim: str = "roles"
    oidc_county_claim: str = "regions"

    @property
    def secure_cookies(self) -> bool:
        return self.public_url.startswith("https://")

    def cookie_name(self, name: str) -> str:
        """The name under which a cookie is set: under https it cannot be planted by a neighbouring host."""
        return f"__Host-{name}" if self.secure_cookies else name


def create_instance_secrets(instance: Path = DEFAULT_INSTANCE) -> Path:
    """Write fresh random secrets for an embedded installation unless they exist; return the file."""
    file = instance / SECRETS_FILE
    if not file.exists():
        instance.mkdir(parents=True, exist_ok=True)
        text = (
            f'secret_key = "{secrets.token_urlsafe(48)}"\ndata_keys = ["{Fernet.generate_key().decode()}"]\n'
        )
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as out:
            out.write(text)
    return file


def load_settings(environ: Mapping[str, str] | None = None, instance: Path | None = None) -> Settings:
    """Settings from `DOUDI_*` variables; secrets may come from `<instance>/secrets.toml` instead."""
    env = os.environ if environ is None else environ
    folder = instance or Path(env.get("DOUDI_INSTANCE", DEFAULT_INSTANCE))
    stored = _read_secrets(folder / SECRETS_FILE)

    def secret(variable: str, key: str) -> str:
        value = env.get(variable) or stored.get(key)
        if not value or not isinstance(value, str):
            raise ConfigError(
                f"{variable} is not set and {folder / SECRETS_FILE} has no {key}. "
                "Set the variable, or run 'make run' once to create the file."
            )
        return value

    keys = env.get("DOUDI_DATA_KEYS", "").split() or stored.get("data_keys")
    if not isinstance(keys, list) or not keys:
        raise ConfigError(
            "DOUDI_DATA_KEYS is not set (one or more Fernet keys, newest first, parted by spaces). "
            "Set it, or run 'make run' once to create the instance secrets."
        )
    return Settings(
        secret_key=secret("DOUDI_SECRET_KEY", "secret_key"),
        data_keys=tuple(str(key) for key in keys),
        database_url=env.get("DOUDI_DATABASE_URL", f"sqlite:///{folder / 'doudi.sqlite'}"),
        public_url=env.get("DOUDI_PUBLIC_URL", "http://127.0.0.1:8000").rstrip("/"),
        case_system_url=env.get("DOUDI_CASE_SYSTEM_URL", "http://127.0.0.1:8001").rstrip("/"),
        hotline=env.get("DOUDI_HOTLINE", "12345"),
        draft_days=_whole_number(env, "DOUDI_DRAFT_DAYS", 30),
        instance=folder,
        hand_off_keys=tuple(env.get("DOUDI_HAND_OFF_KEYS", "").split()),
        case_system_keys=tuple(env.get("DOUDI_CASE_SYSTEM_KEYS", "").split()),
        trusted_proxies=_whole_number(env, "DOUDI_TRUSTED_PROXIES", 0),
        routes_file=Path(env["DOUDI_ROUTES"]) if env.get("DOUDI_ROUTES") else None,
        files_url=env.get("DOUDI_FILES_URL", ""),
        limits_url=env.get("DOUDI_LIMITS_URL", "memory://"),
        limits_visit=_whole_number(env, "DOUDI_LIMITS_VISIT", 600),
        limits_address=_whole_number(env, "DOUDI_LIMITS_ADDRESS", 6000),
        limits_api=_whole_number(env, "DOUDI_LIMITS_API", 6000),
        limits_send=_whole_number(env, "DOUDI_LIMITS_SEND", 20),
        limits_wait=_whole_number(env, "DOUDI_LIMITS_WAIT", 500),
        clamd=env.get("DOUDI_CLAMD", ""),
        **_oidc(env),
        metrics_token=env.get("DOUDI_METRICS_TOKEN", ""),
        read_only=env.get("DOUDI_READ_ONLY", "no") not in ("", "no"),
        read_only_until=_until(env, "DOUDI_READ_ONLY"),
        log_requests=_yes_or_no(env, "DOUDI_LOG_REQUESTS", "yes"),
        traces=_traces(env),
    )


def _read_secrets(file: Path) -> dict[str, object]:
    if not file.exists():
        return {}
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as broken:
        raise ConfigError(f"{file} is not valid TOML: {broken}") from broken


def _oidc(env: Mapping[str, str]) -> dict[str, Any]:
    """The province's sign-in for staff: all of issuer, client id and secret, or none of them.

    DOUDI_OIDC_ROLES maps values of the claim DOUDI_OIDC_ROLE_CLAIM (default `roles`) to ours, such as
    `rexian=operator banzhang=supervisor`; the claim DOUDI_OIDC_COUNTY_CLAIM (default `regions`) then lists
    place codes. Without a mapping, accounts are made here beforehand.
    """
    issuer = env.get("DOUDI_OIDC_ISSUER", "").rstrip("/")
    client_id, client_secret = env.get("DOUDI_OIDC_CLIENT_ID", ""), env.get("DOUDI_OIDC_CLIENT_SECRET", "")
    if bool(issuer) != bool(client_id and client_secret):
        raise ConfigError("DOUDI_OIDC_ISSUER, DOUDI_OIDC_CLIENT_ID and DOUDI_OIDC_CLIENT_SECRET go together.")
    address = urlsplit(issuer)
    if issuer and address.scheme != "https" and address.hostname not in ("127.0.0.1", "localhost", "::1"):
        raise ConfigError("DOUDI_OIDC_ISSUER must begin with https://.")
    roles = tuple(env.get("DOUDI_OIDC_ROLES", "").split())
    for pair in roles:
        if pair.partition("=")[2] not in ("operator", "supervisor", "auditor"):
            raise ConfigError(f"DOUDI_OIDC_ROLES: {pair!r} should be like claim-value=operator.")
    return {
        "oidc_issuer": issuer,
        "oidc_client_id": client_id,
        "oidc_client_secret": client_secret,
        "oidc_roles": roles,
        "oidc_role_claim": env.get("DOUDI_OIDC_ROLE_CLAIM", "roles"),
        "oidc_county_claim": env.get("DOUDI_OIDC_COUNTY_CLAIM", "regions"),
    }


def _whole_number(env: Mapping[str, str], variable: str, default: int) -> int:
    raw = env.get(variable, str(default))
    if not raw.isdigit():
        raise ConfigError(f"{variable} must be a whole number, not {raw!r}.")
    return int(raw)


def _until(env: Mapping[str, str], variable: str) -> datetime | None:
    """The moment behind `2026-11-22T23:30` (Asia/Shanghai); None for yes and no."""
    raw = env.get(variable, "")
    if raw in ("", "no", "yes"):
        return None
    try:
        return datetime.fromisoformat(raw).replace(tzinfo=ZoneInfo("Asia/Shanghai"))
    except ValueError:
        raise ConfigError(
            f"{variable} must be no, yes or a local time like 2026-11-22T23:30, not {raw!r}."
        ) from None


def _traces(env: Mapping[str, str]) -> str:
    """`otlp` or `console` where traces are wanted, otherwise empty; the rest of OTEL_* is read by OpenTelemetry."""
    raw = env.get("OTEL_TRACES_EXPORTER") or "none"
    if raw not in ("none", "otlp", "console"):
        raise ConfigError(f"OTEL_TRACES_EXPORTER must be none, otlp or console, not {raw!r}.")
    return "" if raw == "none" else raw


def _yes_or_no(env: Mapping[str, str], variable: str, default: str) -> bool:
    raw = env.get(variable) or default
    if raw not in ("no", "yes"):
        raise ConfigError(f"{variable} must be yes or no, not {raw!r}.")
    return raw == "yes"
