"""Every gradient derived, line by line, from the formulas that run; and every line proved.

    notation                 the symbols, and what a derivation is made of: Line, Chain, Part, Derivation
    term, written, run       formulas run on symbols, and left as they are written
    rules                    a derivative taken apart, one line a rule
    request, seen, parts     what is asked for; what each view shows; the parts of a derivation
    theorems, coordinates    what holds for all losses of one kind, and for any coordinate
    lessons                  what a teacher adds, as text
    symbolic, quotients, numeric, proof      the two halves of the proof, and the proof

Nothing here is imported before a derivation is asked for: SymPy takes a third of a second.
"""
