"""The same mapping on real numbers: every value moves through the machine and every count is measured."""
