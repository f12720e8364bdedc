"""PubMed: asking it, reading it, its query language, and a stand-in on localhost."""
