"""Pest outlooks and news of policy: written by one, approved by another, sent at a chosen time to whom they concern."""
