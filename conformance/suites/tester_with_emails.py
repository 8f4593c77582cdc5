"""scim2-cli, with users whose userName is an e-mail address: Tribe signs people in with it (P3), which no schema can say."""

import uuid

from scim2_cli import cli
from scim2_tester import filling
from scim2_tester.checkers import patch_add, patch_replace

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
