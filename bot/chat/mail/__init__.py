"""People who are not in the chat: a mail without content, a link that works once, and the same card on a page."""
