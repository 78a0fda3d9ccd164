"""Every gradient derived, line by line, from the formulas that run; and every line proved.

    indexed, notation   the symbols, and what a derivation is made of
    written             arithmetic that leaves a formula as it is written
    term, kinks, run    the formulas that run, run on symbols: what a derivation begins with and must end in
    rules, reasons      a derivative taken apart, one line a rule; what its reasons are composed of
    request, seen       what is asked for; what a loss's view shows of P and Q
    parts               the derivation of any loss, for any family of Q
    theorems, lessons   what follows for a whole family of losses; a teacher's words
    quotients, polynomials      when two expressions are the same
    symbolic, numeric, proof    the two halves of the proof, and the proof

Nothing here is imported before a derivation is asked for: SymPy takes a third of a second.
"""
