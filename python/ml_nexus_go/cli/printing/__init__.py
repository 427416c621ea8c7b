"""How results become text: tables as docker's, JSON, and docker's ``--format``.

It knows results and no client.
"""
