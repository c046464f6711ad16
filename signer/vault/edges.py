"""Edge cases of verifying that a library gets wrong when it is wrong at all: run at power-on with the known answers.

ECDSA: numbers from Project Wycheproof, testvectors_v1/ecdsa_secp256k1_sha256_bitcoin_test.json (C2SP/wycheproof), by
their tcId. Schnorr: BIP 340's test vector 1, and what its vectors 5 to 14 bend. Every library that verifies here must
give the right verdict on each.
"""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Callable
from typing import Final

import coincurve
import wallycore as wally
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.hashes import SHA256

#: High S: right by the book, refused by Bitcoin's rules, which OpenSSL does not know.
_HIGH_S: Final = "1"
_ORDER: Final = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
_FIELD: Final = 2**256 - 2**32 - 977

_KEYS: Final = (
    "03b838ff44e5bc177bf21189d0766082fc9d843226887fc9760371100b7ee20a6f",
    "0207310f90a9eae149a08402f54194a0f7b4ac427bf8d9bd6c7681071dc47dc362",
    "03bc97e7585eecad48e16683bc4091708e1a930c683fc47001d4b383594f2c4e22",
    "031877045be25d34a1d0600f9d5c00d0645a2a54379b6ceefad2e6bf5c2a3352ce",
    "03d30ca4a0ddb6616c851d30ced682c40f83c62758a1f2759988d6763a88f1c0e5",
    "0248969b39991297b332a652d3ee6e01e909b39904e71fa2354a7830c7750baf24",
    "0202ef4d6d6cfd5a94f1d7784226e3e2a6c0a436c55839619f38fb4472b5f9ee77",
    "03b7291d1404e0c0c07dab9372189f4bd58d2ceaa8d15ede544d9514545ba9ee06",
    "03bb79f61857f743bfa1b6e7111ce4094377256969e4e15159123d9548acc3be6c",
    "0293591827d9e6713b4e9faea62c72b28dfefa68e0c05160b5d6aae88fd2e36c36",
    "02d533b789a4af890fa7a82a1fae58c404f9a62a50b49adafab349c513b4150874",
    "032ea7133432339c69d27f9b267281bd2ddd5f19d6338d400a05cd3647b157a385",
    "0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798",
    "0379be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798",
    "026e823555452914099182c6b2c1d6f0b5d28d50ccd005af2ce1bba541aa40caff",
    "03000000013fd22248d64d95f73c29b48ab48631850be503fd00f8468b5f0f70e0",
    "0325afd689acabaed67c1f296de59406f8c550f57146a0b4ec2c97876dffffffff",
    "036d4a7f60d4774a4f0aa8bbdedb953c7eea7909407e3164755664bc2800000000",
)
_DIGESTS: Final = (
    "bb5a52f42f9c9261ed4361f59422a1e30036e7c32b270c8807a419feca605023",
    "b78f33ca6d031315ab4c29b4429e6e8f8978517d49192c90fb2266bea6842918",
    "00000000690ed426ccf17803ebe2bd0884bcd58a1bb5e7477ead3645f356e7a9",
    "ddf2000000005e0be0635b245f0b97978afd25daadeb3edb4a0161c27fe06045",
    "2f77668a9dfbf8d5848b9eeb4a7145ca94c6ed9236e4a773f6dcafa5132b2f91",
)
#: A line each: tcId, key, digest, right or wrong, signature as DER in base64.
_SIGNATURES: Final = """
1 0 0 wrong MEYCIQCBPveczvqaVve6gF8OR4WE/l8N1fVnvAm1EjzLyYMjZQIhAJAOda0jP8yQhQnb/1kiZH2zfCH0r9MgOujcSud5Sw+H
2 0 0 right MEUCIQCBPveczvqaVve6gF8OR4WE/l8N1fVnvAm1EjzLyYMjZQIgb/GKUtzAM2969iQApt2bgQcyuvH/dYAA1vYTpVbrMbo=
3 0 0 wrong MIFFAiEAgT73nM76mlb3uoBfDkeFhP5fDdX1Z7wJtRI8y8mDI2UCIG/xilLcwDNvevYkAKbdm4EHMrrx/3WAANb2E6VW6zG6
122 0 0 wrong MEcCIQCBPveczvqaVve6gF8OR4WE/l8N1fVnvAm1EjzLyYMjZQIib/GKUtzAM2969iQApt2bgQcyuvH/dYAA1vYTpVbrMboAAA==
148 0 0 wrong MEUCIQGBPveczvqaVve6gF8OR4WDuQ3qvKSwXEV05JtYmblkpgIgb/GKUtzAM2969iQApt2bgQcyuvH/dYAA1vYTpVbrMbo=
149 0 0 wrong MEQCIIE+95zO+ppW97qAXw5HhYZDsDDvRh8bzfU/3j75TOIkAiBv8YpS3MAzb3r2JACm3ZuBBzK68f91gADW9hOlVusxug==
152 0 0 wrong MEQCIH7BCGMxBWWpCEV/oPG4enm8T88QueDkMgrAIcEGsx3cAiBv8YpS3MAzb3r2JACm3ZuBBzK68f91gADW9hOlVusxug==
154 0 0 wrong MEUCIQGBPveczvqaVve6gF8OR4WE/l8N1fVnvAm1EjzLyYMjZQIgb/GKUtzAM2969iQApt2bgQcyuvH/dYAA1vYTpVbrMbo=
156 0 0 wrong MEUCIQFv8YpS3MAzb3r2JACm3Zt/weGX2K6+IDyWyHIyJyFy+wIgb/GKUtzAM2969iQApt2bgQcyuvH/dYAA1vYTpVbrMbo=
161 0 0 wrong MEUCIQFv8YpS3MAzb3r2JACm3ZuBBzK68f91gADW9hOlVusxugIgb/GKUtzAM2969iQApt2bgQcyuvH/dYAA1vYTpVbrMbo=
172 0 0 wrong MAYCAQECAQA=
176 0 0 wrong MCYCAQECIQD////////////////////+uq7c5q9IoDu/0l6M0DZBQA==
188 0 0 wrong MCYCIQD////////////////////+uq7c5q9IoDu/0l6M0DZBQQIBAA==
191 0 0 wrong MEYCIQD////////////////////+uq7c5q9IoDu/0l6M0DZBQQIhAP////////////////////66rtzmr0igO7/SXozQNkFB
291 0 1 right MEUCIQDdG30Jp72CGJYQNKOah/7PUxTwDE0l61igesheheq1FgIgNROMQB7400k9ZckAL+YrQ67laHMbdEVINYmW2cxCfgY=
292 0 2 right MEUCIQCVwpJn2XKgQ9lVIkVGIiu6ND/B1NsP7CYqM6xhMFaWrgIgbt/pZxOu1W+KKKZlP1fguClxLl7dxn80aCsk8GdrJkA=
294 0 3 right MEUCIQC+JrGPlUn4n0Eam1JTaxWqJwuEVI0OhZoZUqJ68ad6xgIgcMHU+pzQPMjqqNUG7bl+7XuDWLRTyIrvu4gKPw6NRy8=
346 1 0 right MBYCEQFFUSMZULdfxEAtoXIvybrrAgED
347 1 0 wrong MCYCIQD////////////////////////////////////+///8LAIBAw==
348 2 0 right MCYCIQD////////////////////+uq7c5q9IoDu/0l6M0DZBPwIBAw==
351 3 0 right MAYCAQECAQE=
357 4 0 wrong MCYCIQD////////////////////+uq7c5q9IoDu/0l6M0DZBQwIBAw==
358 5 0 wrong MAgCAQICA+0peQ==
359 6 0 right MCYCAgEBAiA6dOnTp06dOnTp06dOnTp0n4qzcyoKiWBKCbzlspFtpA==
364 7 0 right MEUCIQD////////////////////+uq7c5q9IoDu/0l6M0DZAwQIgVVVVVVVVVVVVVVVVVVVVVOjk9EzlGDVpP/DKLvASFcA=
369 8 0 right MCUCIFVVVVVVVVVVVVVVVVVVVVTo5PRM5Rg1aT/wyi7wEhXBAgEB
370 8 0 wrong MCUCIFVVVVVVVVVVVVVVVVVVVVTo5PRM5Rg1aT/wyi7wEhXBAgEA
371 9 0 right MEQCIFVVVVVVVVVVVVVVVVVVVVTo5PRM5Rg1aT/wyi7wEhXBAiBBnZgcUVr4zIJUWqwMhenjCPuy6ras1+1JfgtBRaGP2Q==
386 10 0 wrong MEQCIH////////////////////9dV25zV6RQHd/pL0ZoGyCgAiBVVVVVVVVVVVVVVVVVVVVU6OT0TOUYNWk/8Mou8BIVwA==
424 11 0 wrong MEQCIDKw0Q2NDgS8jU0GTScGmeh8/8m0nFwgcw4cJvYQXdzaAiAp7T1ns9UFvpVYDXfVt5K0NogRebK2suBMX+WS042C2Q==
439 12 0 wrong MEQCIESlrQvQY22eEryeCmvdXhu6d/UjhCGTs7guRI4F1fEeAiAkkkkkkkkkkkkkkkkkkkkkY8/WahkKYAiJHg2B1JoJUg==
441 13 0 wrong MEQCIESlrQvQY22eEryeCmvdXhu6d/UjhCGTs7guRI4F1fEeAiAkkkkkkkkkkkkkkkkkkkkkY8/WahkKYAiJHg2B1JoJUg==
449 14 4 right MEQCIDhUo5mK698tvCitrEGBRizKx4c5B6t/ISxC2w5ptW7YAiA+0/a4o4jQLz5N+fKunBvSw5FqaGRg3/zUKQnNf4IFjg==
453 15 4 right MEUCIQC2FWmMNYs1kg3Yg+ymJabF91Y5cM38N4+P4M7hcJIUTAIgJfR7Mmtb4fthC4hRU+qE1B60cWvmaplOh3mYnfHIY9Q=
457 16 4 right MEUCIQDbCdhGDwXv8jvH5Da2faVj+ktO21isJM4gH6ijWBJQVwIgRtoRZ1RgKUDImZyNZl94bFD1dywKPNvaB1536rxk3xY=
463 17 4 right MEUCIQDt8Dz2P2WIgyiaGlk9EAeJW58jbSfJwfExMImq7WsWrgIgGk3W/AgU3FI9H++oHGT79eYY5lHnCW/MrbuUzUjl4M0=
"""
#: BIP 340, test vector 1: public key, message, signature; and the key of vector 5, which is no point.
_XONLY: Final = "dff1d77f2a671c5f36183726db2341be58feae1da2deced843240f7b502ba659"
_MESSAGE: Final = "243f6a8885a308d313198a2e03707344a4093822299f31d0082efa98ec4e6c89"
_SCHNORR: Final = (
    "6896bd60eeae296db48a229ff71dfe071bde413e6d43f917dc8dcf8c78de3341"
    "8906d11ac976abccb20b091292bff4ea897efcb639ea871cfa95f6de339e4b0a"
)
_NO_POINT: Final = "eefdea4cdb677750a420fee807eacf21eb9898ae79b9768766e4faa04a2d4a34"


