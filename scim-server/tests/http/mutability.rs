//! No request sets what it must not (T09): every readOnly and writeOnly attribute of the registry, and unknown ones, in every
//! form. The resource is byte for byte the same afterwards.

use std::sync::Arc;

use scim_server::{AttributeType, BoundPath, Mutability, Profile, Registry, ResourceType};
use serde_json::{Map, Value, json};

use crate::exchange::Server;
use crate::{ENTERPRISE, GROUP, USER, assert_error, create, patch, send, send_bytes, server};

/// Names that no schema has, some of which mean something elsewhere.
const UNKNOWN: [&str; 10] =
    ["admin", "tenant", "role", "owner", "token", "emailConfirmed", "__proto__", "constructor", "urn:example:2.0:Thing", "passwordHash"];

/// What may be done with the attribute that a request names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// `id`, `meta`, `groups` and what is in them.
    ReadOnly,
    /// `manager.displayName`: the server's own part of what the client may write (S80).
    ReadOnlyPart,
    /// `password`.
    WriteOnly,
    Unknown,
}

/// A protected place: where it stands in a resource, and what somebody would like to find there.
#[derive(Debug, Clone)]
struct Target {
    kind: Kind,
    urn: Option<String>,
    attribute: String,
    sub: Option<String>,
    multi_valued: bool,
    forged: Value,
}

fn forged(path: &BoundPath) -> Value {
    match path.leaf().kind {
        AttributeType::Complex => {
            let subs = &path.attribute.sub_attributes;
            let whole: Map<String, Value> = subs.iter().map(|sub| (sub.name.clone(), forged(&path.with_sub(sub.clone())))).collect();
            if path.attribute.multi_valued { json!([whole]) } else { json!(whole) }
        }
        AttributeType::DateTime => json!("2001-02-03T04:05:06Z"),
        AttributeType::Boolean => json!(true),
        AttributeType::Integer | AttributeType::Decimal => json!(7),
        AttributeType::String | AttributeType::Reference | AttributeType::Binary => json!("forged"),
    }
}

fn target(path: &BoundPath) -> Option<Target> {
    let kind = match (path.attribute.mutability, path.leaf().mutability) {
        (Mutability::ReadOnly, _) => Kind::ReadOnly,
        (_, Mutability::ReadOnly) => Kind::ReadOnlyPart,
        (Mutability::WriteOnly, _) | (_, Mutability::WriteOnly) => Kind::WriteOnly,
        (Mutability::ReadWrite | Mutability::Immutable, Mutability::ReadWrite | Mutability::Immutable) => return None,
    };
    Some(Target {
        kind,
        urn: path.extension.as_deref().map(str::to_owned),
        attribute: path.attribute.name.clone(),
        sub: path.sub.as_ref().map(|sub| sub.name.clone()),
        multi_valued: path.attribute.multi_valued,
        forged: forged(path),
    })
}

/// The protected places of the type, from its schemas, and the unknown names.
fn targets(kind: &Arc<ResourceType>) -> Vec<Target> {
    let paths = kind.attributes().flat_map(|path| {
        let subs: Vec<BoundPath> = path.attribute.sub_attributes.iter().map(|sub| path.with_sub(sub.clone())).collect();
        std::iter::once(path).chain(subs)
    });
    let mut all: Vec<Target> = paths.filter_map(|path| target(&path)).collect();
    all.extend(UNKNOWN.map(|name| Target {
        kind: Kind::Unknown,
        urn: None,
        attribute: name.to_owned(),
        sub: None,
        multi_valued: false,
        forged: json!({"value": "forged", "id": "forged"}),
    }));
    all
}

/// How the request names the place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Plain,
    OtherCase,
    Dotted,
    Qualified,
    Prototype,
    Duplicate,
}

const FORMS: [Form; 6] = [Form::Plain, Form::OtherCase, Form::Dotted, Form::Qualified, Form::Prototype, Form::Duplicate];

impl Target {
    fn path(&self) -> String {
        let urn = self.urn.as_ref().map(|urn| format!("{urn}:")).unwrap_or_default();
        let sub = self.sub.as_ref().map(|sub| format!(".{sub}")).unwrap_or_default();
        format!("{urn}{}{sub}", self.attribute)
    }

