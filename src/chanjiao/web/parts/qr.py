"""An address as a QR code, drawn as SVG inside the page."""

from django.utils.safestring import SafeString
from qrcode.constants import ERROR_CORRECT_M
from qrcode.image.svg import SvgPathImage
from qrcode.main import QRCode


def drawn(text: str) -> SafeString:
    """The code as one `<svg>`; it holds nothing but squares, so it is safe to insert."""
    code = QRCode(error_correction=ERROR_CORRECT_M, border=2, image_factory=SvgPathImage)
    code.add_data(text)
    return SafeString(code.make_image().to_string(encoding="unicode"))
