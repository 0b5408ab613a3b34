"""Legal consultations: what a matter is, who may be asked, appointments, and what was told in confidence."""
