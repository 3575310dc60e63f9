"""The rules of the house: who may import whom, registries equal to files, sizes, words, no global state.

Most rules read the source by ast and import nothing. A failing rule lists every offender with its place.
"""

import ast
import dataclasses
import functools
import graphlib
import importlib
import inspect
import re
import statistics
import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import ModuleType

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[1]
SRC = ROOT / "src"

LADDER: tuple[set[str], ...] = (
    {
        "_math",
        "_types",
        "_shapes",
        "_random",
        "_threads",
        "_files",
        "_declared",
        "_cluster",
        "_processes",
        "errors",
        "references",
    },
    {"data", "scores", "estimate", "_display", "datasets"},
    {"nn"},
    {"critics", "densities", "quantizers"},
    {"bounds", "negatives", "tasks"},
    {"objectives"},
    {"train", "train_config", "run", "batches", "callbacks", "averaging", "watch", "snapshot", "checkpoint"}
    | {"tracking", "closedform", "adamw", "stack", "ensemble", "together", "evaluation", "member"}
    | {"backprop", "chains", "laws", "pairings", "slopes"},
    {"functional", "estimators", "learn", "planning", "quantities", "inference", "sklearn"},
    {"report", "benchmark"},
    {"cli", "__main__"},
)
"""The parts of the package, lowest first. A part imports its own level and those below."""

LEVEL = {part: level for level, parts in enumerate(LADDER) for part in parts}
STRANGERS = [("bounds", "critics"), ("critics", "bounds")]
ONLY: dict[str, set[str]] = {"train": {"objectives.base"}, "tasks": {"_math", "densities"}}
"""Of the parts above the primitives, at or below its level: all that this part may import."""
ONLY_BY = {"tasks": {"tasks", "benchmark", "cli"}}
"""The parts that may import this one."""

TORCHLESS = {
    "_types",
    "errors",
    "references",
    "data",
    "datasets",
    "estimate",
    "_display",
    "closedform",
    "report",
}
LIGHT = {part: {"torch"} for part in TORCHLESS}
LIGHT |= {part: {"torch", "numpy", "scipy", "sklearn", "polars", "matplotlib"} for part in ("cli", "__main__")}
"""What the modules of a part must not load when they are imported, directly or through others of ours."""

MODULE_LINES, MEDIAN_LINES, FUNCTION_LINES, PARAMETERS, DEPTH = 300, 150, 50, 6, 2

GLOBAL = "changes a global of the whole process"
UNSAFE = "runs what it reads"
FORBIDDEN = {
    "print": "prints outside cli",
    **dict.fromkeys(("eval", "exec", "torch.load", "pickle", "joblib.load", "dill", "marshal"), UNSAFE),
    **dict.fromkeys(
        ("torch.manual_seed", "torch.random.manual_seed", "torch.seed", "torch.cuda.manual_seed"), GLOBAL
    ),
    **dict.fromkeys(("torch.set_rng_state", "torch.set_default_dtype", "torch.set_default_device"), GLOBAL),
    **dict.fromkeys(("torch.set_default_tensor_type", "torch.use_deterministic_algorithms"), GLOBAL),
    **dict.fromkeys(
        ("torch.autograd.set_detect_anomaly", "torch.set_printoptions", "torch.set_grad_enabled"), GLOBAL
    ),
    **dict.fromkeys(("torch.set_num_threads", "torch.set_float32_matmul_precision"), GLOBAL),
    **dict.fromkeys(
        ("numpy.seterr", "numpy.set_printoptions", "os.chdir", "os.environ.update", "random"), GLOBAL
    ),
    **dict.fromkeys(("warnings.simplefilter", "warnings.filterwarnings", "warnings.resetwarnings"), GLOBAL),
}
ALLOWED = {"cli": {"print"}, "_threads": {"torch.set_num_threads"}}
"""What only these parts may call: the one speaks, the other restores what it found."""
NUMPY_RANDOM = {"default_rng", "Generator", "SeedSequence", "PCG64", "Philox", "BitGenerator"}
TORCH_RANDOM = {"bernoulli", "multinomial", "normal", "poisson", "rand", "randint", "randn", "randperm"}
TORCH_RANDOM_IN_PLACE = {"bernoulli_", "exponential_", "log_normal_", "normal_", "random_", "uniform_"}

HELPERS = {"base", "neighbours", "stderr"}
"""Files among the methods that hold no method."""

