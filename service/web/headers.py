"""What every answer says to the browser about itself.

No page of ours has a script, a style or a handler written into it, so the policy needs no nonces:
everything comes from files of this host. `wasm-unsafe-eval` lets the code reader run.
"""

from flask import Flask, Response, request

from service.web import settings
from service.web.live import origin

POLICY = (
    "default-src 'self'",
    "script-src 'self' 'wasm-unsafe-eval'",
    "style-src 'self'",
    "img-src 'self' data: blob:",
    "media-src 'self' blob:",
    "connect-src 'self'",
    "worker-src 'self'",
    "manifest-src 'self'",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
)
NEVER_ASKED = (
    "microphone", "geolocation", "payment", "usb", "serial", "bluetooth", "midi",
    "display-capture", "browsing-topics",
)  # fmt: skip
HEADERS = {
    "Content-Security-Policy": "; ".join(POLICY),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), " + ", ".join(f"{power}=()" for power in NEVER_ASKED),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Frame-Options": "DENY",  # for the browsers inside old apps, which know no frame-ancestors
}


FOR_EVER = ("/static/dist/", "/pictures/")  # another content has another address
NOT_SHOWN = 400


def install(app: Flask) -> None:
    """Add the headers to every answer, pages of persons to no cache."""
    app.after_request(secure)


def secure(response: Response) -> Response:
    """No third party, no framing, no guessing of types; nothing personal in a shared cache."""
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if streams := origin():  # a port of its own, where no proxy stands before both
        allowed = f"connect-src 'self' {streams}"
        policy = response.headers["Content-Security-Policy"]
        response.headers["Content-Security-Policy"] = policy.replace("connect-src 'self'", allowed)
    if settings().production:
        response.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
    kept = how_long(request.path)
    response.headers["Cache-Control"] = kept if response.status_code < NOT_SHOWN else "no-store"
    return response


def how_long(path: str) -> str:
    """What never changes under its name is kept; other files are asked for again; pages never."""
    if path.startswith(FOR_EVER):
        return "public, max-age=31536000, immutable"
    if path.startswith("/calendar/"):  # a secret link's is for its holder alone
        return f"{'private' if path.startswith('/calendar/mine/') else 'public'}, max-age=900"
    return "no-cache" if path.startswith("/static/") else "no-store"
