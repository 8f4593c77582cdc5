//! Random requests: the engine does with them what the model does, and in every profile leaves a canonical resource behind.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::model::{ENTERPRISE, Model, Modelled, Object};
use super::tests::{kind, member, request, stored};
use super::{Folded, PatchOp, Visits};
use crate::store::{Edit, Element, Referent, Stored};
use crate::validate::Draft;
use crate::{Leniency, Profile};

/// SplitMix64: small, and the same everywhere.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((z ^ (z >> 31)) % u64::try_from(limit).unwrap()).unwrap()
    }

    fn of<'a, T: ?Sized>(&mut self, from: &[&'a T]) -> &'a T {
        from[self.below(from.len())]
    }

    fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }
}

const USER_PATHS: &[&str] = &[
    "userName",
    "displayName",
    "TITLE",
    "active",
    "name",
    "name.givenName",
    "name.FamilyName",
    "emails",
    "emails.value",
    "emails.type",
    "emails.primary",
    "emails[type eq \"work\"]",
    "emails[type eq \"work\"].value",
    "emails[type eq \"work\"].primary",
    "emails[type eq \"home\"]",
    "emails[type eq \"Home\"].value",
    "emails[type eq \"home\"].display",
    "emails[value eq \"a\"]",
    "emails[value eq \"a\"].primary",
    "emails[primary eq true]",
    "emails[primary eq true].value",
    "emails[primary eq false].type",
    "emails[type eq \"work\" and value eq \"b\"]",
    "emails[type eq \"work\" and value eq \"b\"].display",
    "emails[not (type eq \"work\")]",
    "emails[type pr].value",
    "emails[value sw \"a\" or type eq \"other\"].display",
    "emails[value co \"b\"]",
    "emails[type ne \"work\"].type",
    "emails[type eq \"work\" and type eq \"home\"].value",
    "emails[type eq \"work\" and (value eq \"a\" or value eq \"b\")]",
    "addresses",
    "addresses[type eq \"work\"]",
    "addresses[type eq \"work\"].locality",
    "addresses[type eq \"home\"].country",
    "addresses.country",
    "addresses[locality pr]",
    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User",
    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department",
    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:user:manager",
    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value",
    "urn:ietf:params:scim:schemas:core:2.0:User:title",
    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.displayName",
    "urn:ietf:params:scim:schemas:core:2.0:User:emails[type eq \"work\"].value",
];
const GROUP_PATHS: &[&str] = &[
    "displayName",
    "members",
    "members",
    "members",
    "externalId",
    "members[value eq \"a\"]",
    "members[value eq \"b\" or value eq \"c\"]",
    "members[type eq \"User\"]",
    "members[display sw \"name of a\"]",
    "members[not (value eq \"a\")]",
    "members[value eq \"d\" and type eq \"User\"]",
    "members[value eq \"a\"].type",
    "members.value",
    "members[value eq \"a\"].display",
];
const BAD_PATHS: &[&str] = &[
    "",
    "favouriteColour",
    "emails.colour",
    "emails[colour eq \"x\"]",
    "emails[type eq",
    "emails[0]",
    "id",
    "meta.version",
    "groups",
    "password",
    "name[givenName eq \"x\"]",
    "urn:example:unknown:title",
    "emails[primary eq \"x\"]",
    "members[x pr]",
];

fn value_for(random: &mut Random, path: &str) -> Value {
    if random.chance(12) {
        let junk = [
            json!(null),
            json!([]),
            json!({}),
            json!(7),
            json!("text"),
            json!(true),
            json!([null]),
            json!(["text"]),
            json!([7, 8]),
            json!({"colour": 1}),
            json!([{"colour": 1}]),
            json!([{}]),
            json!(""),
            json!({"value": null}),
        ];
        return junk[random.below(junk.len())].clone();
    }
    let path = path.to_ascii_lowercase();
    let leaf = path.rsplit(['.', ':', ']']).next().unwrap_or_default();
    let list = |random: &mut Random, make: fn(&mut Random) -> Value| {
        if random.chance(20) { make(random) } else { Value::Array((0..=random.below(2)).map(|_| make(random)).collect()) }
    };
    match leaf {
        "active" | "primary" => json!(random.chance(50)),
        "name" => object(random, &[("givenName", &["Ana", "Babs"]), ("familyName", &["Díaz", "Ruiz"])]),
        "emails" => list(random, email),
        "addresses" => list(random, address),
        "members" => list(random, member_value),
        "manager" => object(random, &[("value", &["m", "n"]), ("$ref", &["../Users/m"]), ("displayName", &["x"])]),
        "type" => json!(random.of(&["work", "home", "Work"])),
        "" if path.starts_with("addresses") => address(random),
        "" if path.starts_with("members") => member_value(random),
        "" => email(random),
        "user" => object(random, &[("department", &["Sales", "Key"]), ("employeeNumber", &["1"]), ("colour", &["x"])]),
        _ => json!(random.of(&["a", "b", "A", "Ana", "x@example.com"])),
    }
}

