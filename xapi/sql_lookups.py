"""Looking many values up at once: databases bound how many a query may name."""

from collections.abc import Collection, Iterator
from typing import Any

from sqlalchemy import ColumnElement, Row, Select
from sqlalchemy.orm import Session

_AT_A_TIME = 500


def rows_among(
    session: Session, asked: Select[Any], column: ColumnElement[Any], values: Collection[Any]
) -> Iterator[Row[Any]]:
    """The rows of the select whose column has one of the values, asked for some hundreds at a time."""
    left = list(values)
    for start in range(0, len(left), _AT_A_TIME):
        yield from session.execute(asked.where(column.in_(left[start : start + _AT_A_TIME])))