def ecdsa_edges() -> bool:
    """Whether libwally, coincurve and OpenSSL give the right verdict on every signature."""
    for line in _SIGNATURES.split("\n")[1:-1]:
        number, key, digest, verdict, der = line.split()
        given = (bytes.fromhex(_KEYS[int(key)]), bytes.fromhex(_DIGESTS[int(digest)]), b64decode(der))
        verdicts = [_holds(_by_wally, *given), _holds(_by_coincurve, *given)]
        if number != _HIGH_S:
            verdicts.append(_holds(_by_openssl, *given))
        if set(verdicts) != {verdict == "right"}:
            return False
    return True


def point_edges() -> bool:
    """Whether none of them takes for a public key what is no point: off the curve, beyond the field, infinity."""
    points = [b"\x02" + bytes.fromhex(_NO_POINT), b"\x03" + bytes.fromhex(_NO_POINT), b"\x02" + bytes(32)]
    points += [b"\x02" + number.to_bytes(32, "big") for number in (5, _FIELD, _FIELD + 1, 2**256 - 1)]
    points += [b"\x00", b"", b"\x05" + bytes.fromhex(_XONLY)]
    return not any(
        _holds(parse, point, b"", b"")
        for point in points
        for parse in (_wally_point, _coincurve_point, _openssl_point)
    )