    fn qualified(&self, base: &str) -> String {
        if self.urn.is_some() { self.path() } else { format!("{base}:{}", self.path()) }
    }

    /// Whether that form is another one than the plain one, for this place.
    fn has(&self, form: Form) -> bool {
        match form {
            Form::Plain | Form::OtherCase | Form::Prototype | Form::Duplicate => true,
            Form::Dotted => self.sub.is_some(),
            // A URN as a name is qualified as it is.
            Form::Qualified => !self.attribute.contains(':'),
        }
    }

    /// Puts the forged value into the resource (or into the value of an operation), under that name.
    fn put_into(&self, resource: &mut Value, case: fn(&str) -> String) {
        let holder = match &self.urn {
            Some(urn) => &mut resource[urn.as_str()],
            None => resource,
        };
        let Some(sub) = &self.sub else {
            set(holder, &self.attribute, case, self.forged.clone());
            return;
        };
        let mut parent = holder.get(&self.attribute).cloned().unwrap_or_else(|| if self.multi_valued { json!([{}]) } else { json!({}) });
        for element in parent.as_array_mut().map_or(&mut [] as &mut [Value], Vec::as_mut_slice) {
            set(element, sub, case, self.forged.clone());
        }
        if parent.is_object() {
            set(&mut parent, sub, case, self.forged.clone());
        }
        set(holder, &self.attribute, case, parent);
    }

    /// The text of the body that names the place in that form, besides what `resource` has.
    fn body(&self, form: Form, mut resource: Value, base: &str) -> String {
        match form {
            Form::Plain => self.put_into(&mut resource, str::to_owned),
            Form::OtherCase => self.put_into(&mut resource, str::to_uppercase),
            Form::Dotted => resource[self.path()] = self.forged.clone(),
            Form::Qualified => resource[self.qualified(base)] = self.forged.clone(),
            Form::Prototype => resource["__proto__"] = json!({&self.attribute: self.forged, "id": "forged"}),
            Form::Duplicate => {
                self.put_into(&mut resource, str::to_owned);
                let name = json!(self.attribute.to_uppercase());
                let text = resource.to_string();
                return match &self.urn {
                    Some(urn) => text.replacen(&format!("{}:{{", json!(urn)), &format!("{}:{{{name}:null,", json!(urn)), 1),
                    None => text.replacen('{', &format!("{{{name}:null,"), 1),
                };
            }
        }
        resource.to_string()
    }
}

fn set(holder: &mut Value, name: &str, case: fn(&str) -> String, value: Value) {
    if let Some(object) = holder.as_object_mut() {
        object.remove(name);
    }
    holder[case(name)] = value;
}

/// A server with two users, of whom one manages the other, and their group.
struct World {
    server: Server,
    paths: [(Arc<ResourceType>, String); 2],
}

impl World {
    async fn new(profile: Profile) -> Self {
        let server = server(profile);
        let boss = create(&server, "/Users", &json!({"schemas": [USER], "userName": "boss", "displayName": "Boss"})).await;
        let person = json!({
            "schemas": [USER, ENTERPRISE], "userName": "bjensen", "displayName": "Babs", "password": "s3cret", "active": true,
            "emails": [{"value": "b@work.example", "type": "work"}], ENTERPRISE: {"department": "Ops", "manager": {"value": boss}},
        });
        let person = create(&server, "/Users", &person).await;
        let group = json!({"schemas": [GROUP], "displayName": "Staff", "members": [{"value": person}]});
        let group = create(&server, "/Groups", &group).await;
        let registry = Registry::rfc7643();
        let kind = |name: &str| registry.by_name(name).expect("a type of RFC 7643").clone();
        let paths = [(kind("User"), format!("/Users/{person}")), (kind("Group"), format!("/Groups/{group}"))];
        Self { server, paths }
    }

    async fn read(&self, path: &str) -> Value {
        let answer = self.server.get(path).await;
        assert_eq!(answer.status, 200);
        answer.body
    }
}

/// The answer that a whole resource in that form gets: the keyword, or none if the place is left out.
fn expected_of_whole(target: &Target, form: Form, profile: Profile) -> Option<&'static str> {
    let names_place = matches!(form, Form::Plain | Form::OtherCase);
    match (target.kind, form) {
        (_, Form::Duplicate) => Some("invalidSyntax"),
        (Kind::ReadOnly | Kind::ReadOnlyPart, _) if names_place => None,
        (Kind::WriteOnly, _) if names_place => Some("mutability"),
        // S12: all else is no attribute of the schema.
        _ => (profile == Profile::STRICT).then_some("invalidSyntax"),
    }
}

