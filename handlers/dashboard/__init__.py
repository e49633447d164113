"""The dashboard: what only staff may see and do, a module for each of its pages. Browsers keep none of it."""