SOURCE = re.compile(r"(?i)\b(?:18|19|20)\d\d\b|\barxiv\b|\bdoi\b")
FRAGMENT = re.compile(r"\d+(\.[a-z0-9-]+)?\.(added|changed|deprecated|removed|fixed|accuracy|speed)\.md")

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclasses.dataclass(frozen=True)
class Module:
    """A source file: its dotted name, its path, its syntax tree."""

    name: str
    path: Path
    tree: ast.Module

    @property
    def part(self) -> str:
        """The rung of the ladder: ``bounds`` for ``infonats.bounds.nwj``, empty for ``infonats``."""
        return part_of(self.name)

    def at(self, node: ast.AST | None = None) -> str:
        """Where a node stands, for a message."""
        return f"{self.path.relative_to(ROOT)}:{getattr(node, 'lineno', 1)}"


def part_of(name: str) -> str:
    return name.split(".")[1] if "." in name else ""


@functools.cache
def modules() -> dict[str, Module]:
    """Every module of the package by name."""
    found = {}
    for path in sorted(SRC.rglob("*.py")):
        parts = path.relative_to(SRC).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        found[name] = Module(name, path, ast.parse(path.read_text(encoding="utf-8")))
    return found


def forbid(rule: str, offenders: Iterable[str]) -> None:
    """Fail with the rule and everything that breaks it."""
    listed = list(offenders)
    assert not listed, "\n".join([f"{rule}:", *listed])


# --- Who imports whom ---------------------------------------------------------------------------------


def nodes(tree: ast.AST, lazy: bool) -> Iterator[ast.AST]:
    """Every node but those under `if TYPE_CHECKING`; without `lazy`, none inside functions."""
    for child in ast.iter_child_nodes(tree):
        if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test):
            continue
        yield child
        if lazy or not isinstance(child, Function):
            yield from nodes(child, lazy)


def imported(module: Module, lazy: bool) -> Iterator[tuple[str, ast.AST]]:
    """The dotted names that a module imports, ours resolved to modules where they are modules."""
    for node in nodes(module.tree, lazy):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = absolute(module, node)
            for alias in node.names:
                full = f"{base}.{alias.name}"
                yield (full if full in modules() else base), node
        elif isinstance(node, ast.Attribute) and ast.unparse(node) in modules():
            yield ast.unparse(node), node


def absolute(module: Module, node: ast.ImportFrom) -> str:
    """The module that `from ... import` names, with leading dots resolved."""
    if not node.level:
        return node.module or ""
    package = module.name.split(".") + ["x"] * (module.path.name == "__init__.py")
    return ".".join([*package[: -node.level], *filter(None, [node.module])])


def climbs(module: Module, target: str) -> str | None:
    """Why `module` may not import `target`, or None where it may."""
    here, there, name = module.part, part_of(target), target.partition(".")[2]
    if here == there or not there or not here:
        return None
    if LEVEL[there] > LEVEL[here]:
        return f"{there} stands higher than {here}"
    if (here, there) in STRANGERS:
        return f"{here} and {there} never see each other"
    if here not in ONLY_BY.get(there, {here}):
        return f"only {', '.join(sorted(ONLY_BY[there]))} import {there}"
    if (
        here in ONLY
        and LEVEL[there] > 1
        and not ({name, there} & ONLY[here])
        and there not in LADDER[LEVEL[here]]
    ):
        return f"{here} may import only {', '.join(sorted(ONLY[here]))} and what stands at the bottom"
    return None


def test_every_part_stands_on_the_ladder() -> None:
    unknown = {module.part: module.at() for module in modules().values() if module.part not in {"", *LEVEL}}
    forbid("put these into LADDER in tests/test_house.py, at the level DESIGN.md gives them", unknown.values())


def test_no_import_climbs_the_ladder() -> None:
    known = [module for module in modules().values() if module.part in {"", *LEVEL}]
    offenders = [
        f"{module.at(node)} imports {target}: {why}"
        for module in known
        for target, node in imported(module, lazy=True)
        if target.startswith("infonats.") and part_of(target) in LEVEL and (why := climbs(module, target))
    ]
    forbid("an import may only go down the ladder", dict.fromkeys(offenders))


def test_the_root_lends_only_its_version() -> None:
    offenders = [
        f"{module.at(node)} uses infonats.{name}"
        for module in modules().values()
        for node in nodes(module.tree, lazy=True)
        for name in root_names(node)
        if name != "__version__" and f"infonats.{name}" not in modules()
    ]
    forbid("inside the package, import a name from the module that defines it", offenders)


