"""Imports run downhill: no module needs, by whatever way, one that needs it; `divlite` itself is the top."""

import ast
import graphlib
import pathlib

import divlite as dl

ROOT = pathlib.Path(dl.__file__).parent.parent
PACKAGES = (ROOT / "divlite", ROOT / "backends" / "divlite_numba", ROOT / "backends" / "divlite_torch")


def modules() -> dict[str, pathlib.Path]:
    """The files of the three packages by the names that they are imported by."""
    found = {}
    for package in PACKAGES:
        for path in package.rglob("*.py"):
            parts = path.relative_to(package.parent).with_suffix("").parts
            found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def imported(name: str, path: pathlib.Path, known: dict[str, pathlib.Path]) -> set[str]:
    """The modules of ours that this one imports, inside its functions too; not those for types alone."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    nodes = list(ast.walk(tree))
    for_types = [n for n in nodes if isinstance(n, ast.If) and "TYPE_CHECKING" in ast.unparse(n.test)]
    left_out = {id(inner) for node in for_types for inner in ast.walk(node)}
    package = name.split(".") if path.name == "__init__.py" else name.split(".")[:-1]
    found = set()
    for node in (node for node in nodes if id(node) not in left_out):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            origin = ".".join([*base, *([node.module] if node.module else [])])
            for alias in node.names:
                submodule = f"{origin}.{alias.name}"
                found.add(submodule if submodule in known else origin)
    return (found & known.keys()) - {name}


def test_no_circle_of_imports():
    known = modules()
    graph = {name: imported(name, path, known) for name, path in known.items()}
    order = list(graphlib.TopologicalSorter(graph).static_order())  # raises CycleError, which names a circle
    assert set(order) == set(known)
    assert len(known) > 100
    assert graph["divlite_numba.backend"] >= {"divlite.backend", "divlite_numba.kernels"}


def test_backends_are_named_by_the_modules_they_use():
    """Not by way of `divlite` itself, which imports everything."""
    known = modules()
    inside = [name for name in known if name.startswith(("divlite_numba", "divlite_torch"))]
    assert len(inside) > 8
    assert [name for name in inside if "divlite" in imported(name, known[name], known)] == []
