"""The load-test client: a crowd of shoppers over HTTP and websockets. Of our own rooms it knows the live protocol only."""
