"""Legal consultations over a running system's parts."""
