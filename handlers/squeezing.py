"""Stylesheets and scripts as they are sent: without the comments and the room that people need to read them.

There is no build step: files are squeezed once, at start. Scripts keep their lines, so an error in the browser names the
right one. It is enough that no string holds a comment's beginning or spans lines; tests hold our files to that.
"""

import re

CSS_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
CSS_ROOM = re.compile(r"\s*([{};,])\s*")
BLOCK_COMMENT = re.compile(r"/\*\*.*?\*/ ?", re.DOTALL)
LINE_COMMENT = re.compile(r"^[ \t]*//.*$", re.MULTILINE)
INDENT = re.compile(r"^[ \t]+", re.MULTILINE)
IMPORT = re.compile(r'^import (?:[^"]+ from )?"\./([^"]+)";$', re.MULTILINE)


def css(text: str) -> str:
    """A stylesheet on one line."""
    return " ".join(CSS_ROOM.sub(r"\1", CSS_COMMENT.sub("", text)).split()).replace(";}", "}")


def js(text: str) -> str:
    """A script with as many lines as before."""
    without = BLOCK_COMMENT.sub(lambda found: "\n" * found[0].count("\n"), text)
    return INDENT.sub("", LINE_COMMENT.sub("", without))


def imports(text: str) -> list[str]:
    """The file names of the modules beside it that a script imports, in their order."""
    return IMPORT.findall(text)
