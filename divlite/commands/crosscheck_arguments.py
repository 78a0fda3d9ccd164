"""The options of `divlite crosscheck`."""

import argparse
from typing import Any

from .. import losses
from ..crosscheck import MEANS
from ..crosscheck.distributions import forms
from ..crosscheck.door import NORMAL, SAMPLES
from ..losses.protocol import loss_name
from ..views import DENSITY, view_of
from .language import add_language
from .parsing import add_command, choice, number, whole

EXAMPLES = """examples:
  divlite crosscheck losses.py:distillation --expected forward-kl
  divlite crosscheck losses.py:vae_term --given mu,log_variance
  divlite crosscheck my_project.losses:js --expected jensen-shannon --shape 4,7,50
  divlite crosscheck losses.py:kl --arguments student.npy teacher.npy --mean sum

The function takes torch tensors. It is called with the arguments of --arguments,
or with random ones, and then with others like them. Nothing is run but the module
and the function. What they print is not shown.

The exit code is 0 if the function is right, 1 if the report says anything else,
and 2 for bad input."""
KINDS = (
    f"{', '.join(forms.FORMS)}; {', '.join(NORMAL)}, and p_mu ... of a second Normal; {', '.join(SAMPLES)}"
)
LOSSES = tuple(loss_name(loss) for loss in losses.LOSSES if view_of(loss) == DENSITY)


def add(commands: Any) -> None:
    """Declare the command and its options."""
    does = "Say what a torch loss function computes, and which line to change."
    parser = add_command(commands, "crosscheck", run, does, EXAMPLES)
    add = parser.add_argument
    add("function", metavar="FUNCTION", help="MODULE:NAME or FILE.py:NAME")
    expected: dict[str, Any] = {"type": choice(LOSSES), "choices": LOSSES, "metavar": "LOSS"}
    add("--expected", help=f"the loss that is meant: {', '.join(LOSSES)}", **expected)
    meant: dict[str, Any] = {"type": choice(MEANS), "choices": MEANS, "metavar": "NAME"}
    add("--mean", help=f"what is meant by the mean: over each {', '.join(MEANS)}", **meant)
    add("--temperature", type=number, metavar="T", help="by which both sides' logits are meant to be divided")
    add_language(parser)

    group = parser.add_argument_group("arguments")
    add = group.add_argument
    kinds = ".npy, .npz or .npz:NAME, .csv, .pt or .pt:NAME"
    add("--arguments", nargs="+", metavar="FILE", help=f"your own: {kinds}")
    add("--shape", metavar="N,N", help="the shape of random ones (default: 8,10)")
    add("--seed", type=whole, metavar="N", help="of the random ones (default: 0)")
    given = "what they are, one name for all or one for each, separated by commas"
    add(
        "--given",
        metavar="NAMES",
        help=f"{given}: {KINDS} of samples (default: told from the names and numbers)",
    )
    add("--fit", type=whole, metavar="N", help="the place of the fit's argument, 0 or 1 (default: 0)")
    add("--axis", type=whole, metavar="N", help="the axis of the outcomes (default: told from the arguments)")
    add("--dx", type=number, metavar="DX", help="the distance of a grid's points, for densities")


def run(args: argparse.Namespace) -> int:
    """Look at what was asked for, and hand it to `divlite.commands.crosscheck`."""
    if args.arguments is not None and (args.shape is not None or args.seed is not None):
        args.parser.error("argument --arguments: expected without --shape and --seed, of random arguments")
    from . import crosscheck

    return crosscheck.run(args)
