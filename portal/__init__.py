"""The Flask application: estimate, ask, apply, sign, hand off, follow; assembled by `portal.factory`."""
