"""Village loudspeakers: warnings by MQTT and HTTP pull, play records back, spoken questions."""
