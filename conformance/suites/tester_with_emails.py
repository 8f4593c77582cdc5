"""scim2-cli, with users whose userName is an e-mail address: Tribe signs people in with it (P3), which no schema can say.

It asks more than a hundred times a second, and Tribe limits that: like every client it waits as long as `Retry-After` says."""

import time
import uuid

import httpx2
from scim2_cli import cli
from scim2_tester import filling
from scim2_tester.checkers import patch_add, patch_replace

send = httpx2.Client.send


def send_again(client, request, **named):
    answer = send(client, request, **named)
    while answer.status_code == 429:
        time.sleep(int(answer.headers["Retry-After"]))
        answer = send(client, request, **named)
    return answer


httpx2.Client.send = send_again
random_value = filling.generate_random_value


def random_value_or_email(context, path, *arguments, **named):
    value = random_value(context, path, *arguments, **named)
    if isinstance(value, str) and str(path).rsplit(":", 1)[-1].lower() == "username":
        return f"{uuid.uuid4()}@suite.example"
    return value


for module in (filling, patch_add, patch_replace):
    module.generate_random_value = random_value_or_email

if __name__ == "__main__":
    cli()
