"""Results for other programs: Parquet or CSV, by the ending of the file."""

from pathlib import Path

from infonats.benchmark.store import Store
from infonats.benchmark.summary import frame
from infonats.errors import InputError


def export(store: Store, path: str | Path) -> Path:
    """Write every record to `path`, .parquet or .csv, and return it. Raises InputError for another ending."""
    target = Path(path).expanduser()
    table = frame(store.records())
    try:
        match target.suffix.lower():
            case ".parquet":
                table.write_parquet(target)
            case ".csv":
                table.write_csv(target)
            case other:
                raise InputError(f"'{path}' ends in '{other}'; name a file that ends in .parquet or .csv.")
    except OSError as error:
        raise InputError(f"'{path}' cannot be written: {error.strerror or error}.") from error
    return target
