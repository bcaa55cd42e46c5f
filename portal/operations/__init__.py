"""Operations: what keeps an installation in health: examination, backup, retention, and the papers beside them."""