def root_names(node: ast.AST) -> list[str]:
    if isinstance(node, ast.ImportFrom) and node.module == "infonats" and not node.level:
        return [alias.name for alias in node.names]
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "infonats":
        return [node.attr]
    return []


def loads(module: Module) -> set[str]:
    """The modules of ours that run when `module` is imported: named ones and the packages above them."""
    ours = {target for target, _ in imported(module, lazy=False) if target in modules()}
    above = {".".join(target.split(".")[:k]) for target in ours for k in range(2, target.count(".") + 1)}
    return (ours | {package for package in above if not module.name.startswith(package)}) - {
        module.name,
        "infonats",
    }


def test_no_import_cycles() -> None:
    try:
        graphlib.TopologicalSorter({name: loads(module) for name, module in modules().items()}).prepare()
    except graphlib.CycleError as error:
        pytest.fail(f"these modules import each other in a circle: {' <- '.join(error.args[1])}")


def chain_to(heavy: str, module: Module) -> list[str] | None:
    """The shortest way by module-level imports from `module` to the third-party package `heavy`."""
    paths, seen = [[module.name]], {module.name}
    for path in paths:
        if any(target.partition(".")[0] == heavy for target, _ in imported(modules()[path[-1]], lazy=False)):
            return [*path, heavy]
        fresh = loads(modules()[path[-1]]) - seen
        seen |= fresh
        paths += [[*path, name] for name in sorted(fresh)]
    return None


def test_light_parts_load_nothing_heavy() -> None:
    offenders = [
        f"{module.at()} loads {heavy}: {' -> '.join(way)}"
        for module in modules().values()
        for heavy in sorted(LIGHT.get(module.part, ()))
        if (way := chain_to(heavy, module))
    ]
    forbid(
        "these parts must import without the heavy packages (import inside the function that needs it)",
        offenders,
    )


# --- Registries equal files ---------------------------------------------------------------------------


def leaves(package: str) -> list[str]:
    """The names of the method files in a package: not its contract, not its helpers."""
    files = (SRC / "infonats" / package).glob("*.py")
    return sorted(f.stem for f in files if not f.stem.startswith("_") and f.stem not in HELPERS)


def test_every_bound_file_is_registered() -> None:
    from infonats.bounds import BOUNDS, GENERATIVE

    registered = (*BOUNDS, *GENERATIVE)
    listed = {bound.__module__.removeprefix("infonats.bounds.") for bound in registered}
    forbid("either a file in bounds/ without a Bound in BOUNDS, or the reverse", listed ^ set(leaves("bounds")))
    assert len({bound.name for bound in registered}) == len(registered), "two bounds have one name"


def test_every_bound_file_defines_one_bound() -> None:
    from infonats.bounds import Bound

    mine = {
        leaf: [cls for cls in classes() if cls.__module__ == f"infonats.bounds.{leaf}"]
        for leaf in leaves("bounds")
    }
    forbid(
        "a file in bounds/ defines exactly one class, a Bound",
        (
            f"{leaf}: {found}"
            for leaf, found in mine.items()
            if len(found) != 1 or not issubclass(found[0], Bound)
        ),
    )


def test_every_closed_form_is_exported() -> None:
    closedform = importlib.import_module("infonats.closedform")
    homes = {getattr(closedform, name).__module__ for name in closedform.__all__}
    files = leaves("closedform")
    forbid(
        "export these from infonats.closedform", (f for f in files if f"infonats.closedform.{f}" not in homes)
    )


def test_every_method_answers_to_its_name() -> None:
    from infonats.estimators import METHODS

    forbid(
        "a key of METHODS and the name in its info differ",
        (f"{name}: {build().info.name}" for name, build in METHODS.items() if build().info.name != name),
    )


# --- Sizes --------------------------------------------------------------------------------------------


def functions(tree: ast.AST) -> Iterator[Function]:
    """Every function and method below `tree`, nested ones too."""
    return (node for node in ast.walk(tree) if isinstance(node, Function))


def test_modules_are_small() -> None:
    lines = {
        module.at(): len(module.path.read_text(encoding="utf-8").splitlines()) for module in modules().values()
    }
    long = (f"{place}: {count}" for place, count in lines.items() if count > MODULE_LINES)
    forbid(f"a module has at most {MODULE_LINES} lines", long)
    assert statistics.median(lines.values()) <= MEDIAN_LINES, "the median module is too long"


