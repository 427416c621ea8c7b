"""What the documentation site reads otherwise than GitHub does: a hook of mkdocs.

Pages link to files of the repository as they are on a disk (``../CONTRIBUTING.md``), which works in editors and on
GitHub. The site has no such files: there, the links lead to the repository's pages. And in tables a bar within code
is written with a backslash, which GitHub does not show.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
_LINK = re.compile(r"(\]\()((?:\.\./)+[^)#\s]*)")
_CELL = re.compile(r"<td.*?</td>", re.DOTALL)


def on_page_markdown(markdown: str, *, page: Any, config: Any, **_: Any) -> str:
    """Rewrite the links of one page; called by mkdocs."""
    return rewritten(markdown, Path(config["docs_dir"], page.file.src_uri), config["repo_url"])


def on_page_content(html: str, **_: Any) -> str:
    """Show the bars in cells of tables as they are meant; called by mkdocs."""
    return _CELL.sub(lambda cell: cell[0].replace("\\|", "|"), html)


def rewritten(markdown: str, page: Path, repository: str) -> str:
    """Return the page's text with links out of docs/ that lead to the repository.

    A link to a file that is not there stays as it is, which mkdocs refuses.
    """

    def target(link: re.Match[str]) -> str:
        path = (page.parent / link[2]).resolve()
        if path.is_relative_to(ROOT / "docs") or not path.is_relative_to(ROOT) or not path.exists():
            return link[0]
        kind = "tree" if path.is_dir() else "blob"
        return f"{link[1]}{repository}/{kind}/main/{path.relative_to(ROOT).as_posix()}"

    return _LINK.sub(target, markdown)
