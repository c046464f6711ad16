"""Bytewords, the letters of UR (BCR-2020-012): two letters a byte, ended by a CRC-32."""

from __future__ import annotations

import zlib
from typing import Final

from signer.core.errors import Bad, Malformed

_WORDS: Final = (
    "ableacidalsoapexaquaarchatomauntawayaxisbackbaldbarnbeltbetabias"
    "bluebodybragbrewbulbbuzzcalmcashcatschefcityclawcodecolacookcost"
    "cruxcurlcuspcyandarkdatadaysdelidicedietdoordowndrawdropdrumdull"
    "dutyeacheasyechoedgeepicevenexamexiteyesfactfairfernfigsfilmfish"
    "fizzflapflewfluxfoxyfreefrogfuelfundgalagamegeargemsgiftgirlglow"
    "goodgraygrimgurugushgyrohalfhanghardhawkheathelphighhillholyhope"
    "hornhutsicedideaidleinchinkyintoirisironitemjadejazzjoinjoltjowl"
    "judojugsjumpjunkjurykeepkenokeptkeyskickkilnkingkitekiwiknoblamb"
    "lavalazyleaflegsliarlimplionlistlogoloudloveluaulucklungmainmany"
    "mathmazememomenumeowmildmintmissmonknailnavyneednewsnextnoonnote"
    "numbobeyoboeomitonyxopenovalowlspaidpartpeckplaypluspoempoolpose"
    "puffpumapurrquadquizraceramprealredorichroadrockroofrubyruinruns"
    "rustsafesagascarsetssilkskewslotsoapsolosongstubsurfswantacotask"
    "taxitenttiedtimetinytoiltombtoystriptunatwinuglyundouniturgeuser"
    "vastveryvetovialvibeviewvisavoidvowswallwandwarmwaspwavewaxywebs"
    "whatwhenwhizwolfworkyankyawnyellyogayurtzapszerozestzinczonezoom"
)

_MINIMAL: Final = tuple((_WORDS[at] + _WORDS[at + 3]).upper().encode() for at in range(0, 1024, 4))
_BYTE_OF: Final = {pair: value for value, pair in enumerate(_MINIMAL)}


def encode(data: bytes) -> bytes:
    """`data` and its CRC-32 in minimal bytewords, upper case (so that a QR code stays alphanumeric)."""
    return b"".join(map(_MINIMAL.__getitem__, data + zlib.crc32(data).to_bytes(4, "big")))


def decode(text: bytes) -> bytes:
    """The bytes of minimal bytewords in upper case. Raises Malformed for a wrong letter or checksum."""
    if len(text) % 2 or len(text) < 10:
        raise Malformed(Bad.TRUNCATED, what="bytewords")
    try:
        raw = bytes([_BYTE_OF[text[i : i + 2]] for i in range(0, len(text), 2)])
    except KeyError:
        raise Malformed(Bad.ENCODING, what="bytewords") from None
    if zlib.crc32(raw[:-4]).to_bytes(4, "big") != raw[-4:]:
        raise Malformed(Bad.CHECKSUM, what="bytewords")
    return raw[:-4]
