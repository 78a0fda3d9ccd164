"""A target and a fit along an axis: the search for what a function of both computes."""

from .report_on import crosscheck as crosscheck
