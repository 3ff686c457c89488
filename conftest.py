"""Makes scenario files of the repository test items: tests/e2e/postfault_items.py does it."""


def pytest_addoption(pluginmanager):
    # Not `pytest_plugins`: the plugin may be loaded already, by -p, when somebody tests files outside of the repository.
    pluginmanager.import_plugin("postfault_items")