/// RFC: 7644-3.5.1-09 7644-3.1-07 7643-3.1-16
#[tokio::test]
async fn put_sets_nothing_that_it_must_not() {
    let mut cases = 0;
    for profile in [Profile::RFC, Profile::STRICT] {
        let world = World::new(profile).await;
        for (kind, path) in &world.paths {
            let before = world.read(path).await;
            for target in targets(kind) {
                for form in FORMS.into_iter().filter(|form| target.has(*form)) {
                    let body = target.body(form, before.clone(), &kind.schema.id);
                    let answer = send_bytes(&world.server, "PUT", path, body.clone()).await;
                    match expected_of_whole(&target, form, profile) {
                        Some(keyword) => assert_error(&answer, 400, Some(keyword)),
                        None => assert_eq!(answer.status, 200, "{form:?} {}: {} for {body}", target.path(), answer.body),
                    }
                    assert_eq!(world.read(path).await.to_string(), before.to_string(), "{form:?} {}", target.path());
                    cases += 1;
                }
            }
        }
    }
    assert!(cases >= 200, "only {cases} cases");
}

/// A resource as it would be had it been created at the same time under the same name.
fn normal(resource: &Value, name: &str) -> String {
    let id = resource["id"].as_str().expect("an id");
    let created = resource["meta"]["created"].as_str().expect("a time");
    assert_eq!(id.len(), 36, "{id}: the server's own");
    assert!(created > "2020", "{created}: the server's own");
    resource.to_string().replace(id, "ID").replace(created, "TIME").replace(name, "NAME")
}

/// RFC: 7644-3.3-02 7643-3.1-16
#[tokio::test]
async fn post_sets_nothing_that_it_must_not() {
    for profile in [Profile::RFC, Profile::STRICT] {
        let world = World::new(profile).await;
        for (kind, path) in &world.paths {
            let unique = if kind.name == "User" { "userName" } else { "displayName" };
            let mut template = world.read(path).await;
            for attribute in ["id", "meta", "groups"] {
                template.as_object_mut().expect("an object").remove(attribute);
            }
            template[unique] = json!("control-name");
            let control = world.read(&format!("{}/{}", kind.endpoint, create(&world.server, &kind.endpoint, &template).await)).await;
            let count = world.read(&kind.endpoint).await["totalResults"].clone();
            for (index, target) in targets(kind).into_iter().enumerate() {
                for form in FORMS.into_iter().filter(|form| target.has(*form)) {
                    let name = format!("{form:?}-{index}");
                    template[unique] = json!(name);
                    let answer =
                        send_bytes(&world.server, "POST", &kind.endpoint, target.body(form, template.clone(), &kind.schema.id)).await;
                    let keyword = expected_of_whole(&target, form, profile).filter(|keyword| *keyword != "mutability");
                    if let Some(keyword) = keyword {
                        assert_error(&answer, 400, Some(keyword));
                        continue;
                    }
                    assert_eq!(answer.status, 201, "{form:?} {}: {}", target.path(), answer.body);
                    let location = answer.headers["location"].strip_prefix("https://scim.example.com/v2").expect("our base").to_owned();
                    let made = world.read(&location).await;
                    assert_eq!(normal(&made, &name), normal(&control, "control-name"), "{form:?} {}", target.path());
                    assert_eq!(made, answer.body);
                    assert_eq!(send(&world.server, "DELETE", &location, &Value::Null).await.status, 204);
                }
            }
            assert_eq!(world.read(&kind.endpoint).await["totalResults"], count, "a refused request creates nothing");
        }
    }
}

/// The answer that an operation with a path gets.
fn expected_with_path(target: &Target) -> &'static str {
    match target.kind {
        Kind::ReadOnly | Kind::ReadOnlyPart | Kind::WriteOnly => "mutability",
        Kind::Unknown => "invalidPath",
    }
}

