"""The doors, HTTP and websocket: parse, guard, call one verb, answer."""
