"""Ketamine evidence from PubMed."""
