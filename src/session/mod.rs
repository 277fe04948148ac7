//! A live run of a notebook: the dependency graph, freezing, staleness, running one cell.
