"""What a WSGI server loads: `portal.wsgi:app`."""

from __future__ import annotations

import sys

from estimator.errors import DataError as RuleDataError
from faq.errors import DataError as TextDataError
from portal.config import ConfigError
from portal.factory import create_app

try:
    app = create_app()
except (ConfigError, RuleDataError, TextDataError) as defect:
    sys.exit(f"Doudi cannot start.\n{defect}")
