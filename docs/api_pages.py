"""Write the pages of the programming interface from the registries and the docstrings.

    python docs/api_pages.py docs/generated

`docs/conf.py` calls it before each build. A docstring stands as it is written: what is indented is a formula or
code, the rest is text.
"""

import importlib
import inspect
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from types import ModuleType

SPECIAL = re.compile(r"([\\*_<>\[\]{}|$~^#])")
ANYWHERE = re.compile(r" at 0x[0-9a-f]+")
LONGEST = 110
MODULES = (
    *("quantities", "closedform", "objectives", "functional", "bounds", "critics", "densities", "negatives"),
    *("quantizers", "tasks", "sklearn", "datasets", "train", "callbacks", "learn", "planning", "errors"),
)
"""The public modules besides the names of `infonats` itself."""


def words(text: str) -> str:
    """Plain text as Markdown: code between backticks stays, other special characters lose their meaning."""
    parts = re.split(r"(`+[^`]+`+)", text)
    return "".join(p if p.startswith("`") else SPECIAL.sub(r"\\\1", p) for p in parts)


def prose(doc: str) -> str:
    """A docstring as Markdown: paragraphs, lists, and indented paragraphs as they stand."""
    made = []
    for block in re.split(r"\n\s*\n", inspect.cleandoc(doc)):
        lines = block.split("\n")
        if lines[0].startswith(".. math::"):
            made.append("```{math}\n" + "\n".join(lines).removeprefix(".. math::").strip() + "\n```")
        elif all(line.startswith("    ") for line in lines):
            made.append("```text\n" + inspect.cleandoc(block) + "\n```")
        elif any(re.match(r" {2,}\S|[|>]|- ", line) for line in lines):
            made.append("```text\n" + block + "\n```")
        else:
            made.append("\n".join(words(re.sub(r"^(\d+)\.", r"\1 .", line)) for line in lines))
    return "\n\n".join(made)


def signature(name: str, member: object) -> str:
    """``name(x, y, k=3)`` without types, which stand in the source."""
    try:
        given = inspect.signature(member)  # pyright: ignore[reportArgumentType]
    except (TypeError, ValueError):
        return name
    bare = [p.replace(annotation=p.empty) for p in given.parameters.values() if p.name != "self"]
    text = ANYWHERE.sub("", str(given.replace(parameters=bare, return_annotation=given.empty)))
    return f"{name}{text}" if len(text) <= LONGEST * 2 else f"{name}(...)"


def entry(name: str, member: object) -> str:
    """A heading, how to call it, what it says, and the methods of a class that are documented there."""
    lines = [f"### {words(name)}", "", f"```python\n{signature(name, member)}\n```", ""]
    lines += [prose(inspect.getdoc(member) or ""), ""]
    if inspect.isclass(member) and not issubclass(member, Exception):
        for key, method in vars(member).items():
            if not key.startswith("_") and inspect.isfunction(method) and method.__doc__:
                lines += [f"`{signature(key, method)}`\n", prose(method.__doc__), ""]
    return "\n".join(lines)


def members(module: ModuleType) -> Iterator[tuple[str, object]]:
    """The functions and classes that a module offers, by name."""
    names = getattr(module, "__all__", [name for name in dir(module) if not name.startswith("_")])
    for name in sorted(names, key=str.lower):
        member = getattr(module, name)
        ours = getattr(member, "__module__", "").startswith("infonats")
        listed = hasattr(module, "__all__") or getattr(member, "__module__", "") == module.__name__
        if ours and listed and (inspect.isfunction(member) or inspect.isclass(member)):
            yield name, member


def page_of(name: str) -> str:
    """The page of a module."""
    module = importlib.import_module(name)
    entries = [entry(key, member) for key, member in members(module)]
    return f"# {name}\n\n{prose(module.__doc__ or '')}\n\n" + "\n".join(entries)


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """A Markdown table."""
    head = list(head)
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines) + "\n"


def code(text: str) -> str:
    """A name as code."""
    return f"`{text}`"


def methods_page() -> str:
    """All methods by family, with what each guarantees and its source."""
    from infonats.estimators import METHODS

    infos = [build().info for build in METHODS.values()]
    rows = [
        [code(i.name), i.family, i.side.replace("none", "-"), words(i.summary), words(i.reference.short)]
        for i in infos
    ]
    lead = f"# Methods\n\nThe {len(rows)} methods of `infonats estimate --method`.\n"
    lead += "Guarantee: on which side of I(X;Y) the value lies on average; - is neither.\n"
    lead += "A hybrid is a generative method, a plus and a bound, as in `doe+mine`.\n\n"
    return lead + table(("method", "family", "guarantee", "what it does", "source"), rows)


def bounds_page() -> str:
    """All bounds, with what each declares and the conformance tests measure."""
    from infonats.bounds import BOUNDS, GENERATIVE

    rows = [
        [code(b.name), b.side.replace("none", "-"), b.invariance, words(b.summary), words(b.reference.short)]
        for b in (*BOUNDS, *GENERATIVE)
    ]
    lead = "# Bounds\n\nFrom scores of a critic, or of a density, to nats. What a bound declares here, the\n"
    lead += (
        "conformance tests measure. Invariance: what may be added to the scores without changing the value.\n\n"
    )
    return lead + table(("bound", "guarantee", "invariance", "what it does", "source"), rows)


def tasks_page() -> str:
    """All tasks of every suite, with their columns and their answer."""
    from infonats.tasks import SUITES
    from infonats.tasks.catalogue import CATALOGUE

    lead = "# All tasks\n\nData whose mutual information is known. Where a value has an error,\n"
    lead += "it was computed by Monte Carlo.\n\n"
    parts = []
    for suite, names in SUITES.items():
        known = [CATALOGUE[name] for name in names if name in CATALOGUE]
        rows = [
            [code(e.name), f"{e.dim_x} + {e.dim_y}", nats(e.mutual_information, e.stderr), words(e.hard)]
            for e in known
        ]
        parts.append(f"## {suite}\n\n" + table(("task", "columns", "nats", "what makes it hard"), rows))
    return lead + "\n".join(parts)


def nats(value: float, stderr: float) -> str:
    """A value, with its error where it has one."""
    return f"{value:.3f} ± {stderr:.4f}" if stderr else f"{value:.3f}"


def api_index() -> str:
    """The list of the pages."""
    listed = "\n".join(["methods", "bounds", "tasks", "infonats", *(f"infonats.{name}" for name in MODULES)])
    lead = "# Reference\n\nTables from the registries, and every public name with its docstring.\n\n"
    return lead + f"```{{toctree}}\n:maxdepth: 1\n\n{listed}\n```\n"


def pages() -> dict[str, Callable[[], str]]:
    """Every page by its file name."""
    modules = {f"infonats.{name}": f"infonats.{name}" for name in MODULES} | {"infonats": "infonats"}
    tables = {"methods": methods_page, "bounds": bounds_page, "tasks": tasks_page, "index": api_index}
    return tables | {name: lambda name=name: page_of(name) for name in modules}


def write(folder: Path) -> None:
    """Write every page into `folder`, and leave alone those that have not changed."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, make in pages().items():
        path, text = folder / f"{name}.md", make()
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    write(Path(sys.argv[1]))
