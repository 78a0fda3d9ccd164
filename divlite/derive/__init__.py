"""Every gradient derived, line by line, from the formulas that run; and every line proved.

    notation, written   the symbols, and what a derivation is made of; arithmetic that leaves a formula
                        as it is written
    term, run           the formulas that run, run on symbols: what a derivation begins with and must end in
    rules               a derivative taken apart, one line a rule
    request, seen       what is asked for; what a loss's view shows of P and Q
    parts               the derivation of any loss, for any family of Q
    theorems, lessons   what follows for a whole family of losses; a teacher's words
    quotients, symbolic, numeric, proof     when two expressions are the same; the two halves of the proof

Nothing here is imported before a derivation is asked for: SymPy takes a third of a second.
"""
