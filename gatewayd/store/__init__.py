"""The database as a mechanism: transactions, lanes, connections, schema and its migrations.

What a package above needs: ``Runner`` and ``Lane`` (``runner``), ``Tx`` (``transaction``), ``metadata`` and
``UtcDateTime`` (``schema``), ``Prepared`` (``prepared``). The supervisor opens it with ``open_database``
(``database``); tests and the simulation take ``InlineDatabase`` (``inline``) instead.
"""
