"""Objects in which a key stands twice.

RFC 8259 §4 leaves open which of the two counts: a proxy or a log that looks at a request may see another message than
the one that is sent. pydantic's parser takes the last without a word, so they are looked for before it reads.
"""

from __future__ import annotations

import json
from typing import Any

from gatewayd.http.problems import BadJson


def unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """What ``json`` takes as ``object_pairs_hook``. Raises BadJson, naming the key."""
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise BadJson(f"the key {json.dumps(twice[:100])} stands twice in one object")
    return found


_decoder = json.JSONDecoder(object_pairs_hook=unique_keys)
#: ``raw_decode`` of such objects.
scan = _decoder.raw_decode


def require_unique_keys(text: str | bytes) -> None:
    """Raise BadJson for a key that stands twice. What is no JSON passes: the parser has words for that."""
    try:
        _decoder.decode(text.decode() if isinstance(text, bytes) else text)
    except (ValueError, RecursionError):
        return
