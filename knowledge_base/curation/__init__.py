"""How the county's people keep the answers: accounts, versions, waiting questions, and the console over them."""
