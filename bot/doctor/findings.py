"""What the doctor has to say of one part."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """One part: whether it is well, and what to do where it is not. Only a vital part makes the doctor fail."""

    part: str
    well: bool
    detail: str
    vital: bool = False