def test_functions_are_short() -> None:
    forbid(
        f"a function has at most {FUNCTION_LINES} lines",
        (
            f"{module.at(node)} {node.name}: {count}"
            for module in modules().values()
            for node in functions(module.tree)
            if (count := (node.end_lineno or 0) - node.lineno + 1) > FUNCTION_LINES
        ),
    )


def parameters(function: Function) -> int:
    """How many parameters a caller sees: `self` and `cls` do not count."""
    a = function.args
    names = [arg.arg for arg in [*a.posonlyargs, *a.args, *a.kwonlyargs, *filter(None, [a.vararg, a.kwarg])]]
    return len([name for name in names if name not in {"self", "cls"}])


def test_functions_take_few_parameters() -> None:
    forbid(
        f"more than {PARAMETERS} parameters become a frozen dataclass",
        (
            f"{module.at(node)} {node.name}: {count}"
            for module in modules().values()
            for node in functions(module.tree)
            if (count := parameters(node)) > PARAMETERS
        ),
    )


# --- Nothing global, nothing unsafe -------------------------------------------------------------------


def aliases(tree: ast.AST) -> dict[str, str]:
    """Local names of imported things and what they stand for: ``np`` for ``numpy``."""
    names = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {
                a.asname or a.name.partition(".")[0]: a.name if a.asname else a.name.partition(".")[0]
                for a in node.names
            }
        elif isinstance(node, ast.ImportFrom):
            names |= {a.asname or a.name: f"{node.module}.{a.name}" for a in node.names}
    return names


def dotted(node: ast.expr, names: dict[str, str]) -> str:
    """``torch.manual_seed`` for the function of a call, whatever it was imported as."""
    head, dot, rest = ast.unparse(node).partition(".")
    return f"{names.get(head, head)}{dot}{rest}"


def complaint(call: ast.Call, name: str) -> str | None:
    """What is wrong with a call of `name`, or None."""
    given = {keyword.arg: keyword.value for keyword in call.keywords}
    prefixes = (".".join(name.split(".")[:k]) for k in range(1, name.count(".") + 2))
    if forbidden := next((FORBIDDEN[prefix] for prefix in prefixes if prefix in FORBIDDEN), None):
        return forbidden
    package, _, last = name.rpartition(".")
    if package == "numpy.random" and last not in NUMPY_RANDOM:
        return "draws from NumPy's global generator: use numpy.random.default_rng(seed)"
    drawn = package == "torch" and last in TORCH_RANDOM
    if (drawn or last in TORCH_RANDOM_IN_PLACE) and "generator" not in given:
        return "draws from torch's global generator: pass generator="
    if isinstance(flag := given.get("allow_pickle"), ast.Constant) and flag.value:
        return UNSAFE
    return None


def undone(tree: ast.AST) -> Iterator[ast.AST]:
    """Calls whose effect ends with a `with`: its own items, and warning filters inside `catch_warnings`."""
    for block in (node for node in ast.walk(tree) if isinstance(node, ast.With)):
        items = [item.context_expr for item in block.items]
        yield from items
        if any("catch_warnings" in ast.unparse(item) for item in items):
            calls = (node for node in ast.walk(block) if isinstance(node, ast.Call))
            yield from (call for call in calls if ast.unparse(call.func).startswith("warnings."))


def test_nothing_global_and_nothing_unsafe() -> None:
    offenders = []
    for module in modules().values():
        names, excused = aliases(module.tree), set(undone(module.tree))
        for call in (node for node in ast.walk(module.tree) if isinstance(node, ast.Call)):
            name = dotted(call.func, names)
            why = None if call in excused else complaint(call, name)
            if why and name not in ALLOWED.get(module.part, ()):
                offenders.append(f"{module.at(call)} {name}: {why}")
    forbid("the library changes no global state, prints nothing and runs no foreign code", offenders)


def test_no_assert_no_bare_except_no_future_annotations() -> None:
    def complaints(node: ast.AST) -> Iterator[str]:
        if isinstance(node, ast.Assert):
            yield "assert: raise an error of infonats.errors"
        if isinstance(node, ast.ExceptHandler) and node.type is None:
            yield "bare except: name what is expected"
        if isinstance(node, ast.ImportFrom) and node.module == "__future__":
            yield "from __future__: annotations must be real, so that tests can check shapes"

    forbid(
        "the house does without",
        (
            f"{module.at(node)} {what}"
            for module in modules().values()
            for node in ast.walk(module.tree)
            for what in complaints(node)
        ),
    )


# --- Words --------------------------------------------------------------------------------------------


