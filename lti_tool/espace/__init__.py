"""Mon espace: what I began, what I finished, my results, my data, my language."""
