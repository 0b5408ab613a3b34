"""The web chat: a page for phones, a WebSocket for messages, uploads for recordings; see docs/web-protocol.md."""
