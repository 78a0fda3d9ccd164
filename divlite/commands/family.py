"""The options --family and --nu: of which family Q is."""

import argparse
from typing import Any

from .. import _check, families
from .._types import Family
from .parsing import Parser, add_choice, number, numbers

FAMILIES = {families.spelled(family): family for family in families.FAMILIES}


def add_family(group: Any) -> None:
    add_choice(group, "--family", tuple(FAMILIES), "of Q: ")
    group.add_argument(
        "--nu", type=number, metavar="NU", help="of student-t: its degrees of freedom, held fixed"
    )


def add_member(parser: Parser) -> Any:
    """The options for one Q that stays where it is: a group of their own, which other options may join."""
    group = parser.add_argument_group("Q")
    add_family(group)
    where = "Q (default: 0,1; for a file, the mean and the standard deviation of P)"
    group.add_argument("--at", type=numbers(2), dest="start", metavar="MU,SIGMA", help=where)
    return group


def shape(args: argparse.Namespace) -> tuple[str, ...]:
    """What the family that is asked for has beside mu and sigma."""
    family: Any = FAMILIES[args.family]
    return family._fields[2:]


def member(args: argparse.Namespace, mu: float, sigma: float) -> Family:
    """The member of the family that is asked for."""
    family: Any = FAMILIES[args.family]
    if args.nu is None and "nu" in shape(args):
        _check.fail("--nu", f"a number > 0, for --family {args.family}", "none")
    if args.nu is not None and "nu" not in shape(args):
        raise ValueError("--nu: expected only with --family student-t")
    return families.checked(family(mu, sigma, *(getattr(args, name) for name in shape(args))), "q0")
