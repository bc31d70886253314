"""How accurate the shipped network and the very code that decides are, on labelled footage."""
