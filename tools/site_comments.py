"""Comments behind fields, as their documentation on the site: an extension of griffe, which reads the package."""

from __future__ import annotations

import re
from typing import Any

import griffe

_COMMENT = re.compile(r"\s{2}# (.*)$")


class FieldComments(griffe.Extension):
    """Takes ``size: int  # bytes`` as what a docstring would say."""

    def on_attribute_instance(self, *, attr: griffe.Attribute, **_: Any) -> None:
        """Document one field; called by griffe."""
        if attr.docstring is None and attr.lineno and attr.parent and attr.parent.is_class:
            line = attr.lines_collection[attr.filepath][attr.lineno - 1]
            if comment := _COMMENT.search(line):
                attr.docstring = griffe.Docstring(comment[1], lineno=attr.lineno, parent=attr)
