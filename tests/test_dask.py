"""A sweep on a cluster of Dask's, started here: the same bits as from threads."""

import numpy as np
import pytest
from test_fit_many import assert_same_bits

import divlite as dl
from conftest import P

GRID = dl.Grid.linspace(-15, 15, 120)
STARTS = np.stack([np.linspace(-14, 14, 60), np.linspace(0.5, 6, 60)], axis=1)


@pytest.fixture(scope="module")
def cluster():
    """One worker in a process of its own, without a dashboard, reached by this machine only."""
    needs = "needs the extra dask: pip install divlite[dask]"
    distributed = pytest.importorskip("distributed", reason=needs)  # a second to import
    with (
        distributed.LocalCluster(1, threads_per_worker=2, dashboard_address=None, host="127.0.0.1") as local,
        distributed.Client(local) as client,
    ):
        yield client.get_executor()


def fits(**changes):
    return dl.fit_many(dl.ReverseKL(), P, STARTS, GRID, optimizer=dl.adam(0.05), steps=40, **changes)


def test_a_cluster_follows_the_same_fits(cluster, monkeypatch, tmp_path):
    monkeypatch.setattr("divlite.descent.many.PART", 7 * 41 * 120)
    right, heard, file = fits(threads=1), [], tmp_path / "sweep.ckpt"
    assert_same_bits(fits(executor=cluster, progress=heard.append, checkpoint=file), right)
    assert heard == [*range(0, 60, 7), 60]
    assert_same_bits(fits(checkpoint=file), right)  # read, with no cluster


def test_what_is_raised_on_a_cluster_is_raised_here(cluster):
    class Odd:
        """Sent by value: a loss that raises where it is computed."""

        def value(self, p, log_p, q, log_q):
            if p.size > 2:
                raise ArithmeticError("on the worker")
            return p * q

        d_log_q = value

    with pytest.raises(
        ValueError, match=r"^loss: expected elementwise formulas .* ArithmeticError: on the worker"
    ):
        dl.landscape(Odd(), P, GRID, [0.0], [1.0], backend="numpy", executor=cluster)
