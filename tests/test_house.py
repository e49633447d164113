"""The tree itself: sizes, doors, owners of tasks, and what must not stand in any file."""

import ast
import re
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
ROOMS = {"server", "handlers", "storage", "live", "shop", "bench", "run", "tests"}

MAX_RUN_LINES = 39
MAX_LINES = 400
CODE_SUFFIXES = {".py", ".js", ".css", ".html", ".sh"}
TEMPLATE_SUFFIXES = {".html", ".jinja", ".j2"}
# path: why a reader is better served by one long file
LONG_FILES: dict[str, str] = {
    "storage/tables.py": "the schema is read as one page; its chapters are its subjects",
    "static/css/shop.css": "one stylesheet is one request before the first paint; its layers are its chapters",
}

# path: who owns the tasks that it starts outside a TaskGroup
LOOSE_TASKS: dict[str, str] = {}

# Brackets keep these patterns from finding themselves.
PRIVATE = {
    "a package registry's host": re.compile(r"py[p]i\.org|python[h]osted|registry\.n[p]mjs|deb\.d[e]bian"),
    "a path of somebody's machine": re.compile(r"(?<![\w.>})-])/(?:[r]oot|[w]ork|[h]ome/\w+|[U]sers/\w+|[t]mp/\w+)/"),
}
INLINE = {
    "a style element": re.compile(r"<style\b", re.IGNORECASE),
    "a style attribute": re.compile(r"<[^>]*\sstyle\s*=", re.IGNORECASE),
    "an event attribute": re.compile(r"<[a-z][^>]*\son[a-z]+\s*=", re.IGNORECASE),
    "a javascript: address": re.compile(r"=\s*[\"']?\s*javascript:", re.IGNORECASE),
    # JSON-LD is data: no browser runs it, and the policy lets it pass.
    "a script without src": re.compile(r"<script\b(?![^>]*\bsrc\s*=)(?![^>]*application/ld\+json)", re.IGNORECASE),
}


@cache
def ours() -> list[Path]:
    """The files of the project: what git tracks or would track, or every file where there is no git."""
    git = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    try:
        listed = subprocess.run(git, cwd=ROOT, check=True, capture_output=True, timeout=30).stdout.decode()
    except (OSError, subprocess.CalledProcessError):
        hidden = {"data", "node_modules", "__pycache__"}
        paths = [path for path in ROOT.rglob("*") if not hidden & set(path.relative_to(ROOT).parts)]
        return [path for path in paths if path.is_file() and ".venv" not in path.parts]
    return [path for name in listed.split("\0") if name and (path := ROOT / name).is_file()]


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def modules() -> Iterator[tuple[str, ast.Module]]:
    for path in ours():
        if path.suffix == ".py":
            yield name_of(path), ast.parse(path.read_text(), name_of(path))


def imported(tree: ast.Module) -> set[str]:
    """The dotted names that a module imports, anywhere in it."""
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def loose_tasks(tree: ast.Module) -> list[int]:
    """The lines that start a task which no TaskGroup owns."""
    lines = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            owner, _, verb = ast.unparse(node.func).rpartition(".")
            unowned = owner in ("", "asyncio") or "loop" in owner
            if verb == "ensure_future" or (verb == "create_task" and unowned):
                lines.append(node.lineno)
    return lines


def found(patterns: dict[str, re.Pattern[str]], text: str) -> list[str]:
    return [what for what, pattern in patterns.items() if pattern.search(text)]


def test_the_front_door_is_short_and_opens_into_the_engine_room_only():
    run = ROOT / "run.py"
    if run.exists():
        assert len(run.read_text().splitlines()) <= MAX_RUN_LINES
        rooms = {name.partition(".")[0] for name in imported(ast.parse(run.read_text()))} & ROOMS
        assert rooms <= {"server"}


def test_the_load_test_client_knows_the_protocol_only():
    for name, tree in modules():
        if name.startswith("bench/client/"):
            rooms = {imports for imports in imported(tree) if imports.partition(".")[0] in ROOMS}
            foreign = {imports for imports in rooms if not imports.startswith(("live.protocol", "bench.client"))}
            assert not foreign, f"{name} imports {foreign}"


def test_long_files_have_a_reason():
    lengths = {name_of(path): len(path.read_text().splitlines()) for path in ours() if path.suffix in CODE_SUFFIXES}
    long = {name for name, lines in lengths.items() if lines > MAX_LINES}
    assert long == set(LONG_FILES), "split what is too long, or list it in LONG_FILES with the reason"


def test_every_task_has_an_owner():
    loose = {name: lines for name, tree in modules() if not name.startswith("tests/") and (lines := loose_tasks(tree))}
    assert set(loose) <= set(LOOSE_TASKS), f"use a TaskGroup: {loose}"


def test_every_module_says_what_it_promises():
    assert [name for name, tree in modules() if not ast.get_docstring(tree)] == []


def test_no_file_names_a_registry_or_a_private_path():
    private = {}
    for path in ours():
        try:
            text = path.read_text()
        except UnicodeDecodeError:
            continue
        if what := found(PRIVATE, text):
            private[name_of(path)] = what
    assert private == {}


def test_templates_hold_no_inline_code():
    inline = {}
    # Mail programs read inline styles only, and no page's policy applies to a mail.
    for path in (path for path in ours() if path.suffix in TEMPLATE_SUFFIXES and "mail" not in path.parts):
        if what := found(INLINE, path.read_text()):
            inline[name_of(path)] = what
    assert inline == {}


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("<style>p {}</style>", "a style element"),
        ('<p class="a"\n style="color: red">', "a style attribute"),
        ("<button onclick='buy()'>", "an event attribute"),
        ('<a href="javascript:buy()">', "a javascript: address"),
        ("<script>buy()</script>", "a script without src"),
        ('<script type="module">buy()</script>', "a script without src"),
    ],
)
def test_inline_code_would_be_found(text: str, what: str):
    assert found(INLINE, text) == [what]


@pytest.mark.parametrize(
    "text",
    [
        '<script type="module" src="/static/js/live.js"></script>',
        '<script type="application/ld+json">{}</script>',
        '<link rel="stylesheet" href="/a.css"> <p data-style="plain" class="on">one</p>',
    ],
)
def test_linked_code_and_data_pass(text: str):
    assert found(INLINE, text) == []


@pytest.mark.parametrize("text", ["open('/ro" + "ot/key')", "cd /wo" + "rk/shop", "see https://py" + "pi.org"])
def test_private_names_would_be_found(text: str):
    assert len(found(PRIVATE, text)) == 1


@pytest.mark.parametrize("text", ["docs/home/ann/plan.md", "https://example.com/" + "root/a", "the mktemp folder"])
def test_ordinary_paths_pass(text: str):
    assert found(PRIVATE, text) == []


def test_a_loose_task_would_be_found():
    source = "asyncio.create_task(x)\nloop.create_task(x)\nasyncio.ensure_future(x)\nself.tasks.create_task(x)\n"
    assert loose_tasks(ast.parse(source)) == [1, 2, 3]
