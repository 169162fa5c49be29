"""A stored file in the browser: pictures and PDF inside it, anything else as a download."""

from django.http import FileResponse, HttpResponseBase

from chanjiao.files.models import StoredFile
from chanjiao.files.sniffing import BY_CONTENT_TYPE

_LOCKED = "default-src 'none'; style-src 'unsafe-inline'; sandbox; frame-ancestors 'self'"
# The browser's own reader of PDF does not start inside a sandbox; it runs apart from our pages.
_PDF = "default-src 'none'; object-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'self'"


def file_response(file: StoredFile, content_type: str) -> HttpResponseBase:
    """The file as what it was found to be when it came; never sniffed by the browser."""
    known = BY_CONTENT_TYPE.get(content_type)
    inline = known is not None and known.inline
    answer = FileResponse(
        file.file.open("rb"), as_attachment=not inline, filename=file.name,
        content_type=content_type if known else "application/octet-stream",
    )  # fmt: skip
    pdf = content_type == "application/pdf"
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Content-Security-Policy"] = _PDF if pdf else _LOCKED
    answer.headers["X-Frame-Options"] = "SAMEORIGIN"
    answer.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    return answer
