"""Sound: decoding, recognition, correction, and the spoken answer."""
