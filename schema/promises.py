"""The promises say, for each migration, which is the oldest release that may serve on the schema as it is after it."""

from sqlalchemy import Column, Table, Text

from schema.metadata import metadata

schema_promises = Table(
    "schema_promises",
    metadata,
    # Each migration inserts a row for itself: what a release that does not know the revision goes by.
    Column("revision", Text, primary_key=True),
    Column("serves_from", Text, nullable=False),
)
