"""Looking at covered material on purpose: grants, previews, what is offered instead, how much somebody saw."""
