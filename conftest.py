"""Makes scenario files test items, wherever pytest is started: tests/e2e/postfault_items.py does it."""

pytest_plugins = ["postfault_items"]
