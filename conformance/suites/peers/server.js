// A minimal Express app of scimmy-routers with users, groups and the enterprise extension, held in memory.
//
// It does what the READMEs of scimmy and scimmy-routers leave to an application: storing, unique names, 404, what is derived from other
// resources, and absolute locations. Schemas, filters, PATCH, bulk, paging and errors are theirs.
//
// Usage: node server.js PORT, with the token in SCIM_TOKEN.

import { randomUUID } from "node:crypto";
import express from "express";
import SCIMMY from "scimmy";
import SCIMMYRouters from "scimmy-routers";

const { User, Group } = SCIMMY.Resources;
const ENTERPRISE = SCIMMY.Schemas.EnterpriseUser.id;
const port = Number(process.argv[2]);
const origin = `http://127.0.0.1:${port}`;
const users = new Map();
const groups = new Map();

// What PRECIS makes of a user name (RFC 8265 §3.3): the width, the case and the composition of its letters make no difference.
const same = (...names) => new Set(names.map((name) => name.normalize("NFKC").toLowerCase().normalize("NFC"))).size === 1;
const location = (id) => `${origin}/scim${users.has(id) ? "/Users" : "/Groups"}/${id}`;

// A reference to a resource, if there is one with this id.
function reference(id) {
    const found = users.get(id) ?? groups.get(id);
    return found && { $ref: location(id), type: users.has(id) ? "User" : "Group", display: found.displayName };
}

// The schemas, the metadata, and what follows from other resources.
function whole(Resource, stored) {
    const shown = structuredClone(stored);
    shown.schemas = [Resource.schema.id, ...(shown[ENTERPRISE] ? [ENTERPRISE] : [])];
    shown.meta = { resourceType: Resource.schema.definition.name, location: location(stored.id), ...shown.meta };
    if (Resource === User) {
        const of = [...groups.values()].filter((group) => group.members?.some((member) => member.value === stored.id));
        if (of.length) shown.groups = of.map(({ id, displayName }) => ({ value: id, $ref: location(id), display: displayName, type: "direct" }));
        const manager = shown[ENTERPRISE]?.manager;
        const boss = manager && users.get(manager.value);
        if (boss) Object.assign(manager, { $ref: location(boss.id), displayName: boss.displayName });
    } else {
        shown.members = shown.members?.map(({ value }) => ({ value, ...reference(value) }));
    }
    return shown;
}

function declare(Resource, store) {
    const known = (id) => {
        if (!store.has(id)) throw new SCIMMY.Types.Error(404, null, `Resource ${id} not found`);
        return store.get(id);
    };
    SCIMMY.Resources.declare(Resource)
        .ingress((resource, instance) => {
            const old = resource.id && known(resource.id);
            // Nobody signs in here, so a password is not kept.
            const { schemas, meta, id, groups: derived, password, ...sent } = JSON.parse(JSON.stringify(instance));
            if (sent.userName && [...users.values()].some((user) => user !== old && same(user.userName, sent.userName))) {
                throw new SCIMMY.Types.Error(409, "uniqueness", `userName '${sent.userName}' is taken`);
            }
            const now = new Date().toISOString();
            const stored = { ...sent, id: old?.id ?? randomUUID(), meta: { created: old?.meta.created ?? now, lastModified: now } };
            store.set(stored.id, stored);
            return whole(Resource, stored);
        })
        .egress((resource) => {
            if (resource.id) return whole(Resource, known(resource.id));
            const all = [...store.values()].map((stored) => whole(Resource, stored));
            return resource.filter?.match(all) ?? all;
        })
        .degress((resource) => {
            known(resource.id);
            store.delete(resource.id);
            for (const group of groups.values()) group.members = group.members?.filter(({ value }) => value !== resource.id);
        });
}

User.extend(SCIMMY.Schemas.EnterpriseUser, false);
declare(User, users);
declare(Group, groups);

express()
    // The routers announce that they have no entity tags, so Express must not make some up.
    .disable("etag")
    .use("/scim", new SCIMMYRouters({
        type: "bearer",
        baseUri: () => origin,
        handler: (request) => {
            if (request.header("Authorization") !== `Bearer ${process.env.SCIM_TOKEN}`) throw new Error("Authorization not detected!");
        },
    }))
    .listen(port, "127.0.0.1");
