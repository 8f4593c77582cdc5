"""Makes many of the requests that schemathesis invents acceptable: see schemathesis.toml.

OpenAPI cannot say which parameters exclude each other, that a body names the base schema, or that a reference leads somewhere. Left alone, nearly
all requests would end at these rules. About two thirds are mended; the others go out as they were invented.

It asks more often than Tribe takes from one client, and far more often with wrong credentials. What is refused for that (429) is asked once
more from another address of this machine, as by another client, and then as late as `Retry-After` says: so the checks see the real answer.
"""

import itertools
import time
import zlib

import requests
import schemathesis
from requests.adapters import HTTPAdapter

CORE = {"/Users": "urn:ietf:params:scim:schemas:core:2.0:User", "/Groups": "urn:ietf:params:scim:schemas:core:2.0:Group"}

NUMBERS = itertools.count()

ADDRESSES = (f"127.{n >> 16 & 255}.{n >> 8 & 255}.{n & 255}" for n in itertools.count(0x010001))


class Elsewhere(HTTPAdapter):
    """Connects from the next address of the machine's own network."""

    def init_poolmanager(self, *arguments, **named):
        super().init_poolmanager(*arguments, source_address=(next(ADDRESSES), 0), **named)


send = requests.Session.send


def send_again(session, request, **named):
    answer = send(session, request, **named)
    if answer.status_code == 429:
        with requests.Session() as another:
            another.mount("http://", Elsewhere())
            answer = send(another, request, **named)
    while answer.status_code == 429:
        time.sleep(int(answer.headers["Retry-After"]))
        answer = send(session, request, **named)
    return answer


requests.Session.send = send_again


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
