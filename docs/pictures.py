"""Make README's pictures anew: `python docs/pictures.py`, with Chromium and CJK fonts for the last."""

import os
import runpy
import shutil
import subprocess
import tempfile
from pathlib import Path

from PIL import Image

import divlite as dl
from divlite.language import LANGUAGES

DOCS = Path(__file__).resolve().parent
CHROMIUM = [
    *("chromium", "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--hide-scrollbars"),
    *("--force-device-scale-factor=2", "--window-size=960,1200"),
]


def animation() -> None:
    """docs/five-losses.gif, by the demo."""
    runpy.run_path(str(DOCS.parent / "demos" / "five_losses.py"))
    shutil.copy("divlite-figures/five-losses.gif", DOCS)


def landscapes() -> None:
    """docs/landscapes.png: five losses, the target of the first ten lines."""
    p = dl.Mixture((0.5, 0.5), (dl.Normal(-5, 1), dl.Normal(10, 1)))
    figure = dl.plot_landscape(dl.LOSSES[:5], p, dl.Grid.linspace(-30, 35, 1301, weights="integral"))
    figure.savefig(DOCS / "landscapes.png", dpi=110)


def derivation(language: str) -> None:
    """docs/derivation.png, and such: the second part of reverse KL's page, as a browser shows it."""
    name = "derivation.png" if language == "en" else f"derivation.{language}.png"
    page, picture = Path("page.html").resolve(), Path("page.png").resolve()
    page.write_text(dl.explain(dl.ReverseKL(), lang=language).part(2).html(), encoding="utf-8")
    profile = f"--user-data-dir={page.parent / 'profile'}"
    subprocess.run([*CHROMIUM, profile, f"--screenshot={picture}", page.as_uri()], check=True)
    image = Image.open(picture).convert("L")
    ink = image.point(lambda light: 255 if light < 160 else 0).getbbox()
    assert ink, "an empty page"
    image = image.crop((ink[0] - 24, ink[1] - 24, ink[2] + 24, ink[3] + 24))
    image.point(lambda light: 255 if light > 240 else light).quantize(16).save(DOCS / name, optimize=True)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        animation()
        landscapes()
        for language in LANGUAGES:
            derivation(language)
        os.chdir(DOCS)  # Windows does not remove the folder that one is in.
