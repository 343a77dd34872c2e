"""The configuration: one TOML file becomes one frozen, validated object.

Each package describes its own section in its ``settings.py``; here they are composed (``model``), read with all
problems at once (``loading``), checked against each other (``checks``) and written down for people (``reference``).
"""

from gatewayd.config.effective import effective
from gatewayd.config.loading import load, parse
from gatewayd.config.model import Config, LogSettings
from gatewayd.config.problems import ConfigError, Problem

__all__ = ["Config", "ConfigError", "LogSettings", "Problem", "effective", "load", "parse"]
