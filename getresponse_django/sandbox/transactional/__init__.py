"""Transactional e-mails: sent, listed, counted, and their templates."""
