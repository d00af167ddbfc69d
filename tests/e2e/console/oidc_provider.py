"""A sign-in service that lets everybody in at once, checks what clients must do, and can be told to misbehave."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import secrets
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, RedirectResponse, Response
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey

from adapters.http.server import Server

CLIENT, SECRET = "deskhand", "a-secret-of-the-client-that-is-long-enough"


@dataclass
class Provider:
    """`claims` are changed by `tamper` before they are signed. `signs` makes the token of them."""

    issuer: str = ""
    claims: dict[str, Any] = field(default_factory=lambda: {"sub": "1", "email": "ana@example.com"})
    tamper: Callable[[dict[str, Any]], None] = lambda claims: None
    signs: str = "RS256"
    error: str = ""
    down: bool = False
    calls: bool = False
    """Whether it says that it is called otherwise."""

    def __post_init__(self) -> None:
        self.rotate()
        self._codes: dict[str, dict[str, str]] = {}

    def rotate(self) -> None:
        """From now on it signs with another key."""
        self.key = RSAKey.generate_key(2048, {"kid": secrets.token_hex(4)})

    def app(self) -> FastAPI:
        made = FastAPI()
        made.add_api_route("/.well-known/openid-configuration", self._described)
        made.add_api_route("/keys", self._keys)
        made.add_api_route("/authorize", self._authorize, response_model=None)
        made.add_api_route("/token", self._token, methods=["POST"], response_model=None)
        return made

    async def _described(self) -> dict[str, Any]:
        return {
            "issuer": f"{self.issuer}/other" if self.calls else self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
        }

    async def _keys(self) -> dict[str, Any]:
        return {"keys": [self.key.as_dict(private=False)]}

    async def _authorize(self, request: Request) -> Response:
        asked = dict(request.query_params)
        assert asked["response_type"] == "code"
        assert asked["client_id"] == CLIENT
        assert asked["code_challenge_method"] == "S256"
        assert "openid" in asked["scope"].split()
        answer = {"state": asked["state"]}
        if self.error:
            answer["error"] = self.error
        else:
            answer["code"] = secrets.token_hex(8)
            self._codes[answer["code"]] = asked
        return RedirectResponse(f"{asked['redirect_uri']}?{urlencode(answer)}", 303)

    async def _token(self, request: Request) -> Response:
        form = dict(await request.form())
        asked = self._codes.pop(str(form["code"]), None)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(str(form["code_verifier"]).encode()).digest()).decode()
        basic = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        fine = (
            not self.down
            and asked is not None
            and challenge.rstrip("=") == asked["code_challenge"]
            and form["redirect_uri"] == asked["redirect_uri"]
            and form["grant_type"] == "authorization_code"
            and request.headers.get("authorization") == f"Basic {basic}"
        )
        if not fine or asked is None:
            return JSONResponse({"error": "invalid_grant"}, 400)
        now = int(time.time())
        claims = {
            "iss": self.issuer,
            "aud": CLIENT,
            "iat": now,
            "exp": now + 300,
            "nonce": asked["nonce"],
            **self.claims,
        }
        self.tamper(claims)
        return JSONResponse({"access_token": "x", "token_type": "Bearer", "id_token": self._signed(claims)})

    def _signed(self, claims: dict[str, Any]) -> str:
        if self.signs == "none":
            parts = (b'{"alg":"none"}', str(claims).replace("'", '"').encode(), b"")
            return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts)
        if self.signs == "HS256":
            return jwt.encode({"alg": "HS256"}, claims, OctKey.import_key(SECRET))
        return jwt.encode({"alg": "RS256", "kid": self.key.kid}, claims, self.key)


@asynccontextmanager
async def providing() -> AsyncIterator[Provider]:
    """On a free port."""
    provider = Provider()
    ready: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    server = Server(provider.app(), host="127.0.0.1", port=0, ready=ready.set_result)
    running = asyncio.create_task(server.run_here())
    provider.issuer = f"http://127.0.0.1:{await ready}"
    yield provider
    server.stop()
    await running