/// Some of these members, now and then one of them null.
fn object(random: &mut Random, members: &[(&str, &[&str])]) -> Value {
    let mut object = json!({});
    for (name, values) in members {
        if random.chance(60) {
            object[*name] = if random.chance(8) { Value::Null } else { json!(random.of(values)) };
        }
    }
    object
}

fn email(random: &mut Random) -> Value {
    let mut email = object(random, &[("value", &["a", "b", "A", "ab"]), ("type", &["work", "home"]), ("Display", &["d"])]);
    if random.chance(35) {
        email["primary"] = json!(random.chance(60));
    }
    email
}

fn address(random: &mut Random) -> Value {
    let mut address = object(random, &[("type", &["work", "home"]), ("locality", &["Madrid", "Toledo"]), ("country", &["ES"])]);
    if random.chance(20) {
        address["primary"] = json!(random.chance(60));
    }
    address
}

fn member_value(random: &mut Random) -> Value {
    let mut member = object(random, &[("$ref", &["../Users/c"]), ("display", &["name of a", "x"]), ("type", &["User", "Group"])]);
    if random.chance(85) {
        let known = if random.chance(95) { 5 } else { 7 };
        member["value"] = json!(random.of(&["a", "b", "c", "d", "e", "own", " "][..known]));
    }
    member
}

fn operation(random: &mut Random, paths: &[&str]) -> Value {
    let op = random.of(&["add", "replace", "remove"]);
    if op != "remove" && random.chance(15) {
        let mut value = json!({});
        for _ in 0..=random.below(2) {
            let path = if random.chance(6) { random.of(BAD_PATHS) } else { random.of(paths) };
            value[path] = value_for(random, path);
        }
        if random.chance(5) {
            value["id"] = json!(random.of(&["own", "other"]));
        }
        return json!({"op": op, "value": only_once(value)});
    }
    let path = if random.chance(4) { random.of(BAD_PATHS) } else { random.of(paths) };
    let mut operation = json!({"op": op, "path": path});
    if op != "remove" || random.chance(25) {
        operation["value"] = value_for(random, path);
    }
    operation
}

/// Two keys for one attribute are refused by the engine, and tested beside its tables.
fn only_once(value: Value) -> Value {
    let Value::Object(members) = value else { return value };
    let mut seen = BTreeSet::new();
    let name_of = |name: &str| name.rsplit("core:2.0:User:").next().unwrap_or_default().to_ascii_lowercase();
    Value::Object(members.into_iter().filter(|(name, _)| seen.insert(name_of(name))).collect())
}

fn start_user(random: &mut Random) -> Value {
    let mut user = json!({"userName": "ana"});
    for (percent, name, value) in [
        (50, "title", json!("T")),
        (50, "active", json!(true)),
        (50, "name", json!({"givenName": "Ana", "familyName": "Díaz"})),
        (60, ENTERPRISE, json!({"department": "Sales", "manager": {"value": "m"}})),
        (40, "addresses", json!([{"type": "work", "locality": "Madrid", "primary": true}, {"type": "home"}])),
    ] {
        if random.chance(percent) {
            user[name] = value;
        }
    }
    let emails = [
        json!({"value": "a", "type": "work", "primary": true}),
        json!({"value": "b", "type": "home"}),
        json!({"value": "b", "type": "work"}),
    ];
    let some: Vec<Value> = emails.into_iter().filter(|_| random.chance(50)).collect();
    if !some.is_empty() {
        user["emails"] = Value::Array(some);
    }
    user
}

