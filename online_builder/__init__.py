"""The online side: proposes payments, collects signatures, broadcasts. Untrusted by the signer."""