/// RFC: 7644-3.5.2-18 7644-3.5.2-24 7644-3.5.2-25 7644-3.5.2-26 7643-3.1-17 7644-3.5.2.2-10
#[tokio::test]
async fn patch_with_a_path_sets_nothing_that_it_must_not() {
    let mut cases = 0;
    for profile in [Profile::RFC, Profile::STRICT] {
        let world = World::new(profile).await;
        for (kind, path) in &world.paths {
            let before = world.read(path).await;
            for target in targets(kind) {
                let names = [
                    target.path(),
                    target.path().to_uppercase(),
                    target.qualified(&kind.schema.id),
                    format!("__proto__.{}", target.attribute),
                ];
                for (index, name) in names.iter().enumerate() {
                    let keyword = if index == 3 { "invalidPath" } else { expected_with_path(&target) };
                    for op in ["add", "replace", "remove"] {
                        let mut operation = json!({"op": op, "path": name});
                        if op != "remove" {
                            operation["value"] = target.forged.clone();
                        }
                        // An operation before it is undone with it: all or nothing (§3.5.2).
                        let first = json!({"op": "replace", "path": "displayName", "value": "forged"});
                        let answer = send(&world.server, "PATCH", path, &patch(json!([first, operation]))).await;
                        assert_eq!(answer.body["scimType"], keyword, "{op} {name}: {}", answer.body);
                        assert_error(&answer, 400, Some(keyword));
                        assert_eq!(world.read(path).await.to_string(), before.to_string(), "{op} {name}");
                        cases += 1;
                    }
                }
            }
        }
    }
    assert!(cases >= 500, "only {cases} cases");
}

/// The answer that an operation without a path gets.
fn expected_without_path(target: &Target, form: Form, profile: Profile) -> Option<&'static str> {
    let strict = profile == Profile::STRICT;
    match (target.kind, form) {
        (_, Form::Duplicate) => Some("invalidSyntax"),
        (_, Form::Prototype) | (Kind::Unknown, _) => strict.then_some("invalidSyntax"),
        // The same with its URN is still a member of the value, where such keys are read.
        (Kind::ReadOnly, Form::Qualified) if target.path() == "meta" && !strict => None,
        // S70: such a key is a path in the default profile, and no attribute in the strict one.
        (_, Form::Dotted | Form::Qualified) => Some(if strict { "invalidSyntax" } else { "mutability" }),
        // S10: nobody means to write `meta`, whose version has changed by the time it comes back.
        (Kind::ReadOnly, Form::Plain | Form::OtherCase) if target.attribute == "meta" => None,
        (Kind::ReadOnly | Kind::WriteOnly, Form::Plain | Form::OtherCase) => Some("mutability"),
        // S80: in a value object it is left out.
        (Kind::ReadOnlyPart, Form::Plain | Form::OtherCase) => None,
    }
}

#[tokio::test]
async fn patch_without_a_path_sets_nothing_that_it_must_not() {
    for profile in [Profile::RFC, Profile::STRICT] {
        let world = World::new(profile).await;
        for (kind, path) in &world.paths {
            let before = world.read(path).await;
            for target in targets(kind) {
                for form in FORMS.into_iter().filter(|form| target.has(*form)) {
                    let present = match (&target.urn, target.kind) {
                        (Some(urn), _) => json!({urn: {&target.attribute: before[urn][&target.attribute]}}),
                        (None, Kind::ReadOnlyPart) => json!({&target.attribute: before[&target.attribute]}),
                        (None, Kind::ReadOnly | Kind::WriteOnly | Kind::Unknown) => json!({}),
                    };
                    let value = target.body(form, present, &kind.schema.id);
                    for op in ["add", "replace"] {
                        let body = format!(r#"{{"schemas":["{}"],"Operations":[{{"op":"{op}","value":{value}}}]}}"#, crate::PATCH_OP);
                        let answer = send_bytes(&world.server, "PATCH", path, body.clone()).await;
                        match expected_without_path(&target, form, profile) {
                            Some(keyword) => {
                                assert_eq!(
                                    answer.body["scimType"], keyword,
                                    "{profile:?} {form:?} {body}: {} {}",
                                    answer.status, answer.body
                                );
                                assert_error(&answer, 400, Some(keyword));
                            }
                            None => assert!(matches!(answer.status, 200 | 204), "{form:?} {body}: {}", answer.body),
                        }
                        assert_eq!(world.read(path).await.to_string(), before.to_string(), "{form:?} {body}");
                    }
                }
            }
        }
    }
}
