"""How a gradient is derived: `explain`, for notebooks, for the terminal, and as a page."""

from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from . import _check
from ._types import Coordinates, Family, Loss
from .language import Language, checked

if TYPE_CHECKING:
    from .derive.notation import Derivation


class Explanation(NamedTuple):
    """A derivation, or one part of it: shown by a notebook as typeset mathematics, and by print as text.

    derivation: its parts, each line a SymPy object with its reason.
    number: the part that is shown; None for all. lang: the language of its words.
    """

    derivation: "Derivation"
    number: int | None = None
    lang: Language = "en"

    def __repr__(self) -> str:
        return self.text()

    def text(self, width: int = 100, unicode: bool = True) -> str:
        """As two-dimensional text, the reasons beside the formulas; ASCII alone without unicode.

        Raises: ValueError for a width below 60.
        """
        from .page import terminal

        columns = _check.count("width", width, 60)
        blocks = terminal.blocks(self.derivation, columns, unicode, self.number, self.lang)
        return "\n\n".join("\n".join(block) for block in blocks)

    def part(self, number: int) -> "Explanation":
        """One part: 1 the definition, 2 the sensitivity, 3 the score, 4 the gradient, 5 its meaning,
        6 the second derivative, 7 the numbers, 8 the code, 9 the witnesses.

        Raises: ValueError for a number that is none of these.
        """
        last = len(self.derivation.parts)
        _check.one_of("number", str(number), [str(place) for place in range(1, last + 1)])
        return self._replace(number=int(number))

    def markdown(self) -> str:
        """As Markdown, the formulas in LaTeX."""
        from .page import markdown

        return markdown.document(self.derivation, self.number, self.lang)

    def html(self) -> str:
        """As a page that needs neither network nor script: the formulas are MathML."""
        from .page import html

        return html.document(self.derivation, self.number, self.lang)

    def _repr_markdown_(self) -> str:
        return self.markdown()

    def _repr_html_(self) -> str:
        from .page import html

        return html.fragment(self.derivation, self.number, self.lang)


def explain(
    loss: Loss | str,
    *,
    wrt: str | None = None,
    coordinates: Coordinates | None = None,
    at: Family | None = None,
    autograd: bool = False,
    lang: Language = "en",
) -> Explanation:
    """The gradient of a loss derived line by line, every line proved, with the articles' numbers put in.

    loss: any loss, also one of your own, or a name: those that `divlite explain` lists, such as forward-kl,
    smoothed, discrete-kl (KL by the logits of a softmax), normal-kl (KL of two Normals in closed form).
    wrt: "mu", or "sigma", "variance", "log-sigma" as the coordinates have it; both, if none is given.
    coordinates: dl.Sigma(), dl.Variance() or dl.LogSigma(), the second parameter; Sigma, if none is given.
    at: the Q whose numbers are put in, of any family, which is then the family of the derivation;
    Normal(0, 1), where the articles' fits begin, if none is given.
    autograd: ask torch too, as the last witness, if it is installed; importing it takes a second or two.
    lang: the language of the words, "en", "ja" or "zh"; formulas, numbers and code are the same in all.

    Raises: ValueError for a loss, parameter or coordinate of which there is no derivation, a sigma that is
    not finite and > 0, or another language.
    """
    lang = checked(lang)
    from . import subjects
    from .evidence import complete

    found = subjects.subject(loss, wrt, coordinates, at)
    derivation = found.derivation()
    witness = partial(subjects.autograd, found) if autograd else None
    page = complete.page(derivation, found, witness)
    return Explanation(page._replace(parts=tuple(page.parts)), lang=lang)
