"""The optional electronic signature of a warning: enveloped XML-DSig over the whole document, by a certificate on file."""

from collections.abc import Iterable
from datetime import datetime

from lxml import etree
from signxml.algorithms import DigestAlgorithm, SignatureMethod
from signxml.exceptions import InvalidCertificate
from signxml.verifier import SignatureConfiguration, VerifyResult, XMLVerifier

from knowledge_base.warnings.cap import DSIG
from knowledge_base.warnings.document import MAX_BYTES, read_document
from knowledge_base.warnings.refused import AlertRefused

_METHODS = frozenset(
    {
        SignatureMethod.RSA_SHA256,
        SignatureMethod.RSA_SHA384,
        SignatureMethod.RSA_SHA512,
        SignatureMethod.SHA256_RSA_MGF1,
        SignatureMethod.SHA384_RSA_MGF1,
        SignatureMethod.SHA512_RSA_MGF1,
        SignatureMethod.ECDSA_SHA256,
        SignatureMethod.ECDSA_SHA384,
        SignatureMethod.ECDSA_SHA512,
    }
)
_DIGESTS = frozenset({DigestAlgorithm.SHA256, DigestAlgorithm.SHA384, DigestAlgorithm.SHA512})
_SIGNATURE = f"{{{DSIG}}}Signature"


def verify(data: bytes, certificates: Iterable[str], *, at: datetime, max_bytes: int = MAX_BYTES) -> bytes:
    """The document that was signed, without its signature: what is to be read, and nothing else.

    `certificates` are the PEM texts of the senders on file; a certificate that the document brings along is not
    believed. `at` is the time for which they must be valid. Raises `AlertRefused`.
    """
    root = read_document(data, max_bytes=max_bytes)
    signatures = list(root.iter(_SIGNATURE))
    if not signatures:
        raise AlertRefused("signature_missing")
    if len(signatures) > 1 or signatures[0].getparent() is not root:
        raise AlertRefused("signature_several")
    signed = _signed(root, certificates, at)
    # A reference may point at a part only, or at something hidden in the signature: the whole must have been signed.
    whole = _canonical(_without(root, signatures[0]))
    if signed.signed_xml is None or _canonical(signed.signed_xml) != whole:
        raise AlertRefused("signature_elsewhere")
    return whole


def _without(root: etree._Element, signature: etree._Element) -> etree._Element:
    """The document without its signature; the blanks behind it were signed, and stay."""
    before, tail = signature.getprevious(), signature.tail or ""
    if before is None:
        root.text = (root.text or "") + tail
    else:
        before.tail = (before.tail or "") + tail
    root.remove(signature)
    return root


def _canonical(element: etree._Element) -> bytes:
    return etree.tostring(element, method="c14n", exclusive=True)


def _signed(root: etree._Element, certificates: Iterable[str], at: datetime) -> VerifyResult:
    """What the first certificate that fits says was signed."""
    config = SignatureConfiguration(
        location="./", signature_methods=_METHODS, digest_algorithms=_DIGESTS, verification_time=at
    )
    reason, detail = "signature_wrong", "no certificate on file"
    for pem in certificates:
        try:
            result = XMLVerifier().verify(root, x509_cert=pem, expect_config=config)
        except InvalidCertificate:
            reason, detail = "signature_certificate", "not valid at this time"
        except Exception as fault:  # noqa: BLE001 - a hostile signature can break the library in many ways
            reason, detail = "signature_wrong", type(fault).__name__
        else:
            if isinstance(result, VerifyResult):
                return result
    raise AlertRefused(reason, "alert/Signature", detail)