def schnorr_edges() -> bool:
    """Whether libwally and coincurve take the right signature, and none that is bent."""
    key, message, made = (bytes.fromhex(text) for text in (_XONLY, _MESSAGE, _SCHNORR))
    r, s = made[:32], int.from_bytes(made[32:], "big")
    bent = [(key, message, r + number.to_bytes(32, "big")) for number in (_ORDER - s, s + 1, 0, _ORDER)]
    bent += [(key, message, number.to_bytes(32, "big") + made[32:]) for number in (0, 1, _FIELD, 2**256 - 1)]
    bent += [(bytes.fromhex(_NO_POINT), message, made), (_FIELD.to_bytes(32, "big"), message, made)]
    bent += [(key, bytes(32), made), (key, message, bytes.fromhex(_NO_POINT) + made[32:])]
    verifiers = (_schnorr_by_wally, _schnorr_by_coincurve)
    right = all(_holds(verify, key, message, made) for verify in verifiers)
    return right and not any(_holds(verify, *given) for given in bent for verify in verifiers)


_Verify = Callable[[bytes, bytes, bytes], bool]


def _holds(verify: _Verify, key: bytes, digest: bytes, signature: bytes) -> bool:
    """Refusing to read it is a verdict too."""
    try:
        return verify(key, digest, signature)
    except (ValueError, InvalidSignature):
        return False


