"""A private world for tests: a network namespace with its own DNS root, certificate authority, name servers and
XMPP servers. README.md beside the tests draws it."""
