"""`make storm`: what it must survive, in figures, against real processes (see promises.yml)."""
