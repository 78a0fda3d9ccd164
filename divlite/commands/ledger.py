"""`divlite ledger`: the parts of the sum of p log(p/q), printed or written."""

import argparse
import json
import math
from typing import Any, cast

from .. import __version__, families
from .._types import Family
from ..ledger import Ledger, ledger
from . import outputs
from .family import member
from .fit_request import first_of, target_of
from .parsing import spoken
from .process import say


def run(args: argparse.Namespace) -> int:
    """Print P, Q and the table, and write the file that is asked for."""
    told, p, grid, said = target_of(args)
    with spoken(q0="--at", mu="--at MU", sigma="--at SIGMA", nu="--nu"):
        q = member(args, *(args.start or first_of(args, p, grid)))
    with spoken(p=f"P, {said}", q="--at", grid="--grid"):
        found = ledger(p, q, grid)
    quiet = args.quiet or (args.json is not None and outputs.is_standard_output(args.json))
    if not quiet:
        say(f"P  {said}", f"Q  {families.written(q)}", "", str(found))
    if args.json is not None:
        text = json.dumps(document(found, told, q), allow_nan=False)
        outputs.write("--json", args.json, [text.encode(), b"\n"])
        if not quiet:
            say(f"wrote {args.json}")
    return 0


def document(found: Ledger, target: dict[str, Any], q: Family) -> dict[str, Any]:
    """All numbers, by the names of the fields. What is not finite is null."""
    parts = {name: value for name, value in found._asdict().items() if name != "grid"}
    about = {"divlite": __version__, "target": target, "q": families.named(q), "points": found.grid.x.size}
    return {**about, **_plain({**parts, "printed": found.printed})}


def _plain(value: Any) -> Any:
    named = value._asdict() if hasattr(value, "_asdict") else value
    if isinstance(named, dict):
        items: dict[str, Any] = dict(cast("dict[str, Any]", named))
        return {name: _plain(one) for name, one in items.items()}
    return named if math.isfinite(named) else None
