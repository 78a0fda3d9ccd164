"""What is done otherwise than in the mean over distributions of KL(target || input): one sentence a slip.

Each costs as many deviations as it says; the explanation with the fewest comes first.
"""

from typing import NamedTuple


class Slip(NamedTuple):
    """name: in two or three words; says: what was done, in a sentence; cost: how far from the usual it is."""

    name: str
    says: str
    cost: int = 1


def cost(slips: frozenset[Slip]) -> int:
    """What is done alike to both arrays counts once."""
    return sum({slip.name: slip.cost for slip in slips}.values())


def probabilities_as_input(name: str) -> Slip:
    says = f"kl_div's first argument has to be log-probabilities. Here {name} stands there as probabilities."
    return Slip("probabilities as input", says)


def mass(name: str, exp: bool, sums: str, axis: int) -> Slip:
    what = f"exp({name})" if exp else name
    return Slip("mass", f"{what} sums to {sums} along axis {axis}, not to 1: this is no distribution.")


def logits(name: str, sums: str, axis: int) -> Slip:
    says = f"{name} is taken as log-probabilities, but exp({name}) sums to {sums} along axis {axis}."
    return Slip("logits as log-probabilities", says)


def twice(name: str) -> Slip:
    return Slip("softmax twice", f"softmax is taken of {name}'s probabilities once more.")


def axis(along: int, event: int) -> Slip:
    return Slip("axis", f"A distribution runs along axis {along}, and the outcomes run along axis {event}.")


def log_target(name: str) -> Slip:
    says = f"log_target=True promises log-probabilities as the target. Here {name} is there as probabilities."
    return Slip("log_target", says)


SWAPPED = Slip(
    "order exchanged",
    "The two are exchanged: F.kl_div(input, target) is KL(target || input), with the fit first.",
)
SAME = Slip("same array twice", "The same array stands in both places.", 2)
SIGN = Slip("sign", "The sign is turned round.")
CROSS_ENTROPY = Slip(
    "cross-entropy",
    "This is a cross-entropy: the KL plus the target's entropy. Its gradient in the fit is the KL's.",
)
GENERALISED = Slip(
    "generalised KL",
    "The difference of the two masses is added: p log(p/q) - p + q, as in scipy.special.kl_div.",
)
ZEROS_LEFT_OUT = Slip(
    "zeros left out",
    "Where the target is 0 the term counts as 0. F.kl_div itself gives NaN there, 0 * inf.",
    0,
)
JEFFREYS = Slip("Jeffreys", "This is Jeffreys' divergence: the KLs of both directions, added.")
HALF_JEFFREYS = Slip(
    "half of Jeffreys", "The KLs of both directions are added and halved: no Jensen-Shannon."
)
JENSEN_SHANNON = Slip("Jensen-Shannon", "This is Jensen-Shannon: half of each side's KL from their mean.")
WITHOUT_HALF = Slip("without the half", "The two halves of Jensen-Shannon are not halved.")
ROOT = Slip("square root", "This is the root of Jensen-Shannon, which SciPy's jensenshannon gives.")
HALVED = Slip("halved", "It is multiplied by one half.")
CLAMPED = Slip("clamped", "What is above 1 is cut off at 1, as Keras does.")
NOT_SUMMED = Slip(
    "not summed", "A single term may be below 0. Only their sum over a distribution may not.", 0
)
BITS = Slip("bits", "It is in bits: divided by log 2.")
LOG10 = Slip("log10", "It is in decimal digits: divided by log 10.")


def one_temperature(name: str, temperature: float) -> Slip:
    return Slip("temperature on one side", f"Only {name} is divided by the temperature {temperature:g}.")


def no_temperature(temperature: float) -> Slip:
    return Slip("no temperature", f"Nothing is divided by the temperature {temperature:g}.")


def times_temperature(temperature: float) -> Slip:
    return Slip("T, not T^2", f"The factor is the temperature, {temperature:g}, and not its square.")


def guessed_temperature(temperature: float) -> Slip:
    return Slip("a temperature", f"The temperature {temperature:g} is a guess that gives the number.")


def times_classes(classes: int) -> Slip:
    return Slip("times the classes", f"It is multiplied by {classes:,}, the number of outcomes.")


def mean_over_entries(entries: int, distributions: int) -> Slip:
    times = entries // distributions
    says = (
        f'"mean" divides by all {entries:,} entries: {times:,} times too small. {_there_are(distributions)}'
    )
    return Slip("mean over entries", says)


def added(distributions: int) -> Slip:
    return Slip("sum", f'"sum" does not divide, and adds them up. {_there_are(distributions)}')


def batchmean(rows: int, distributions: int) -> Slip:
    says = f'"batchmean" divides by {rows:,}, the length of axis 0. {_there_are(distributions)}'
    return Slip("batchmean", says)


def mean_over_outcomes(outcomes: int) -> Slip:
    return Slip("mean over outcomes", f"Each distribution's sum is divided by its {outcomes:,} outcomes.")


def other_mean(divisor: int, distributions: int) -> Slip:
    says = f"The sum is divided by {divisor:,}. {_there_are(distributions)}"
    return Slip("another divisor", says, 2)


def _there_are(distributions: int) -> str:
    return "There is 1 distribution." if distributions == 1 else f"There are {distributions:,} distributions."
