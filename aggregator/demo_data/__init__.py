"""The tables that the invented studies of the demo are composed from; nothing here is about a real study."""
