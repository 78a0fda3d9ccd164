"""A derivation on the page: its objects as text, LaTeX, MathML; its parts for a terminal, Markdown, HTML."""
