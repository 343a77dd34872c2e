"""What the API and the pages share: the server and its streams, problems, bodies, paging, middleware."""
