"""The metadata are what the tables are registered in, with the names that their constraints get."""

from sqlalchemy import MetaData

from schema.constraint_names import CONSTRAINT_NAMES

metadata = MetaData(naming_convention=CONSTRAINT_NAMES)
