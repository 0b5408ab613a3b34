"""What several processes of one system share besides the database: order, limits, and a bell."""
