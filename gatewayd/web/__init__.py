"""Pages for people, under ``/admin/``: server-rendered, in five languages, on the same functions as the API.

``page.py`` is one row of the route table, ``app.py`` makes an application of the rows and guards each of them,
``rendering.py`` fills templates, ``texts.py`` speaks the languages and ``formats.py`` writes dates and numbers as they
do. Handlers are thin: what they decide is how a thing looks.
"""
