"""Who is written to: lists, contacts, imports, custom fields, tags, senders, consents, suppressions."""
