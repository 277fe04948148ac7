//! Text ⇄ cells: the notebook file formats and the headers of cell kinds.
