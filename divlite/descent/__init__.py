"""Many descents at once: fits from many starts, landscapes of a loss, and how such a sweep is computed.

A sweep is a task that can be cut into parts (`sweep`). Parts are computed by threads, or by an executor such
as a pool of processes or a cluster, and can be kept in a file (`checkpoint`), so that a sweep that was ended
goes on where it was.
"""
