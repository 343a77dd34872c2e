"""What only this machine's administrator may ask for, over the Unix socket: `/local/…`, no part of the API."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

from pydantic_core import from_json
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.types import ASGIApp

from gatewayd.access.scopes import Scope
from gatewayd.access.service import Access, Unauthenticated
from gatewayd.api.guard import Forbidden, authorize
from gatewayd.clock import Clock
from gatewayd.errors import Conflict, FieldError, InvalidRequest
from gatewayd.http.problems import exception_handlers
from gatewayd.sealing import Keyring
from gatewayd.store.checking import Check
from gatewayd.store.database import Database
from gatewayd.supervisor.resealing import reseal, survey
from gatewayd.supervisor.verification import CHECKS


def with_local_calls(
    app: ASGIApp, database: Database, access: Access, clock: Clock, keyring: Keyring
) -> ASGIApp:
    """The application for the Unix socket: ``app``, and the calls about the database as a file, and about its key."""

    async def back_up(request: Request) -> Response:
        await authorize(request, access, Scope.ADMIN)
        target = _target(await request.body())
        try:
            await database.backup(target, clock.now())
        except FileExistsError as error:
            raise Conflict("exists", f"{target} exists already, and is left as it is") from error
        except OSError as error:
            raise _wrong_target(f"{target} can't be written: {error.strerror}") from error
        return JSONResponse({"target": str(target), "bytes": target.stat().st_size})

    async def check(request: Request) -> Response:
        await authorize(request, access, Scope.ADMIN)
        return JSONResponse({"findings": await database.check()})

    async def verify(request: Request) -> Response:
        await authorize(request, access, Scope.ADMIN)
        check, cursor = _step(await request.body())
        page = await database.read(check, cursor, search=True)
        return JSONResponse(asdict(page))

    async def seal_again(request: Request) -> Response:
        principal = await authorize(request, access, Scope.ADMIN)
        done = await database.run(reseal, keyring, principal.actor, clock.now())
        return JSONResponse({"resealed": done.renewed, "broken": done.broken})

    async def survey_secrets(request: Request) -> Response:
        await authorize(request, access, Scope.ADMIN)
        found = await database.read(survey, keyring)
        return JSONResponse({"current": found.current, "previous": found.previous, "broken": found.broken})

    routes = [
        Route("/local/backup", back_up, methods=["POST"]),
        Route("/local/check", check, methods=["POST"]),
        Route("/local/verify", verify, methods=["POST"]),
        Route("/local/reseal", seal_again, methods=["POST"]),
        Route("/local/secrets", survey_secrets),
        Mount("/", app),
    ]
    handlers = exception_handlers({Unauthenticated: 401, Forbidden: 403})
    return Starlette(routes=routes, exception_handlers=handlers)


def _target(body: bytes) -> Path:
    try:
        target = from_json(body)["target"]
    except (ValueError, TypeError, KeyError):
        raise _wrong_target("is required") from None
    if not isinstance(target, str) or not Path(target).is_absolute():
        raise _wrong_target("must be an absolute path")
    return Path(target)


def _step(body: bytes) -> tuple[Check, str]:
    """One page of one check: its name, and the cursor that the page before returned."""
    try:
        asked = from_json(body)
        return CHECKS[asked["check"]], str(asked["cursor"])
    except (ValueError, TypeError, KeyError):
        message = f"must be one of {', '.join(CHECKS)}, with a cursor"
        raise InvalidRequest([FieldError("check", "choice", message)]) from None


def _wrong_target(message: str) -> InvalidRequest:
    return InvalidRequest([FieldError("target", "path", message)])
