"""Only what a certificate on file has signed is read."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from signxml.algorithms import SignatureConstructionMethod
from signxml.signer import XMLSigner

from knowledge_base.warnings.alert import AlertRefused
from knowledge_base.warnings.cap import CAP, read_cap
from knowledge_base.warnings.signature import verify

NOW = datetime(2026, 7, 12, tzinfo=UTC)
DOCUMENT = (Path(__file__).parent / "documents" / "rainstorm_orange.xml").read_bytes()
DS = "{http://www.w3.org/2000/09/xmldsig#}"
Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


def certificate(key: Key, begin: datetime = NOW - timedelta(days=1), end: datetime = NOW + timedelta(days=1)) -> str:
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "pingchuan")])
    builder = x509.CertificateBuilder(name, name, key.public_key(), 1, begin, end)
    return builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM).decode()


KEY = ec.generate_private_key(ec.SECP256R1())
OTHER = ec.generate_private_key(ec.SECP256R1())
PEM, OTHER_PEM = certificate(KEY), certificate(OTHER)


def sign(data: bytes = DOCUMENT, key: Key = KEY, pem: str = PEM, **options: object) -> etree._Element:
    algorithm = "rsa-sha256" if isinstance(key, rsa.RSAPrivateKey) else "ecdsa-sha256"
    signer = XMLSigner(method=SignatureConstructionMethod.enveloped, signature_algorithm=algorithm)
    return signer.sign(etree.fromstring(data), key=key, cert=pem, **options)


def refusal(data: bytes, certificates: list[str] | None = None, at: datetime = NOW) -> str:
    with pytest.raises(AlertRefused) as refused:
        verify(data, [PEM] if certificates is None else certificates, at=at)
    return refused.value.reason


def changed(change: Callable[[etree._Element], object]) -> bytes:
    root = sign()
    change(root)
    return etree.tostring(root)


def text(root: etree._Element, name: str, value: str) -> None:
    found = root.find(f".//{{{CAP}}}{name}")
    assert found is not None
    found.text = value


def test_a_signed_document_is_read() -> None:
    data = verify(etree.tostring(sign()), [PEM], at=NOW)
    assert read_cap(data) == read_cap(DOCUMENT)
    assert b"Signature" not in data


def test_one_of_several_certificates_in_any_encoding() -> None:
    data = etree.tostring(sign(), encoding="utf-16")
    assert read_cap(verify(data, [OTHER_PEM, PEM], at=NOW)) == read_cap(DOCUMENT)


def test_rsa_and_indentation() -> None:
    key = rsa.generate_private_key(65537, 2048)
    root = sign(key=key, pem=certificate(key))
    signature = root.find(f"{DS}Signature")
    assert signature is not None
    assert read_cap(verify(etree.tostring(root), [certificate(key)], at=NOW)) == read_cap(DOCUMENT)


def test_a_signature_between_other_elements() -> None:
    """With the blanks around it, that were signed."""
    root = etree.fromstring(DOCUMENT)
    place = etree.Element(f"{DS}Signature", Id="placeholder")
    place.tail = "\n  \n"
    root.insert(3, place)
    assert read_cap(verify(etree.tostring(sign(etree.tostring(root))), [PEM], at=NOW)) == read_cap(DOCUMENT)


@pytest.mark.parametrize(
    ("name", "value"),
    [("status", "Exercise"), ("headline", "发布暴雨红色预警"), ("identifier", "x"), ("value", "610000")],
)
def test_any_change_is_found(name: str, value: str) -> None:
    assert refusal(changed(lambda root: text(root, name, value))) == "signature_wrong"


def test_missing_wrong_and_old() -> None:
    assert refusal(DOCUMENT) == "signature_missing"
    assert refusal(etree.tostring(sign()), []) == "signature_wrong"
    assert refusal(etree.tostring(sign(key=OTHER, pem=OTHER_PEM))) == "signature_wrong"
    assert refusal(etree.tostring(sign()), at=NOW + timedelta(days=2)) == "signature_certificate"
    assert refusal(etree.tostring(sign()), at=NOW - timedelta(days=2)) == "signature_certificate"
    assert refusal(b"<!DOCTYPE x>" + etree.tostring(sign())) == "doctype"


def test_a_shared_secret_is_no_signature() -> None:
    """The public certificate as a secret key: a classical confusion of algorithms."""
    data = etree.tostring(sign()).replace(b"2001/04/xmldsig-more#ecdsa-sha256", b"2001/04/xmldsig-more#hmac-sha256")
    assert refusal(data) == "signature_wrong"


def wrapped(outer: str) -> bytes:
    """The signed alert moved into a forged one; the signature points at it by its Id."""
    root = etree.fromstring(DOCUMENT)
    root.set("Id", "real")
    signed = sign(etree.tostring(root), reference_uri="#real")
    signature = signed.find(f"{DS}Signature")
    assert signature is not None
    forged = etree.fromstring(DOCUMENT)
    text(forged, "headline", "发布暴雨红色预警")
    if outer == "inside the signature":
        place = etree.SubElement(signature, f"{DS}Object")
        signed.remove(signature)
        place.append(signed)
        forged.append(signature)
    elif outer == "beside the signature":
        signed.remove(signature)
        forged.append(signed)
        forged.append(signature)
    else:
        forged.append(signed)
    return etree.tostring(forged)


@pytest.mark.parametrize(
    ("outer", "reasons"),
    [
        ("inside the signature", {"signature_elsewhere", "signature_wrong"}),
        ("beside the signature", {"signature_elsewhere"}),
        ("with the signature", {"signature_several"}),
    ],
)
def test_wrapping(outer: str, reasons: set[str]) -> None:
    assert refusal(wrapped(outer)) in reasons


def test_a_second_signature_is_refused() -> None:
    def double(root: etree._Element) -> None:
        root.append(etree.fromstring(etree.tostring(root.find(f"{DS}Signature"))))  # type: ignore[arg-type]

    assert refusal(changed(double)) == "signature_several"


def test_a_signed_part_is_not_the_whole() -> None:
    root = etree.fromstring(DOCUMENT)
    info = root.find(f"{{{CAP}}}info")
    assert info is not None
    info.set("Id", "part")
    assert refusal(etree.tostring(sign(etree.tostring(root), reference_uri="#part"))) == "signature_elsewhere"


def test_a_broken_signature_is_refused() -> None:
    for name in ("SignedInfo", "SignatureValue", "Reference", "DigestValue"):

        def spoil(root: etree._Element, name: str = name) -> None:
            found = root.find(f".//{DS}{name}")
            assert found is not None
            found.clear()

        assert refusal(changed(spoil)) == "signature_wrong"


SIGNED = etree.tostring(sign())


@settings(max_examples=100)
@given(
    at=st.integers(0, len(SIGNED) - 1),
    length=st.integers(0, 40),
    put=st.binary(max_size=3) | st.sampled_from([b"<", b"<!-- -->", b" "]),
)
def test_what_passes_is_what_was_signed(at: int, length: int, put: bytes) -> None:
    """Whatever is changed anywhere: refused, or the very same warning."""
    data = SIGNED[:at] + put + SIGNED[at + length :]
    try:
        passed = verify(data, [PEM], at=NOW)
    except AlertRefused:
        return
    assert read_cap(passed) == read_cap(DOCUMENT)


def test_a_certificate_that_is_none_fits_nothing() -> None:
    assert refusal(SIGNED, ["no certificate"]) == "signature_wrong"
    assert verify(SIGNED, ["no certificate", PEM], at=NOW)
