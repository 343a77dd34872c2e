"""JSON over HTTP, one resource a file. Handlers read the request, call the domain and write down its answer."""
