"""`gatewayd user`: the people who sign in to the pages."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from gatewayd.cli.connection import Api
from gatewayd.cli.options import JsonOption, Misused, ReasonOption
from gatewayd.cli.output import print_json, print_table, words
from gatewayd.cli.reaching import reaching

app = typer.Typer(help="Add, list and shut out people, and say what each may do.", no_args_is_help=True)

_LONGEST = 4096  # characters; a larger file was named by mistake


def _password(given: str | None) -> str:
    """Read a password from where it is kept, or ask for it: before anything is opened, so that nothing waits."""
    if given is None:
        return _asked()
    try:
        text = sys.stdin.read(_LONGEST) if given == "-" else _file(Path(given))
    except OSError as error:
        raise Misused(f"{given} can't be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise Misused(f"{given} is not a text in UTF-8") from error
    return text.rstrip("\r\n")


def _file(path: Path) -> str:
    with path.open(encoding="utf-8") as file:
        return file.read(_LONGEST)


def _asked() -> str:
    import getpass

    if not sys.stdin.isatty():
        raise Misused(
            "there is no terminal to ask at: give the password with --password-file FILE, or - for stdin"
        )
    first = getpass.getpass("Password: ")
    if getpass.getpass("Once more: ") != first:
        raise Misused("these were two different passwords")
    return first


_Name = Annotated[str, typer.Argument(help="What they sign in with.")]
_Role = Annotated[
    list[str],
    typer.Option(
        "--role", help="What they may do: viewer, attendant, operator, approver, admin. Repeatable."
    ),
]
_Password = Annotated[
    str | None,
    typer.Option(
        "--password-file",
        callback=_password,
        metavar="FILE",
        help="Where the password stands; - is stdin. Without it the password is asked for, twice.",
    ),
]
_Temporary = Annotated[
    bool, typer.Option("--temporary", help="Let them choose another password when they first sign in.")
]


@app.command()
@reaching()
async def create(
    api: Api,
    name: _Name,
    role: _Role,
    password_file: _Password = None,
    display_name: Annotated[str, typer.Option(help="What the pages call them; else the name.")] = "",
    language: Annotated[
        str, typer.Option(help="What the pages speak to them: en, pt-BR, es, ca or pl.")
    ] = "en",
    email: Annotated[str | None, typer.Option(help="Where they can be written to.")] = None,
    temporary: _Temporary = False,
    json: JsonOption = False,
) -> None:
    """Add a person."""
    person = await api.post(
        "/v1/people",
        {
            "name": name,
            "password": password_file,
            "roles": role,
            "display_name": display_name,
            "language": language,
            "email": email,
            "temporary": temporary,
        },
    )
    if json:
        print_json(person)
    else:
        print(f"{person['name']} can sign in now, as {' and '.join(person['roles'])}")


@app.command("list")
@reaching()
async def list_people(api: Api, json: JsonOption = False) -> None:
    """List the people."""
    people = (await api.get("/v1/people"))["people"]
    if json:
        print_json(people)
        return
    columns = ("name", "display_name", "roles", "language", "second_factor", "disabled", "signed_in_at")
    rows = ([person[column] for column in columns] for person in people)
    titles = [column.removesuffix("_at").replace("_", " ") for column in columns]
    print_table(titles, rows, empty="there is nobody; `gatewayd user create` adds a person")


@app.command()
@reaching()
async def disable(api: Api, name: _Name, reason: ReasonOption) -> None:
    """Shut a person out, at once."""
    await api.post(f"/v1/people/{name}/disable", {"reason": reason})
    print(f"{name} can't sign in any more, and is signed out")


@app.command()
@reaching()
async def enable(api: Api, name: _Name, reason: ReasonOption) -> None:
    """Let a person in again."""
    await api.post(f"/v1/people/{name}/enable", {"reason": reason})
    print(f"{name} can sign in again")


@app.command()
@reaching()
async def passwd(
    api: Api,
    name: _Name,
    reason: ReasonOption,
    password_file: _Password = None,
    temporary: _Temporary = False,
) -> None:
    """Give a person another password, and sign them out."""
    body = {"password": password_file, "temporary": temporary, "reason": reason}
    await api.call("PUT", f"/v1/people/{name}/password", body=body)
    print(f"{name} has another password, and is signed out")


@app.command()
@reaching()
async def roles(api: Api, name: _Name, role: _Role, reason: ReasonOption) -> None:
    """Give a person these roles and no others, and sign them out."""
    person = await api.call("PUT", f"/v1/people/{name}/roles", body={"roles": role, "reason": reason})
    print(f"{name} is {' and '.join(person['roles'])} now")


@app.command("reset-second-factor")
@reaching()
async def reset_second_factor(api: Api, name: _Name, reason: ReasonOption) -> None:
    """Let a person who lost their phone sign in without it, and set up another."""
    await api.post(f"/v1/people/{name}/reset-second-factor", {"reason": reason})
    print(f"{name} signs in with the password alone, until they set up a second factor")


@app.command("sign-in-link")
@reaching()
async def sign_in_link(api: Api, name: _Name, reason: ReasonOption, json: JsonOption = False) -> None:
    """Make a link that signs a person in once, within ten minutes; a second factor is asked for all the same."""
    link = await api.post(f"/v1/people/{name}/sign-in-link", {"reason": reason})
    if json:
        print_json(link)
    else:
        print(f"until {words(link['expires_at'])}, behind the address of the pages:\n{link['path']}")


@app.command("sign-out")
@reaching()
async def sign_out(api: Api, name: _Name, reason: ReasonOption) -> None:
    """End all sessions of a person."""
    ended = (await api.post(f"/v1/people/{name}/sign-out", {"reason": reason}))["sessions_ended"]
    print(f"{name} is signed out everywhere ({ended} sessions)")
