"""The engine room: where the rooms are wired together and run."""
