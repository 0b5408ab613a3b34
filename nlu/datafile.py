"""Language data from a YAML file, held to its schema."""

from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

Schema = TypeVar("Schema", bound=BaseModel)

# The C loader is ten times faster and just as safe; not every build of PyYAML has it.
LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def read_data(path: Path, schema: type[Schema], broken: type[Exception]) -> Schema:
    """The data of a file. Raises `broken`, which names the file and what is wrong in it."""
    try:
        return schema.model_validate(yaml.load(path.read_text(encoding="utf-8"), Loader=LOADER))  # noqa: S506
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise broken(f"{path.name}: {where}: {first['msg']}") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise broken(f"{path.name}: {error}") from error