fn loaded(ids: &[&str]) -> Vec<Element> {
    let referent =
        |id: &str| Referent { type_name: if id == "b" { "Group" } else { "User" }.into(), display: Some(format!("name of {id}")) };
    ids.iter().map(|id| Element { referent: Some(referent(id)), ..member(id) }).collect()
}

/// What the engine makes of the request: the whole resource, or the keyword of the error.
fn engine(current: &Stored, ids: &[&str], operations: &Value) -> Modelled<Object> {
    let leniency = Leniency::new(Profile::RFC);
    let keyword = |error: crate::Error| error.scim_type().unwrap_or_else(|| panic!("{error}"));
    let request = PatchOp::parse(request(operations.clone()), &leniency).map_err(keyword)?;
    let collections = BTreeMap::from([("members".to_owned(), loaded(ids)), ("groups".to_owned(), Vec::new())]);
    let with_members = Stored { collections, ..current.clone() };
    let whole =
        request.fold(&current.key.kind, &with_members, &leniency).map_err(keyword).map(|folded| applied(&with_members, ids, folded));
    match request.fold(&current.key.kind, current, &leniency).map_err(keyword) {
        Ok(Folded::Needs(paths)) => assert!(paths == ["members"] || paths == ["groups"], "{paths:?}"),
        folded => assert_eq!(folded.map(|folded| applied(current, ids, folded)), whole, "read or not: {operations}"),
    }
    for size in [1, 2] {
        let folded = in_pieces(&request, &with_members, "members", size, &leniency).expect("members can come in pieces");
        let found = folded.map(|folded| applied(current, ids, folded)).map_err(keyword);
        assert_eq!(found, whole, "in pieces of {size}: {operations}");
    }
    whole
}

/// What the request comes to if that collection comes in pieces; nothing if it has to be read whole.
pub(super) fn in_pieces(
    request: &PatchOp,
    current: &Stored,
    path: &str,
    size: usize,
    leniency: &Leniency,
) -> Option<crate::Result<Folded>> {
    let mut long = current.clone();
    let elements = long.collections.remove(path).unwrap_or_default();
    long.long = vec![path.to_owned()];
    let mut visits = Visits::default();
    let mut folding = request.fold_in_pieces(&current.key.kind, &long, leniency, &mut visits).ok()?;
    for needed in folding.needed() {
        for piece in elements.chunks(size) {
            if let Err(error) = folding.take(&needed, piece.to_vec()) {
                return Some(Err(error));
            }
        }
    }
    Some(folding.finish())
}

const KEEPER_PATHS: &[&str] = &[
    "displayName",
    "keepers",
    "keepers",
    "keepers",
    "keepers[value eq \"a\"]",
    "keepers[value eq \"b\" or value eq \"x\"]",
    "keepers[duty eq \"oil\"]",
    "keepers[duty eq \"oil\"].duty",
    "keepers[duty pr].duty",
    "keepers[not (duty pr)]",
    "keepers[display sw \"name of a\"]",
    "keepers[display co \"name\" and duty eq \"lock\"].duty",
    "keepers[value eq \"d\" and duty eq \"lock\"]",
    "keepers[value eq \"x\"].duty",
    "keepers.duty",
];

fn keeper(random: &mut Random) -> Value {
    let mut keeper = object(random, &[("duty", &["oil", "clean", "lock"])]);
    if random.chance(80) {
        keeper["value"] = json!(random.of(&["a", "b", "c", "d", "x", "y"]));
    }
    keeper
}

fn keeper_operation(random: &mut Random) -> Value {
    let (op, path) = (random.of(&["add", "replace", "remove"]), random.of(KEEPER_PATHS));
    let value = match path.rsplit(['.', ']']).next().unwrap_or_default() {
        "displayName" | "duty" => json!(random.of(&["oil", "clean", "lock", ""])),
        "" => object(random, &[("duty", &["oil", "clean"]), ("value", &["x"])]),
        _ if random.chance(20) => keeper(random),
        _ => (0..=random.below(2)).map(|_| keeper(random)).collect(),
    };
    let mut operation = json!({"op": op, "path": path});
    if op != "remove" || random.chance(30) {
        operation["value"] = value;
    }
    operation
}

