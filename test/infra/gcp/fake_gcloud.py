#!/usr/bin/env python3
"""A stand-in of gcloud and bq for `infra/gcp/set-up.sh`: keeps what was made in one JSON file.

It knows the commands that the script gives and refuses every other one, and every option that it does not know.
"""

from __future__ import annotations

import json
import os
import re
import sys
from pathlib import Path
from typing import Any

FILE = Path(os.environ["FAKE_GCLOUD_STATE"])
STATE: dict[str, Any] = json.loads(FILE.read_text())
TOOL = Path(sys.argv[0]).name
ARGS = [arg for arg in sys.argv[1:] if not arg.startswith("--")]
OPTIONS: dict[str, str] = {
    name: value for name, _, value in (arg[2:].partition("=") for arg in sys.argv[1:] if arg.startswith("--"))
}


def option(name: str) -> str:
    return OPTIONS.get(name, "")


def fail(message: str) -> None:
    print(message, file=sys.stderr)
    sys.exit(1)


def must_know(account: str) -> None:
    """A new account is unknown to so many grants as the state's `unknown` says."""
    if account.startswith("serviceAccount:") and STATE.get("unknown", 0) > 0:
        STATE["unknown"] -= 1
        FILE.write_text(json.dumps(STATE))
        fail(f"ERROR: (gcloud) INVALID_ARGUMENT: Service account {account.partition(':')[2]} does not exist.")


def must_be_enabled(api: str) -> None:
    """An API that was enabled a moment ago is unknown to so many calls as the state's `slow` says."""
    if f"{api}.googleapis.com" in STATE["apis"] and STATE.get("slow", 0) == 0:
        return
    if f"{api}.googleapis.com" in STATE["apis"]:
        STATE["slow"] -= 1
        FILE.write_text(json.dumps(STATE))
    fail(f"ERROR: (gcloud) PERMISSION_DENIED: API {api} has not been used in project 1 before or it is disabled.")


def policy(kind: str, name: str) -> dict[str, list[str]]:
    return STATE["policies"].setdefault(f"{kind}:{name}", {})


def members_or_roles(kind: str, name: str) -> None:
    field, _, wanted = option("filter").partition("=")
    for role, members in STATE["policies"].get(f"{kind}:{name}", {}).items():
        for member in members:
            if field == "bindings.role" and role == wanted:
                print(member)
            if field == "bindings.members" and member == wanted:
                print(role)


def bind(kind: str, name: str, add: bool) -> None:
    members = policy(kind, name).setdefault(option("role"), [])
    must_know(option("member"))
    if add and option("member") not in members:
        members.append(option("member"))
    if not add:
        members.remove(option("member"))


def known(table: str, name: str) -> dict[str, Any]:
    if name not in STATE[table]:
        fail(f"ERROR: (gcloud) NOT_FOUND: Requested entity was not found: {name}")
    return STATE[table][name]


def values(resource: Any) -> str:
    """The resource by the keys of `--format='value[separator="|"](KEY,...)'`; a name with dots must be quoted there."""
    keys = option("format").partition("(")[2].rstrip(")").split(",")
    return "|".join(str(value_of(resource, re.findall(r'"[^"]+"|[^.\[\]]+', key))) for key in keys)


def value_of(resource: Any, names: list[str]) -> Any:
    for name in names:
        resource = resource[int(name)] if isinstance(resource, list) else resource.get(name.strip('"'), {})
    return "" if resource == {} else resource


def provider_of_options() -> dict[str, Any]:
    subject, _, role = option("attribute-mapping").partition(",attribute.aws_role=")
    return {
        "state": "ACTIVE",
        "aws": {"accountId": option("account-id")},
        "attributeCondition": option("attribute-condition"),
        "attributeMapping": {"google.subject": subject.partition("=")[2], "attribute.aws_role": role},
    }


def bucket_of_options() -> dict[str, Any]:
    return {
        "uniform_bucket_level_access": "uniform-bucket-level-access" in OPTIONS,
        "public_access_prevention": "enforced" if "public-access-prevention" in OPTIONS else "inherited",
        "lifecycle_config": json.loads(Path(option("lifecycle-file")).read_text()),
        "soft_delete_policy": {"retentionDurationSeconds": option("soft-delete-duration")},
    }


