"""Push without sockets: topics, versions and connections, driven by bytes in and bytes out."""
