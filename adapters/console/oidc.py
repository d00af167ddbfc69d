"""Signing in where the organisation signs in: OpenID Connect, the authorization code flow with PKCE.

What is checked of the answer: OpenID Connect Core 1.0, 3.1.3.7; of PKCE, RFC 7636; of the provider, Discovery 1.0, 4.3.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from ipaddress import ip_address
from time import monotonic
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

import httpx2
import structlog
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

log = structlog.get_logger()

_ALGORITHMS: Final = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"]
"""Signatures with a key that only the provider has: none at all, or one made with our own secret, proves nothing."""
_KEPT: Final = 3600.0
_LEEWAY: Final = 60
_TIMEOUT: Final = 10.0
_LARGEST: Final = 1_000_000
_NAME: Final = re.compile(r"[^\s:]{1,200}")


class SignInFailed(Exception):
    """Why somebody could not be let in, in their words; what exactly is wrong is for the log."""


@dataclass(frozen=True, slots=True)
class OidcSettings:
    """`claim` names the person: `console:` and its value."""

    issuer: str
    client_id: str
    secret: str
    claim: str = "email"


@dataclass(frozen=True, slots=True)
class Attempt:
    """Somebody on their way to the provider and back; their browser keeps it meanwhile."""

    state: str
    nonce: str
    verifier: str
    then: str

    @classmethod
    def new(cls, then: str) -> Attempt:
        state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
        return cls(state, nonce, verifier, then)

    def packed(self) -> str:
        return base64.urlsafe_b64encode(json.dumps(asdict(self)).encode()).decode()

    @classmethod
    def unpacked(cls, text: str) -> Attempt | None:
        """None if it is none of ours."""
        try:
            return cls(**{name: str(value) for name, value in json.loads(base64.urlsafe_b64decode(text)).items()})
        except (ValueError, TypeError, AttributeError):
            return None


class Oidc:
    """One provider. Its description and its keys are fetched when they are needed, and kept for an hour."""

    def __init__(self, settings: OidcSettings) -> None:
        self._settings = settings
        self._kept: dict[str, tuple[float, Mapping[str, Any]]] = {}

    async def address(self, attempt: Attempt, *, back: str) -> str:
        """Where the browser goes. Raises SignInFailed."""
        challenge = base64.urlsafe_b64encode(hashlib.sha256(attempt.verifier.encode()).digest()).rstrip(b"=").decode()
        asked = {
            "response_type": "code",
            "client_id": self._settings.client_id,
            "redirect_uri": back,
            "scope": "openid email profile",
            "state": attempt.state,
            "nonce": attempt.nonce,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        endpoint = str((await self._provider())["authorization_endpoint"])
        return f"{endpoint}{'&' if urlsplit(endpoint).query else '?'}{urlencode(asked)}"

    async def person(self, attempt: Attempt, *, code: str, back: str) -> str:
        """Who came back, as `console:CLAIM`. Raises SignInFailed."""
        claims = await self._claims(await self._id_token(attempt, code=code, back=back), nonce=attempt.nonce)
        name = claims.get(self._settings.claim)
        if not (isinstance(name, str) and _NAME.fullmatch(name)):
            raise _failed("claim", f"It does not say who you are (no {self._settings.claim}).")
        if self._settings.claim == "email":
            if claims.get("email_verified") is False:
                raise _failed("email", "Your address there is not confirmed yet.")
            name = name.lower()
        return f"console:{name}"

    async def _id_token(self, attempt: Attempt, *, code: str, back: str) -> str:
        provider, own = await self._provider(), self._settings
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": back,
            "code_verifier": attempt.verifier,
        }
        # As the specification has it, basic is what a provider takes that does not say.
        basic = "client_secret_basic" in provider.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
        if not basic:
            form |= {"client_id": own.client_id, "client_secret": own.secret}
        answer = await self._fetch(
            str(provider["token_endpoint"]), form=form, auth=(own.client_id, own.secret) if basic else None
        )
        if not isinstance(token := answer.get("id_token"), str):
            raise _failed("token", "The sign-in service gave no answer that counts.")
        return token

    async def _claims(self, token: str, *, nonce: str) -> Mapping[str, Any]:
        own = self._settings
        must = jwt.JWTClaimsRegistry(
            leeway=_LEEWAY,
            iss={"essential": True, "value": own.issuer},
            aud={"essential": True, "value": own.client_id},
            exp={"essential": True},
            iat={"essential": True},
            sub={"essential": True},
            nonce={"essential": True, "value": nonce},
        )
        try:
            claims = (await self._decoded(token)).claims
            must.validate(claims)
        except (JoseError, ValueError) as exc:
            raise _failed(
                "id_token", "The sign-in service gave no answer that counts.", error=type(exc).__name__
            ) from exc
        several = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
        if claims.get("azp", "" if several else own.client_id) != own.client_id:
            raise _failed("azp", "The sign-in service gave an answer that is meant for somebody else.")
        return claims

    async def _decoded(self, token: str) -> jwt.Token:
        uri = str((await self._provider())["jwks_uri"])
        try:
            return jwt.decode(token, _keys(await self._get(uri)), algorithms=_ALGORITHMS)
        except (JoseError, ValueError):
            # It may be signed with a key that is newer than what we have.
            self._kept.pop(uri, None)
            return jwt.decode(token, _keys(await self._get(uri)), algorithms=_ALGORITHMS)

    async def _provider(self) -> Mapping[str, Any]:
        issuer = self._settings.issuer
        found = await self._get(f"{issuer.rstrip('/')}/.well-known/openid-configuration")
        if found.get("issuer") != issuer:
            raise _failed("issuer", "The sign-in service calls itself otherwise than in the settings: tell an admin.")
        for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
            if not _is_safe(str(found.get(name, ""))):
                raise _failed(name, "The sign-in service is not set up safely: tell an admin.")
        return found

    async def _get(self, url: str) -> Mapping[str, Any]:
        fetched, found = self._kept.get(url, (float("-inf"), {}))
        if monotonic() - fetched > _KEPT:
            found = await self._fetch(url)
            self._kept[url] = (monotonic(), found)
        return found

    async def _fetch(
        self, url: str, *, form: Mapping[str, str] | None = None, auth: tuple[str, str] | None = None
    ) -> Mapping[str, Any]:
        method = "GET" if form is None else "POST"
        try:
            async with httpx2.AsyncClient(timeout=_TIMEOUT, trust_env=False) as client:
                answer = await client.request(method, url, data=form, auth=auth)
            found = answer.json() if answer.status_code == 200 and len(answer.content) <= _LARGEST else None
        except (httpx2.HTTPError, ValueError) as exc:
            raise _failed(
                "fetch", "The sign-in service does not answer. Try again later.", error=type(exc).__name__
            ) from exc
        if not isinstance(found, dict):
            raise _failed("fetch", "The sign-in service refused. Try again from the start.", status=answer.status_code)
        return found


def _keys(jwks: Mapping[str, Any]) -> KeySet:
    return KeySet.import_key_set({"keys": list(jwks.get("keys", []))})


def _is_safe(url: str) -> bool:
    """Nobody in between can read or change it; on this machine there is nobody."""
    parts = urlsplit(url)
    return parts.scheme == "https" or (parts.scheme == "http" and _is_here(parts.hostname or ""))


def _is_here(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _failed(what: str, words: str, **about: Any) -> SignInFailed:
    log.warning("oidc.failed", what=what, **about)
    return SignInFailed(f"Signing in did not work. {words}")
