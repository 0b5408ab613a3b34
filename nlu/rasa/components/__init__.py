"""Components of our own for the Rasa pipeline; config.yml names them."""
