"""Fonts for the Japanese and Chinese that a user writes in a figure: matplotlib's own, DejaVu Sans, has none.

matplotlib draws each letter with the first family of a text's list that has it. So families that are
installed are put behind those of the text, and only of a text that needs them: others are drawn as ever.
"""

import logging
import re
import warnings
from collections.abc import Iterable
from contextlib import suppress
from functools import cache

from matplotlib import font_manager, rcParams
from matplotlib.cbook import is_math_text
from matplotlib.font_manager import FontProperties, fontManager
from matplotlib.text import Text

from ..language import checked

JAPANESE = (
    *("Noto Sans CJK JP", "Noto Sans JP", "IPAexGothic", "IPAGothic", "Hiragino Sans", "Yu Gothic"),
    *("Meiryo", "MS Gothic", "TakaoPGothic", "VL Gothic"),
)
CHINESE = (
    *("Noto Sans CJK SC", "Noto Sans SC", "Source Han Sans SC", "PingFang SC", "Microsoft YaHei", "SimHei"),
    *("WenQuanYi Zen Hei", "WenQuanYi Micro Hei"),
)
BOXES = "Last Resort High-Efficiency"  # a font of matplotlib's with a box for every letter there is
KANA = re.compile("[\u3041-\u30ff\u31f0-\u31ff\uff66-\uff9f]")
WIDE = re.compile("[\u2e80-\u312f\u31a0-\u9fff\uf900-\ufaff\ufe30-\ufe4f\uff00-\uffef\U00020000-\U0003ffff]")
MISSING = (
    "figure: no font here has Japanese or Chinese; install Noto Sans CJK "
    "(on Debian and Ubuntu: fonts-noto-cjk)"
)


def dress(texts: Iterable[Text]) -> None:
    """Give each text with Japanese or Chinese in it families that have its letters, where any is installed.

    Warns: UserWarning, once in a process, where none is.
    """
    wide = [text for text in texts if WIDE.search(text.get_text())]
    if wide:
        _hush()
    japanese = any(KANA.search(text.get_text()) for text in wide)
    for text in wide:
        _dress(text, (*JAPANESE, *CHINESE) if japanese else (*CHINESE, *JAPANESE))


def font_families(lang: str = "en") -> list[str]:
    """What `matplotlib.rcParams["font.family"]` may be, for words in that language in figures of your own.

    The families that it has now, and behind them those with Japanese or Chinese letters that are installed.
    matplotlib takes each letter from the first that has it. The figures of divlite need nothing.

    Raises: ValueError for a lang other than "en", "ja", "zh".
    Warns: UserWarning, once in a process, where none is installed.
    """
    own = list(rcParams["font.family"])
    if checked(lang) == "en":
        return own
    _hush()
    found = _installed((*JAPANESE, *CHINESE) if lang == "ja" else (*CHINESE, *JAPANESE))
    if not found:
        _say()
    return [*own, *(found or [BOXES])]


def _dress(text: Text, candidates: tuple[str, ...]) -> None:
    own, lacking = list(text.get_fontfamily()), set(WIDE.findall(text.get_text()))
    found = list[str]()
    for family in (*own, *_installed(candidates)):
        has = _letters(family, text.get_fontproperties(), lacking)
        found += [family] if has else []
        lacking -= has
    if is_math_text(text.get_text()):  # which draws words with the first family alone
        families = [*found, *(family for family in own if family not in found)]
    else:
        # With these boxes there is no warning for each letter.
        families = [*own, *(family for family in found if family not in own), *([BOXES] if lacking else [])]
    if families != own:
        text.set_fontfamily(families)
    if lacking:
        _say()


def _letters(family: str, like: FontProperties, letters: set[str]) -> set[str]:
    """Those of the letters that the family's font of this weight and style has."""
    if not letters:
        return set()
    properties = like.copy()
    properties.set_family(family)
    try:
        font = font_manager.get_font(font_manager.findfont(properties, fallback_to_default=False))
    except ValueError:  # a family of the user's that is not installed, as matplotlib itself will say
        return set()
    return {letter for letter in letters if font.get_char_index(ord(letter))}


def _installed(families: tuple[str, ...]) -> list[str]:
    if {font.name for font in fontManager.ttflist}.isdisjoint(families):
        _look_again()
    known = {font.name for font in fontManager.ttflist}
    return [family for family in families if family in known]


@cache
def _look_again() -> None:
    """matplotlib keeps a list of the fonts that were installed when it was first run."""
    known = {font.fname for font in fontManager.ttflist}
    for file in font_manager.findSystemFonts():
        if file not in known:
            with suppress(Exception):  # what matplotlib cannot read, it leaves out of its list, too
                fontManager.addfont(file)


@cache
def _say() -> None:
    warnings.warn(MISSING, UserWarning, stacklevel=2)


@cache
def _hush() -> None:
    """matplotlib's log has a line for each family without bold letters, and each letter without a font."""
    for name in ("matplotlib.font_manager", "matplotlib.mathtext"):
        logging.getLogger(name).addFilter(_about_others)


def _about_others(record: logging.LogRecord) -> bool:
    if "not found" in record.msg:  # which only a family of the user's can be
        return True
    about = [str(thing) for thing in record.args or ()]
    return not any(thing in (*JAPANESE, *CHINESE, BOXES) or WIDE.search(thing) for thing in about)
