"""The pure core: what a ticket is, who may do what with it, and what follows from it."""
