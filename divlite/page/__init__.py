"""A derivation on the page: its formulas in text, LaTeX and MathML, in a terminal, Markdown or HTML."""
