"""The catalogues: complete, up to date with what the pages say, and with the same places to fill in."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from gatewayd.web.texts import FOLDER, LANGUAGES

ROOT = Path(__file__).resolve().parent.parent.parent
_PLACE = re.compile(r"%\((\w+)\)([sd])")


def test_every_text_of_the_pages_is_said_in_every_language() -> None:
    command = [sys.executable, str(ROOT / "tools/texts.py"), "--check"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("tag", [tag for tag in LANGUAGES if tag != "en"])
def test_translations_have_the_places_of_their_texts(tag: str) -> None:
    with (FOLDER / f"{tag}.po").open("rb") as file:
        catalogue = read_po(file)
    for message in catalogue:
        if not message.id:
            continue
        wanted = _places(message.id)
        forms = message.string if isinstance(message.string, (list, tuple)) else [message.string]
        for form in forms:
            # A plural may leave its number out where the form says it: "one message".
            assert _places(form) - wanted == set(), message.id
            assert wanted - _places(form) <= {("num", "d")}, message.id


def _places(text: object) -> set[tuple[str, str]]:
    texts = text if isinstance(text, (list, tuple)) else [text]
    return {place for each in texts for place in _PLACE.findall(str(each))}
