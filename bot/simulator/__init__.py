"""A loudspeaker in software: for tests, for trying out, and as an example for who builds a real one."""