def _by_wally(key: bytes, digest: bytes, der: bytes) -> bool:
    compact = wally.ec_sig_from_der(der)
    wally.ec_sig_verify(key, digest, wally.EC_FLAG_ECDSA, compact)
    return bytes(wally.ec_sig_to_der(compact)) == der


def _by_coincurve(key: bytes, digest: bytes, der: bytes) -> bool:
    return bool(coincurve.PublicKey(key).verify(der, digest, hasher=None))


def _by_openssl(key: bytes, digest: bytes, der: bytes) -> bool:
    point = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256K1(), key)
    point.verify(der, digest, ec.ECDSA(Prehashed(SHA256())))
    return True


def _wally_point(key: bytes, _digest: bytes, _der: bytes) -> bool:
    wally.ec_public_key_verify(key)
    return True


def _coincurve_point(key: bytes, _digest: bytes, _der: bytes) -> bool:
    return bool(coincurve.PublicKey(key).format())


def _openssl_point(key: bytes, _digest: bytes, _der: bytes) -> bool:
    return bool(ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256K1(), key).key_size)


def _schnorr_by_wally(key: bytes, message: bytes, signature: bytes) -> bool:
    wally.ec_sig_verify(key, message, wally.EC_FLAG_SCHNORR, signature)
    return True


def _schnorr_by_coincurve(key: bytes, message: bytes, signature: bytes) -> bool:
    return bool(coincurve.PublicKeyXOnly(key).verify(signature, message))
