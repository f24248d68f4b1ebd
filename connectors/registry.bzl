"""The kinds of sources Joinery can speak to: one target per kind, each implements plan::Connector."""

CONNECTORS = [
    "//connectors/postgres",
]