def gcloud() -> None:
    if api := {"projects": "cloudresourcemanager", "iam": "iam"}.get(ARGS[0]):
        must_be_enabled(api)
    match ARGS:
        case ["services", "list"]:
            print("\n".join(STATE["apis"]))
        case ["services", "enable", api]:
            STATE["apis"].append(api)
        case ["projects", "describe", _]:
            print("123456789012")
        case ["projects", "get-iam-policy", project]:
            members_or_roles("project", project)
        case ["projects", "add-iam-policy-binding", project]:
            bind("project", project, True)
        case ["iam", "workload-identity-pools", "describe", pool]:
            print(known("pools", pool)["state"])
        case ["iam", "workload-identity-pools", "create", pool]:
            STATE["pools"][pool] = {"state": "ACTIVE"}
        case ["iam", "workload-identity-pools", "undelete", pool]:
            known("pools", pool)["state"] = "ACTIVE"
        case ["iam", "workload-identity-pools", "providers", "describe", name]:
            print(values(known("providers", name)))
        case ["iam", "workload-identity-pools", "providers", "create-aws", name]:
            STATE["providers"][name] = provider_of_options()
        case ["iam", "workload-identity-pools", "providers", "update-aws", name]:
            known("providers", name).update(provider_of_options())
        case ["iam", "workload-identity-pools", "providers", "undelete", name]:
            known("providers", name)["state"] = "ACTIVE"
        case ["iam", "service-accounts", "describe", email]:
            known("accounts", email)
            print(email)
        case ["iam", "service-accounts", "create", name]:
            STATE["accounts"][f"{name}@{option('project')}.iam.gserviceaccount.com"] = {}
        case ["iam", "service-accounts", "get-iam-policy", email]:
            known("accounts", email)
            members_or_roles("account", email)
        case ["iam", "service-accounts", "add-iam-policy-binding", email]:
            bind("account", email, True)
        case ["iam", "service-accounts", "remove-iam-policy-binding", email]:
            bind("account", email, False)
        case ["storage", "buckets", "describe", url]:
            print(values(known("buckets", url)))
        case ["storage", "buckets", "create", url]:
            STATE["buckets"][url] = {"location": option("location").upper(), **bucket_of_options()}
        case ["storage", "buckets", "update", url]:
            known("buckets", url).update(bucket_of_options())
        case ["storage", "buckets", "get-iam-policy", url]:
            known("buckets", url)
            members_or_roles("bucket", url)
        case ["storage", "buckets", "add-iam-policy-binding", url]:
            bind("bucket", url, True)
        case _:
            fail(f"ERROR: (gcloud) Invalid choice: {' '.join(sys.argv[1:])}")


def bq() -> None:
    match ARGS:
        case ["show", name]:
            if name not in STATE["datasets"]:
                print(f"BigQuery error in show operation: Not found: Dataset {name}")
                sys.exit(2)
            print(json.dumps(STATE["datasets"][name]))
        case ["mk", name]:
            STATE["datasets"][name] = {"location": option("location"), "access": []}
            expire(name)
        case ["update", name]:
            expire(name)
        case ["query", sql] if sql.startswith("GRANT `roles/bigquery.dataEditor` ON SCHEMA `"):
            name = sql.split("`")[3].replace(".", ":")
            must_know(sql.split("'")[1])
            email = sql.split("'")[1].removeprefix("serviceAccount:")
            STATE["datasets"][name]["access"].append({"role": "WRITER", "userByEmail": email})
        case _:
            fail(f"Unknown command: {' '.join(sys.argv[1:])}")


def expire(name: str) -> None:
    if option("default_table_expiration"):
        STATE["datasets"][name]["defaultTableExpirationMs"] = option("default_table_expiration") + "000"


before = json.dumps(STATE)
{"gcloud": gcloud, "bq": bq}[TOOL]()
if json.dumps(STATE) != before:
    STATE["writes"] = STATE.get("writes", 0) + 1
FILE.write_text(json.dumps(STATE))
