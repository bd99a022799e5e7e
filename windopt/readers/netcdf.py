"""How much a netCDF file holds, before anything of it is read: packed, zeros take no room."""

from pathlib import Path

from windopt.errors import ConfigError

MOST_VARIABLES = 1000


def require_few_cells(path: Path, most: int) -> None:
    """Refuse a file whose variables together have more than `most` values.

    Raises
    ------
    ConfigError
        Where it has.
    OSError
        Where it is no netCDF.
    """
    import netCDF4

    cure = "cut it to the site, and leave out what is not needed"
    with netCDF4.Dataset(str(path)) as raw:
        # xarray reads the axis of a dimension at once
        longest = max((len(one) for one in raw.dimensions.values()), default=0)
        if longest > most:
            raise ConfigError.of(path.name, f"has a dimension of {longest}", cure)
        if len(raw.variables) > MOST_VARIABLES:
            raise ConfigError.of(path.name, f"has {len(raw.variables):,} variables", cure)
        cells = 0
        for variable in raw.variables.values():
            size = 1
            for length in variable.shape:
                size *= int(length)
            cells += size
    if cells > most:
        raise ConfigError.of(path.name, f"holds {cells:,} values; {most:,} are read", cure)
