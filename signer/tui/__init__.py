"""Floor 3: the screens. Each draws one stage and sends back one verb; nothing is decided here."""
