/**
 * Makes what a JSON document asks for true in keystone: domains, projects, roles, users with their grants, services and
 * endpoints. It needs Python's standard library only and one process for all calls: a start of the openstack client costs
 * more than everything that this does. A user whose password works is left alone, because changing a password revokes tokens;
 * who is retired gets a password that nobody knows, and so loses his tokens, but what belongs to him stays.
 */
export const keystoneRegister = String.raw`#!/usr/bin/env python3
import json
import secrets
import ssl
import sys
import time
import urllib.error
import urllib.parse
import urllib.request

TIMEOUT = 60
TRIES = 30


class Keystone:
    def __init__(self, url, authority=None):
        self.url = url
        self.authority = authority
        self.context = ssl.create_default_context(cafile=authority)
        self.token = None

    def call(self, method, path, body=None, accept=(200, 201, 204)):
        data = None if body is None else json.dumps(body).encode()
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        if self.token:
            headers["X-Auth-Token"] = self.token
        for attempt in range(TRIES):
            request = urllib.request.Request(self.url + path, data=data, method=method, headers=headers)
            try:
                with urllib.request.urlopen(request, timeout=TIMEOUT, context=self.context) as answer:
                    text = answer.read()
                    return answer.status, answer.headers, json.loads(text) if text else None
            except urllib.error.HTTPError as error:
                if error.code < 500 and error.code != 429:
                    if error.code in accept:
                        return error.code, error.headers, None
                    raise SystemExit("%s %s was answered with %d" % (method, path, error.code))
                reason = str(error.code)
            except (urllib.error.URLError, OSError) as error:
                reason = str(error)
            print("%s %s: %s, trying again" % (method, path, reason), file=sys.stderr)
            time.sleep(min(10, attempt + 1))
        raise SystemExit("%s %s did not succeed" % (method, path))

    def authenticate(self, user, accept=(200, 201)):
        scope = {"project": {"name": user["project"], "domain": {"name": user["project_domain"]}}} if "project" in user else None
        auth = {
            "identity": {
                "methods": ["password"],
                "password": {
                    "user": {
                        "name": user["name"],
                        "domain": {"name": user["domain"]},
                        "password": user["password"],
                    }
                },
            }
        }
        if scope:
            auth["scope"] = scope
        status, headers, _ = self.call("POST", "/v3/auth/tokens", {"auth": auth}, accept)
        return headers.get("X-Subject-Token") if status in (200, 201) else None

    def find(self, plural, **query):
        _, _, body = self.call("GET", "/v3/%s?%s" % (plural, urllib.parse.urlencode(query)))
        return body[plural]

    def ensure(self, kind, plural, query, body):
        found = self.find(plural, **query)
        if found:
            return found[0]
        _, _, made = self.call("POST", "/v3/" + plural, {kind: body})
        print("made %s %s" % (kind, query))
        return made[kind]


def domain_id(keystone, name):
    found = keystone.find("domains", name=name)
    if not found:
        raise SystemExit("there is no domain %s" % name)
    return found[0]["id"]


def ensure_user(keystone, wanted):
    domain = domain_id(keystone, wanted["domain"])
    found = keystone.find("users", name=wanted["name"], domain_id=domain)
    if not found:
        body = {"name": wanted["name"], "domain_id": domain, "password": wanted["password"], "enabled": True}
        found = [keystone.call("POST", "/v3/users", {"user": body})[2]["user"]]
        print("made user %s" % wanted["name"])
    elif Keystone(keystone.url, keystone.authority).authenticate(wanted, accept=(200, 201, 401)) is None:
        keystone.call("PATCH", "/v3/users/" + found[0]["id"], {"user": {"password": wanted["password"]}})
        print("set the password of user %s" % wanted["name"])
    for grant in wanted.get("grants", []):
        role = keystone.ensure("role", "roles", {"name": grant["role"]}, {"name": grant["role"]})
        target = grant_target(keystone, grant)
        keystone.call("PUT", "/v3/%s/users/%s/roles/%s" % (target, found[0]["id"], role["id"]))


def retire(keystone, user):
    for each in keystone.find("users", name=user["name"], domain_id=domain_id(keystone, user["domain"])):
        keystone.call("PATCH", "/v3/users/" + each["id"], {"user": {"password": secrets.token_urlsafe(32)}})
        print("closed user %s" % user["name"])


def grant_target(keystone, grant):
    if grant.get("system"):
        return "system"
    domain = domain_id(keystone, grant["domain"])
    if "project" not in grant:
        return "domains/" + domain
    projects = keystone.find("projects", name=grant["project"], domain_id=domain)
    if not projects:
        raise SystemExit("there is no project %s" % grant["project"])
    return "projects/" + projects[0]["id"]


def ensure_service(keystone, region, wanted):
    body = {"name": wanted["name"], "type": wanted["type"], "enabled": True}
    service = keystone.ensure("service", "services", {"name": wanted["name"], "type": wanted["type"]}, body)
    for interface, url in wanted["endpoints"].items():
        query = {"service_id": service["id"], "interface": interface, "region_id": region}
        endpoint = keystone.ensure("endpoint", "endpoints", query, {**query, "url": url})
        if endpoint["url"] != url:
            keystone.call("PATCH", "/v3/endpoints/" + endpoint["id"], {"endpoint": {"url": url}})
            print("moved %s of %s to %s" % (interface, wanted["name"], url))


def main(path):
    with open(path, encoding="utf-8") as file:
        wanted = json.load(file)
    keystone = Keystone(wanted["url"], wanted.get("authority"))
    if "fallback_admin" in wanted:
        keystone.token = keystone.authenticate(wanted["admin"], accept=(200, 201, 401))
    if keystone.token is None:
        keystone.token = keystone.authenticate(wanted.get("fallback_admin", wanted["admin"]))
    region = wanted["region"]
    if not [each for each in keystone.find("regions") if each["id"] == region]:
        keystone.call("POST", "/v3/regions", {"region": {"id": region}})
    for name in wanted.get("domains", []):
        keystone.ensure("domain", "domains", {"name": name}, {"name": name})
    for each in wanted.get("domain_configs", []):
        path = "/v3/domains/%s/config" % domain_id(keystone, each["domain"])
        keystone.call("PUT", path, {"config": each["config"]})
    for name in wanted.get("roles", []):
        keystone.ensure("role", "roles", {"name": name}, {"name": name})
    for project in wanted.get("projects", []):
        domain = domain_id(keystone, project["domain"])
        query = {"name": project["name"], "domain_id": domain}
        keystone.ensure("project", "projects", query, query)
    for user in wanted.get("users", []):
        ensure_user(keystone, user)
    for service in wanted.get("services", []):
        ensure_service(keystone, region, service)
    for user in wanted.get("retired", []):
        retire(keystone, user)


main(sys.argv[1])
`;

/** Runs a file of SQL as the administrator, again while the database does not answer yet. */
export const databaseInit = String.raw`#!/bin/sh
set -eu
tries=0
until mariadb --defaults-extra-file=/etc/mysql-admin/admin.cnf --connect-timeout=10 < /etc/mysql-admin/init.sql; do
  tries=$((tries + 1))
  [ "$tries" -lt 30 ] || exit 1
  sleep 10
done
`;

/** Sends the requests of a curl configuration file, which carries the administrator's password. */
export const messagingInit = String.raw`#!/bin/sh
set -eu
exec curl --config /etc/rabbitmq-admin/requests
`;
