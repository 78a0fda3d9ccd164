"""A derivation on the page: its objects as text, LaTeX and MathML, its parts in a terminal, Markdown or HTML."""
