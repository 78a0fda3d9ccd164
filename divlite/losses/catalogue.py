"""Which losses there are, one line each. Their order here is their order everywhere."""

# isort: off
from .forward_kl import ForwardKL as ForwardKL
from .reverse_kl import ReverseKL as ReverseKL
from .mse import MSE as MSE
from .l1 import L1 as L1
from .cosine import Cosine as Cosine
from .jensen_shannon import JensenShannon as JensenShannon
from .squared_hellinger import SquaredHellinger as SquaredHellinger
from .triangular import Triangular as Triangular
from .cramer_von_mises import CramerVonMises as CramerVonMises
from .wasserstein1 import Wasserstein1 as Wasserstein1
