"""Where a loss ends: the optimum downhill from a start, all optima in a box, and many starts at once.

A sweep is a task that can be cut into parts (`sweep`). Parts are computed by threads, or by an executor such
as a pool of processes or a cluster, and can be kept in a file (`checkpoint`), so that a sweep that was ended
goes on where it was.
"""
