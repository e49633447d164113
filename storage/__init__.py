"""What the shop remembers: tables, the database, and one module of verbs for each subject."""