/// The edit without the order of its parts, which says nothing.
fn in_any_order(folded: Folded) -> Folded {
    let Folded::Change { document, secrets, mut edits } = folded else { return folded };
    for (_, edit) in &mut edits {
        if let Edit::Delta { put, remove, .. } = edit {
            put.sort_by(|one, other| one.value.cmp(&other.value));
            remove.sort();
        }
    }
    Folded::Change { document, secrets, edits }
}

/// The same for elements that hold more than an id, in every profile: which errors there are, too.
#[test]
fn in_pieces_a_request_comes_to_what_it_comes_to_at_once() {
    let (cases, seed) = amount();
    let kind = crate::store::contract::registry().by_name("Device").expect("the suite has devices").clone();
    let (mut changed, mut failed, mut whole) = (0, 0, 0);
    for number in 0..cases {
        let mut random = Random(seed.wrapping_mul(0x2_0000_0001).wrapping_add(number));
        let mut current = stored(&kind, json!({"displayName": "Press"}));
        let ids: Vec<&str> = ["a", "b", "c", "d", "e", "f", "g"].into_iter().filter(|_| random.chance(60)).collect();
        let mut keepers = loaded(&ids);
        for keeper in &mut keepers {
            if let Value::Object(item) = object(&mut random, &[("duty", &["oil", "clean", "lock"])]) {
                keeper.item = item.into_iter().filter(|(_, duty)| !duty.is_null()).collect();
            }
        }
        current.collections.insert("keepers".into(), keepers);
        let operations: Vec<Value> = (0..=random.below(4)).map(|_| keeper_operation(&mut random)).collect();
        let leniency = Leniency::new(Profile::ALL[random.below(Profile::ALL.len())]);
        let Ok(request) = PatchOp::parse(request(json!(operations)), &leniency) else { continue };
        let expected = request.fold(&kind, &current, &leniency).map(in_any_order).map_err(|error| error.to_string());
        for size in [1, 2, 3, 10] {
            let Some(found) = in_pieces(&request, &current, "keepers", size, &leniency) else {
                whole += 1;
                continue;
            };
            let found = found.map(in_any_order).map_err(|error| error.to_string());
            assert_eq!(found, expected, "case {number} of seed {seed} in pieces of {size}: {ids:?} {:#}", json!(operations));
        }
        match expected {
            Ok(Folded::Change { edits, .. }) => changed += u64::from(!edits.is_empty()),
            Ok(Folded::Needs(paths)) => panic!("all was there: {paths:?}"),
            Err(_) => failed += 1,
        }
    }
    println!("{changed} changed the elements, {failed} failed alike, {whole} of four times as many had to be read whole");
    assert!(changed * 4 > cases && failed * 20 > cases && whole < 2 * cases, "the generator makes good and bad requests");
}

fn applied(current: &Stored, ids: &[&str], folded: Folded) -> Object {
    let Folded::Change { document, secrets, edits } = folded else { panic!("{folded:?}") };
    assert!(secrets.is_empty());
    let mut resource = document.unwrap_or_else(|| current.document.clone());
    resource.shift_remove("schemas");
    let mut members: BTreeSet<String> = ids.iter().map(|id| (*id).to_owned()).collect();
    for (path, edit) in edits {
        assert_eq!(path, "members");
        match edit {
            Edit::Delta { put, remove, .. } => {
                assert!(put.iter().all(|element| !remove.contains(&element.value)), "put and removed");
                members.retain(|id| !remove.contains(id));
                members.extend(put.into_iter().map(|element| element.value));
            }
            Edit::Replace { elements, .. } => members = elements.into_iter().map(|element| element.value).collect(),
        }
    }
    if !members.is_empty() {
        resource.insert("members".into(), members.into_iter().map(|id| json!({"value": id})).collect());
    }
    resource
}