def load(module: Module) -> ModuleType:
    return importlib.import_module(module.name)


def overrides(cls: type, name: str) -> bool:
    """Whether a base class, ours or another's, already has and documents the member."""
    return any(hasattr(base, name) for base in cls.__mro__[1:])


def undocumented(module: Module) -> Iterator[str]:
    """The public names of a module without a docstring: itself, functions, classes, new methods."""
    if not ast.get_docstring(module.tree):
        yield module.at()
    for node in module.tree.body:
        if not isinstance(node, Function | ast.ClassDef) or node.name.startswith("_"):
            continue
        if not ast.get_docstring(node):
            yield f"{module.at(node)} {node.name}"
        if isinstance(node, ast.ClassDef):
            cls = getattr(load(module), node.name)
            for method in (member for member in node.body if isinstance(member, Function)):
                public = not method.name.startswith("_") and not overrides(cls, method.name)
                if public and not ast.get_docstring(method):
                    yield f"{module.at(method)} {node.name}.{method.name}"


def test_every_public_name_has_a_docstring() -> None:
    forbid(
        "write a docstring: shapes, units, errors, source",
        (s for m in modules().values() for s in undocumented(m)),
    )


def test_every_bound_names_its_source() -> None:
    from infonats.bounds import BOUNDS, GENERATIVE

    forbid(
        "the docstring of a bound gives year, arXiv or DOI",
        (b.name for b in (*BOUNDS, *GENERATIVE) if not SOURCE.search(b.__doc__ or "")),
    )


def test_every_closed_form_names_its_source() -> None:
    closedform = importlib.import_module("infonats.closedform")
    public = {name: getattr(closedform, name) for name in closedform.__all__}
    methods = {f"infonats.closedform.{leaf}" for leaf in leaves("closedform")}
    words = {
        name: f"{f.__doc__} {ast.get_docstring(modules()[f.__module__].tree)}"
        for name, f in public.items()
        if inspect.isfunction(f) and f.__module__ in methods
    }
    forbid(
        "a closed form, or the file that holds its formula, gives year, arXiv or DOI",
        (name for name, text in words.items() if not SOURCE.search(text)),
    )


# --- Abstract or final --------------------------------------------------------------------------------


@functools.cache
def classes() -> list[type]:
    """Every class that the package defines, private ones too."""
    loaded = [load(module) for name, module in modules().items() if not name.endswith("__main__")]
    return [
        cls
        for m in loaded
        for cls in vars(m).values()
        if isinstance(cls, type) and cls.__module__ == m.__name__
    ]


def ours(cls: type) -> list[type]:
    """The bases of a class that stand in this package, itself first."""
    return [base for base in cls.__mro__ if base.__module__.partition(".")[0] == "infonats"]


def is_contract(cls: type) -> bool:
    return inspect.isabstract(cls) or getattr(cls, "_is_protocol", False)


def test_classes_are_abstract_or_final() -> None:
    checked = [cls for cls in classes() if not issubclass(cls, Exception)]
    concrete = (
        f"{cls.__module__}.{cls.__qualname__} inherits from {base.__qualname__}"
        for cls in checked
        for base in ours(cls)[1:]
        if not is_contract(base)
    )
    forbid("a class is a contract or a leaf: wrap a concrete class, do not inherit from it", concrete)
    deep = (f"{cls.__module__}.{cls.__qualname__}" for cls in checked if len(ours(cls)) - 1 > DEPTH)
    forbid(f"inheritance is at most {DEPTH} deep", deep)


# --- The project's own files --------------------------------------------------------------------------


def test_every_requirement_is_pinned_within_its_range() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pins = dict(line.split("==") for line in lines if not line.startswith("#"))
    listed = [project["dependencies"], *project["optional-dependencies"].values()]
    asked = [Requirement(text) for texts in listed for text in texts]
    wrong = (str(r) for r in asked if r.name not in pins or not r.specifier.contains(pins[r.name]))
    forbid("constraints.txt pins these to no version, or to one outside their range", wrong)


def test_change_fragments_are_named_and_filled() -> None:
    fragments = [path for path in (ROOT / "changes").iterdir() if path.name != "README.md"]
    misnamed = (path.name for path in fragments if not FRAGMENT.fullmatch(path.name))
    forbid("a change fragment is ISSUE.KIND.md, as changes/README.md says", misnamed)
    empty = (path.name for path in fragments if not path.read_text(encoding="utf-8").startswith("- "))
    forbid("a change fragment is a list", empty)
