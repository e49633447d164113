"""Several processes that serve one shop at one address: a supervisor, its workers, and the line between them."""
