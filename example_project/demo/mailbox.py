"""The mails that the site has sent: files in a folder, which Django's own backend writes."""

from __future__ import annotations

import re
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from urllib.parse import urlsplit

LINK = re.compile(r"https?://[^\s<>]+")


def mail_to(email: str, folder: Path) -> EmailMessage | None:
    """The mail to this address, once it is there and whole."""
    for path in folder.glob("*"):
        mail = message_from_bytes(path.read_bytes(), policy=policy.default)
        if mail["To"] == email and isinstance(mail, EmailMessage) and LINK.search(mail.get_content()):
            return mail
    return None


def path_in(text: str) -> str:
    """The path of the first link in a text."""
    found = LINK.search(text)
    return urlsplit(found[0]).path if found else ""
