"""`divlite landscape`: losses over mu and sigma as a picture, or their optima as a table."""

import argparse

from . import fit_words, optima, outputs
from .fit_request import loss_called
from .parsing import spoken
from .process import say


def run(args: argparse.Namespace) -> int:
    """Draw the losses to a file, or print the optima of each."""
    asked = optima.search_of(args)
    losses = [loss_called(name, args.smoothing) for name in dict.fromkeys(args.losses)]
    if args.plot is None:
        header = fit_words.target(asked.said, asked.p, asked.grid, args.reduction)
        tables = [line for loss in losses for line in ("", *optima.table(optima.look(args, asked, loss)))]
        if not args.quiet:
            say(*header, *tables, "", "With --plot FILE the landscape is drawn.")
        return 0
    from ..plotting import plot_landscape

    with spoken(p=f"P, {asked.said}", mu="--mu", sigma="--sigma", loss="LOSS"):
        figure = plot_landscape(
            losses,
            asked.p,
            asked.grid,
            mu=asked.mu,
            sigma=asked.sigma,
            family=asked.family,
            backend=args.backend,
        )
    outputs.draw("--plot", args.plot, figure)
    if not args.quiet:
        say(f"wrote {args.plot}")
    return 0
