"""The folder Home Assistant loads custom integrations from; only its subfolders are delivered."""
