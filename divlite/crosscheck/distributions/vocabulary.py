"""The slips by name: what was done, and what to do instead. One place for the words.

{x} is the argument in question, {p} the target and {q} the fit, by the names of the function's own arguments;
{n} is a number. log_q and p stand for the right expressions of the fit and of the target.
"""

from typing import NamedTuple


class Slip(NamedTuple):
    """says: what was done, one sentence; instead: the line to write."""

    says: str
    instead: str


RIGHT = "F.kl_div({log_q}, {p_of}, reduction={reduction})"

SLIPS: dict[str, Slip] = {
    "probabilities as input": Slip(
        "the probabilities of {x} stand where their logarithms are due: F.kl_div takes log-probabilities first.",
        "{log_x}",
    ),
    "probabilities for logs": Slip(
        "the probabilities of {x} stand where their logarithms are due.", "{log_x}"
    ),
    "logs as weights": Slip(
        "the log-probabilities of {x} stand where its probabilities are due, as the weights of the sum.",
        "{prob_x}",
    ),
    "softmax of probabilities": Slip(
        "a softmax is taken of {x}, which are probabilities or their logarithms already.", "{log_x}"
    ),
    "softmax twice": Slip("softmax is applied twice to {x}.", "{log_x}"),
    "no softmax": Slip("the logits {x} are used as log-probabilities: log_softmax is missing.", "{log_x}"),
    "sigmoid": Slip(
        "a sigmoid is taken of {x} where a softmax is due: its values do not sum to 1 over the classes.",
        "{log_x}",
    ),
    "axis": Slip(
        "{x} is normalised along another axis than that of the classes, so that its distributions do not sum to 1.",
        "{log_x}",
    ),
    "probabilities as log target": Slip(
        "the probabilities {x} are taken for log-probabilities, and exp is taken of them (log_target=True).",
        "{prob_x}",
    ),
    "swapped": Slip(
        "the two arguments are exchanged: the function computes {found}, and {expected} is meant. "
        "F.kl_div(input, target) is KL(target || input).",
        "{right}",
    ),
    "jeffreys for js": Slip(
        "the two KLs are taken against each other and not against the mean m of both: this is Jeffreys' "
        "divergence, which has no bound; Jensen-Shannon is at most log 2.",
        "m = 0.5 * ({prob_p} + {prob_q}); 0.5 * KL(p || m) + 0.5 * KL(q || m)",
    ),
    "another divergence": Slip("the function computes {found}, and {expected} is meant.", "{right}"),
    "entropy left out": Slip(
        "the term sum {p} log {p} is missing: the cross-entropy is KL plus the entropy of {p}. With a fixed {p} "
        "its gradient is the same; its least value is that entropy, not 0.",
        "{right}",
    ),
    "entropy of q left out": Slip(
        "the term sum {q} log {q} is missing. It depends on {q}, so that the gradient is another one too.",
        "{right}",
    ),
    "from the mean": Slip(
        "the mean of both stands on the left of the KLs, and Jensen-Shannon has it on the right.",
        "0.5 * KL(p || m) + 0.5 * KL(q || m), m = 0.5 * (p + q)",
    ),
    "no log of p": Slip("{p} stands where log {p} is due, in sum p (log p - log q).", "{right}"),
    "no weight": Slip(
        "the weight {p} is missing: the logarithms of the ratio are summed as they are.", "{right}"
    ),
    "no q": Slip("the value does not depend on {q} at all.", "{right}"),
    "no p": Slip("the value does not depend on {p} at all.", "{right}"),
    "terms": Slip(
        "every term is made positive by itself. Single terms of a KL may be negative; only their sum is not.",
        "{right}",
    ),
    "epsilon": Slip(
        "an epsilon of {n} stands inside the sum: it changes the value and the gradient where probabilities are "
        "about as small, and the minimum is no longer 0 at equality.",
        "{right}",
    ),
    "square root": Slip(
        "a square root is taken of {what}: its gradient has no limit at equality.", "{right}"
    ),
    "absolute value": Slip(
        "an absolute value is taken of {what}: it hides the sign of a mistake.", "{right}"
    ),
    "clamp": Slip("{what} is clamped at 0: there it has no gradient.", "{right}"),
    "square": Slip("{what} is squared.", "{right}"),
    "constant": Slip("the constant {n} is added.", "{right}"),
    "sign": Slip("the sign is wrong: the function gives minus the divergence.", "{right}"),
    "mean over classes": Slip(
        "the sum is divided by the {n} classes too: 'mean' divides by the number of entries, not of distributions.",
        "{right}",
    ),
    "sum over distributions": Slip(
        "the divergences of {n} distributions are summed, and their mean is meant.", "{right}"
    ),
    "batchmean": Slip(
        "'batchmean' divides by the length of axis 0 alone: the value is {n} times the mean per distribution.",
        "{right}",
    ),
    "divided too often": Slip("the result is divided by {n} once more.", "{right}"),
    "multiplied": Slip("the result is multiplied by {n}.", "{right}"),
    "temperature factor": Slip(
        "the result is multiplied by {n}. T^2 keeps the gradients' size (Hinton et al. 2015), or no factor at all.",
        "{right}",
    ),
    "temperature": Slip(
        "the temperature {n} divides the logits of {x} alone; both sides need it.", "{right}"
    ),
    "two temperatures": Slip("the two sides have different temperatures, {n}.", "{right}"),
    "dx": Slip(
        "the distance of the grid's points is missing: a sum is no integral. The value is {n} times the integral.",
        "multiply by dx = x[1] - x[0]",
    ),
    "bits": Slip("the result is in bits (logarithms to base 2), not in nats.", "multiply by log 2"),
    "base 10": Slip("the result has logarithms to base 10.", "multiply by log 10"),
    "factor": Slip("the result is multiplied by {n}.", "{right}"),
    "mixture weights": Slip(
        "the weights inside the mixture are exchanged with those before the KLs: m = b p + (1 - b) q belongs to "
        "b KL(p || m) + (1 - b) KL(q || m).",
        "m = {n} {p} + ... with the same weights as before the KLs",
    ),
    "limit": Slip(
        "the weight of the mixture is {n}: there the formula tends to 0 and not to a KL.",
        "divide by b (1 - b), or write the KL itself",
    ),
    "wrong tensor": Slip(
        "the value does not depend on {q}: the same argument, {p}, is read on both sides.", "{right}"
    ),
    "not a distribution": Slip(
        "{x} is no distribution: its sums along axis {axis} are {n}, not 1. The value is no KL, and may be negative.",
        "{x} / {x}.sum({axis}, keepdim=True), or generalised KL: (p * (p / q).log() - p + q).sum()",
    ),
    "mask": Slip(
        "only {n} of the distributions count, and the sum is divided by the number of all of them.",
        "divide by mask.sum()",
    ),
    "class weights": Slip(
        "the outcomes have weights of their own in the sum, from {n}: it is no {found} and may be negative.",
        "{right}",
    ),
    "fixed weights": Slip(
        "the terms log q - log p are summed with fixed weights that are neither {q} nor {p}: an average over "
        "samples of another distribution. It is no KL and may have either sign.",
        "{right}",
    ),
    "truncated": Slip(
        "only {n} of the outcomes are summed: the masses of both are below 1 and differ, so this is no KL and may be "
        "negative.",
        "add the tail as one more outcome, or -P + Q (generalised KL)",
    ),
    "form": Slip("{x} are {given}, and the function takes {taken} there: {n}.", "{instead}"),
    "zero times log": Slip(
        "0 * log 0 is NaN at {n}. The term p log(p/q) is 0 where p is 0.", "torch.xlogy(p, p) - p * log_q"
    ),
    "infinite": Slip("the value is infinite: p > 0 where q = 0, at {n}.", "keep q in logs (log_softmax)"),
    "negative target": Slip(
        "log of a negative number is NaN, at {n}: the target is in logs.", "log_target=True"
    ),
    "empty": Slip("the mean over no entries is 0/0, which is NaN.", "skip empty batches, or reduction='sum'"),
    "detach": Slip(
        "gradient flows into {p}, the target too (largest entry {n}). The value is right.",
        "{p}.detach()",
    ),
    "detached fit": Slip(
        "{q} gets no gradient: it is detached, or used without a gradient.", "do not detach {q}"
    ),
    "gradient of another": Slip(
        "the value is {value_of}, but the gradient is that of {gradient_of}.", "{right}"
    ),
    "gradient": Slip("the gradient is not that of the function's own value.", "{right}"),
    "gradient factor": Slip("the gradient is {n} times that of the function's own value.", "{right}"),
    "nan gradient of zero target": Slip(
        "the gradient into {p} is not finite at {n}, where the target is 0: the derivative of t log t is -inf there.",
        "{p}.detach()",
    ),
    "nan gradient": Slip(
        "the value is finite and the gradient is not, at {n}: the probabilities of {x} underflow to 0 there, where "
        "t log t has no derivative.",
        "{log_x} with log_target=True",
    ),
    "precision": Slip(
        "computed in {dtype}, the {what} differs by {n} from the same function in float64. Where both sides nearly agree, "
        "p - q cancels.",
        "{q}.float(), {p}.float() before the softmax",
    ),
}
