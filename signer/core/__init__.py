"""Floor 0: values and judgement. Pure; standard library and cbor2 only."""
