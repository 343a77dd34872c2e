"""The text of a message about alerts: what matters most first, and cut to so many parts. Pure.

```
ALERT (3 firing, 1 critical): DiskFull x2, HostDown
cluster=prod job=node instance=web1,web2
Disk of web1 is 95 % full
```
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from gatewayd.alerts.matching import is_critical
from gatewayd.alerts.news import Kind, News
from gatewayd.alerts.notification import Alert
from gatewayd.alerts.settings import OnCallSettings
from gatewayd.alerts.words import WORDS, Words
from gatewayd.sms.characters import unsendable
from gatewayd.sms.segments import plan
from gatewayd.sms.transliterate import transliterate

#: Values of a label, and names of alerts, that are written out; of the others, only how many there are.
_VALUES, _NAMES = 3, 5
#: Annotations that say in a sentence what is the matter, the shorter kind first.
_SENTENCES = ("summary", "description", "message")
#: Characters that 10 parts can hold at most (153 septets each); no more of a text is ever looked at.
_MOST = 10 * 153
_CUT = "..."


def text_of(news: News, settings: OnCallSettings, truncated: int) -> str:
    """What a list is told; ``truncated``: how many more alerts Alertmanager left out. Fits the list's ``parts``."""
    lines = [
        f"{_head(news, settings, truncated)}: {_names(news.firing or news.gone)}",
        " ".join(_labels(news.subject, settings.labels)),
    ]
    if news.kind is not Kind.RESOLVED:
        lines += _sentences(news.new)
    return fit("\n".join(filter(None, lines)), settings.parts)


def fit(text: str, parts: int) -> str:
    """``text`` in the GSM alphabet as far as that is possible, and cut where it needs more than ``parts`` parts."""
    text = transliterate(_sendable(text[:_MOST])).text
    if plan(text).parts <= parts:
        return text
    fits, too_long = 0, len(text)
    while too_long - fits > 1:
        middle = (fits + too_long) // 2
        if plan(_cut(text, middle)).parts <= parts:
            fits = middle
        else:
            too_long = middle
    return _cut(text, fits)


def _cut(text: str, length: int) -> str:
    return text[:length].rstrip() + _CUT


def _sendable(text: str) -> str:
    """Tabs and other characters that no message can carry become spaces."""
    bad = {found.character for found in unsendable(text)}
    return "".join(" " if character in bad else character for character in text)


def _head(news: News, settings: OnCallSettings, truncated: int) -> str:
    words = WORDS[settings.language]
    critical = sum(is_critical(alert, settings) for alert in news.firing) if settings.critical else 0
    match news.kind:
        case Kind.FIRING:
            head, counts = words.firing, [(words.active, len(news.firing)), (words.critical, critical)]
        case Kind.RESOLVED:
            head, counts = words.resolved, [(words.ended, news.ended)]
        case _:
            head, counts = words.updated, _changes(news, words, critical)
    counts.append((words.more, truncated))
    said = ", ".join(template.format(n=count) for template, count in counts if count)
    return f"{head} ({said})"


def _changes(news: News, words: Words, critical: int) -> list[tuple[str, int]]:
    return [
        (words.active, len(news.firing)),
        (words.critical, critical),
        (words.new, len(news.new)),
        (words.ended, news.ended),
    ]


def _names(alerts: Iterable[Alert]) -> str:
    counted = Counter(_one_line(alert.name) for alert in alerts)
    names = [name if count == 1 else f"{name} x{count}" for name, count in counted.items()]
    return _listed(names, _NAMES, ", ")


def _labels(alerts: Sequence[Alert], wanted: Iterable[str]) -> Iterable[str]:
    """Each wanted label with the values that it has."""
    for label in wanted:
        values = {_one_line(value): None for alert in alerts if (value := alert.labels.get(label))}
        if values:
            yield f"{label}={_listed(list(values), _VALUES, ',')}"


def _sentences(alerts: Iterable[Alert]) -> list[str]:
    """What the rules' authors wrote about the alerts, each sentence once."""
    found = (
        next((alert.annotations[key] for key in _SENTENCES if alert.annotations.get(key)), "")
        for alert in alerts
    )
    return list(dict.fromkeys(filter(None, map(_one_line, found))))


def _listed(words: Sequence[str], most: int, separator: str) -> str:
    shown = list(words[:most])
    if len(words) > most:
        shown.append(f"+{len(words) - most}")
    return separator.join(shown)


def _one_line(text: str) -> str:
    return " ".join(text.split())
