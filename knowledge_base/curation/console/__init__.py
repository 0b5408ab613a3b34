"""The console: pages on which agents, reviewers and operators keep the answers."""
