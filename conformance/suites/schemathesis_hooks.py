"""Makes many of the requests that schemathesis invents acceptable: see schemathesis.toml.

OpenAPI cannot say which parameters exclude each other, that a body names the base schema, or that a reference leads somewhere. Left alone, nearly
all requests would end at these rules. About two thirds are mended; the others go out as they were invented.
"""

import itertools
import zlib

import schemathesis

CORE = {"/Users": "urn:ietf:params:scim:schemas:core:2.0:User", "/Groups": "urn:ietf:params:scim:schemas:core:2.0:Group"}

NUMBERS = itertools.count()


def spared(value) -> bool:
    """One in three, always the same ones."""
    return zlib.crc32(repr(value).encode("utf-8", "replace")) % 3 == 0


@schemathesis.hook
def map_query(context, query):
    if not query or spared(query):
        return query
    query = dict(query)
    # The first method of paging, and of projection, stays.
    if "startIndex" in query:
        query.pop("cursor", None)
    if "attributes" in query:
        query.pop("excludedAttributes", None)
    if query.get("cursor"):
        query["cursor"] = ""
    return query


@schemathesis.hook
def map_body(context, body):
    if not isinstance(body, dict) or spared(body):
        return body
    body = dict(body)
    urn = next((urn for path, urn in CORE.items() if context.operation.path in (path, path + "/{id}")), None)
    if urn and "Operations" not in body and "schemas" in body:
        body["schemas"] = [urn]
        body.pop("members", None)
        for name in [name for name in body if name.startswith("urn:")]:
            if isinstance(body[name], dict):
                body[name] = {part: value for part, value in body[name].items() if part != "manager"}
        if isinstance(body.get("userName"), str):
            body["userName"] = f"user.{next(NUMBERS)}@example.com"
        for elements in body.values():
            # Only one of them is primary.
            for element in elements[1:] if isinstance(elements, list) else []:
                if isinstance(element, dict):
                    element.pop("primary", None)
    if "startIndex" in body:
        body.pop("cursor", None)
    if "attributes" in body:
        body.pop("excludedAttributes", None)
    if body.get("cursor"):
        body["cursor"] = ""
    return body
