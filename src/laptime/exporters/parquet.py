"""A table for data frames: the columns of the CSV, typed."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.parquet as pq

from laptime.exporters import Outgoing
from laptime.exporters._rows import columns, rows, told

TITLE = "a table for data frames"
MODULES = ("pyarrow",)
EXTRA = "parquet"
ENDING = ".parquet"
PLACE = None
ENVIRONMENT: dict[str, str] = {}
KINDS = ("results",)
HAS_ROWS = True


def export(outgoing: Outgoing, *, place: str) -> str:
    """Texts, 64-bit integers and floats, booleans; null for what is not known."""
    types = {str: pa.string(), int: pa.int64(), float: pa.float64(), bool: pa.bool_()}
    schema = pa.schema([(name, types[kind]) for name, kind in columns(outgoing).items()])
    table = pa.Table.from_pylist(list(rows(outgoing)), schema=schema)
    pq.write_table(table, place)
    return told(table.num_rows)
