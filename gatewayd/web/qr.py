"""QR codes as inline SVG."""

from __future__ import annotations

import io

from markupsafe import Markup


def qr_code(text: str) -> Markup:
    """``text`` as a QR code (ISO/IEC 18004) of some 200 pixels, dark on light whatever the page's colours."""
    # Needed once in the life of an account.
    import segno

    out = io.BytesIO()
    segno.make(text, error="m").save(
        out,
        kind="svg",
        scale=5,
        border=3,
        dark="#000",
        light="#fff",
        xmldecl=False,
        svgclass=None,
        lineclass=None,
    )
    # Made of numbers alone: the text itself does not appear in it.
    return Markup(out.getvalue().decode())  # noqa: S704
