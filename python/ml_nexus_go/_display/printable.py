"""Text from a remote side in a form that is safe to show."""

from __future__ import annotations

import re

# Control characters, and what turns the direction of text or is invisible; also line and
# paragraph separators, and halves of surrogate pairs.
_UNSEEN = "[\x00-\x1f\x7f-\x9f\xad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff]"


def printable(text: str, keep: str = "") -> str:
    r"""Return text with control characters as escapes (``\x1b``), except those in ``keep``.

    An engine, a host or a build may send any: they could move the cursor, change colors or
    the title, or hide other text.
    """
    return re.sub(_UNSEEN, lambda found: found[0] if found[0] in keep else _escape(found[0]), text)


def _escape(char: str) -> str:
    return char.encode("unicode_escape", "surrogatepass").decode()