fn model(current: &Stored, ids: &[&str], operations: &[Value]) -> Modelled<Object> {
    let mut resource = current.document.clone();
    resource.shift_remove("schemas");
    if !ids.is_empty() {
        let shown = |element: Element| {
            let referent = element.referent.unwrap();
            json!({"value": element.value, "type": referent.type_name, "display": referent.display})
        };
        resource.insert("members".into(), loaded(ids).into_iter().map(shown).collect());
    }
    let mut resource = Model::new(&current.key.kind, resource).run(operations)?;
    if let Some(Value::Array(members)) = resource.get_mut("members") {
        let ids: BTreeSet<String> = members.iter().map(|element| element["value"].as_str().unwrap().to_owned()).collect();
        *members = ids.into_iter().map(|id| json!({"value": id})).collect();
    }
    Ok(resource)
}

/// One random request with the resource that it meets.
struct Case {
    current: Stored,
    ids: Vec<&'static str>,
    operations: Vec<Value>,
}

fn case(seed: u64, number: u64) -> Case {
    let mut random = Random(seed.wrapping_mul(0x1_0000_0001).wrapping_add(number));
    let (current, ids, paths) = if random.chance(60) {
        (stored(&kind("User"), start_user(&mut random)), Vec::new(), USER_PATHS)
    } else {
        let ids: Vec<&str> = ["a", "b", "c"].into_iter().filter(|_| random.chance(60)).collect();
        (stored(&kind("Group"), json!({"displayName": "G"})), ids, GROUP_PATHS)
    };
    let operations = (0..=random.below(3)).map(|_| operation(&mut random, paths)).collect();
    Case { current, ids, operations }
}

/// The number of cases and the seed, which are printed.
fn amount() -> (u64, u64) {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse().ok());
    let cases = number("SCIM_PATCH_CASES").unwrap_or(if cfg!(debug_assertions) { 5_000 } else { 100_000 });
    let seed = number("SCIM_PATCH_SEED").unwrap_or(7644);
    println!("{cases} cases from seed {seed} (SCIM_PATCH_CASES, SCIM_PATCH_SEED)");
    (cases, seed)
}

#[test]
fn the_engine_does_what_the_model_does() {
    let (cases, seed) = amount();
    let (mut succeeded, mut failed) = (0, 0);
    for number in 0..cases {
        let Case { current, ids, operations } = case(seed, number);
        let expected = model(&current, &ids, &operations);
        let found = engine(&current, &ids, &json!(operations));
        assert_eq!(
            found,
            expected,
            "case {number} of seed {seed}\nstart: {}\nmembers: {ids:?}\noperations: {:#}",
            Value::Object(current.document),
            json!(operations)
        );
        match found {
            Ok(_) => succeeded += 1,
            Err(_) => failed += 1,
        }
    }
    println!("{succeeded} succeeded, {failed} failed alike");
    assert!(succeeded * 4 > cases && failed * 20 > cases, "the generator makes good and bad requests");
}

#[test]
fn what_is_left_behind_is_canonical_in_every_profile() {
    let (cases, seed) = amount();
    let mut changed = 0;
    for number in 0..cases {
        let Case { current, ids, operations } = case(seed.wrapping_add(1), number);
        let collections = BTreeMap::from([("members".to_owned(), loaded(&ids)), ("groups".to_owned(), Vec::new())]);
        let current = Stored { collections, ..current };
        let profile = Profile::ALL[usize::try_from(number).unwrap() % Profile::ALL.len()];
        let leniency = Leniency::new(profile);
        let folded =
            PatchOp::parse(request(json!(operations)), &leniency).and_then(|request| request.fold(&current.key.kind, &current, &leniency));
        let Ok(Folded::Change { document: Some(new), .. }) = folded else { continue };
        changed += 1;
        // To the letter, and nothing of it changes: the names are canonical, nothing is unassigned, double or of a wrong type.
        let again = Draft::create(&current.key.kind, Value::Object(new.clone()), &Leniency::new(Profile::STRICT));
        let again = again.unwrap_or_else(|error| panic!("case {number} in {}: {error}\n{:#}", profile.name(), json!(operations)));
        assert_eq!(again.document, new, "case {number} in {}: {:#}", profile.name(), json!(operations));
        assert!(again.collections.is_empty() && again.secrets.is_empty());
    }
    println!("{changed} changed");
    assert!(changed * 5 > cases, "the generator makes good requests");
}
