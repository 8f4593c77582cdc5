//! What clients do with the two types, over HTTP, on any store.

use std::sync::Arc;

use scim_server::http::endpoint;
use scim_server::sort::SortOrder;
use scim_server::store::{Page, Query, Store};
use scim_server::{Boxed, Caller, Profile, Registry, Resource, ScimServer, StaticTokens, Stores, TenantId};
use serde_json::{Map, Value, json};

use crate::exchange::{Answer, Server, TOKEN};
use crate::house::{DEVICE, Device, LEASE, Lease, ROOM, Room};

const BASE: &str = "https://scim.example.com/v2";

/// A tenant of its own, with a user in it.
struct House<S: Stores> {
    server: Server,
    store: S::Store,
    registry: Arc<Registry>,
    /// The id of the user.
    ana: String,
}

type Story<S> = for<'a> fn(&'a House<S>) -> Boxed<'a, ()>;

/// Every story, each in a tenant of its own.
pub(crate) async fn run<S: Stores + Clone>(registry: &Arc<Registry>, stores: &S) {
    let stories: [(&str, Story<S>); 10] = [
        ("a device is read as it was created", |house| Box::pin(round_trip(house))),
        ("a device without its extension is refused", |house| Box::pin(required(house))),
        ("devices are found by attributes of both schemas", |house| Box::pin(filters(house))),
        ("devices are sorted by attributes of both schemas", |house| Box::pin(sorts(house))),
        ("PATCH reaches into the extension", |house| Box::pin(patches(house))),
        ("a room's devices come and go by their ids", |house| Box::pin(elements(house))),
        ("a device tells the rooms that it stands in", |house| Box::pin(reverse(house))),
        ("what is unique stays so", |house| Box::pin(unique(house))),
        ("what is named must be there, and is let go with it", |house| Box::pin(references(house))),
        ("discovery describes both types", |house| Box::pin(discovery(house))),
    ];
    for (number, (claim, story)) in stories.iter().enumerate() {
        println!("{claim}");
        let tenant = TenantId::new(format!("house-{number}"));
        let tokens = StaticTokens::new().with(TOKEN, tenant.clone(), Profile::RFC);
        let server = ScimServer::new(registry.clone(), stores.clone(), tokens).with_public_url(BASE);
        let caller = Caller::new(tenant, "test");
        let (server, store, registry) = (Server::new(endpoint(server)), stores.of(&caller), registry.clone());
        let user = json!({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "ana", "displayName": "Ana"});
        let ana = created(send(&server, "POST", "/Users", &user).await);
        story(&House { server, store, registry, ana }).await;
    }
}

async fn send(server: &Server, method: &str, path: &str, body: &Value) -> Answer {
    server.send(method, path, &Map::new(), Some(body)).await
}

#[track_caller]
fn created(answer: Answer) -> String {
    assert_eq!(answer.status, 201, "{}", answer.body);
    answer.body["id"].as_str().expect("a resource has an id").to_owned()
}

#[track_caller]
fn refused(answer: &Answer, status: u16, scim_type: &str, detail: &str) {
    assert_eq!((answer.status, answer.body["scimType"].as_str()), (status, Some(scim_type)), "{}", answer.body);
    assert!(answer.body["detail"].as_str().is_some_and(|found| found.contains(detail)), "{}", answer.body);
}

/// A device on a lease of its own, and more.
fn device(serial: &str, more: Value) -> Value {
    let mut device = json!({"schemas": [DEVICE, LEASE], "serialNumber": serial, (LEASE): {"contract": format!("L-{serial}")}});
    for (name, value) in more.as_object().expect("an object") {
        match (value, device[name].as_object_mut()) {
            (Value::Object(more), Some(present)) => present.extend(more.clone()),
            _ => drop(device.as_object_mut().expect("an object").insert(name.clone(), value.clone())),
        }
    }
    device
}

impl<S: Stores> House<S> {
    async fn create(&self, endpoint: &str, body: Value) -> String {
        created(send(&self.server, "POST", endpoint, &body).await)
    }

    async fn read(&self, path: &str) -> Value {
        let answer = self.server.get(path).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
        answer.body
    }

    async fn patch(&self, path: &str, operations: Value) -> Answer {
        let body = json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": operations});
        send(&self.server, "PATCH", path, &body).await
    }

    /// The serial numbers of the devices that match.
    async fn serials(&self, filter: &str) -> Vec<String> {
        let escaped: String = filter.bytes().map(|byte| format!("%{byte:02X}")).collect();
        let list = self.read(&format!("/Devices?filter={escaped}")).await;
        let resources = list["Resources"].as_array().expect("a list");
        assert_eq!(list["totalResults"], resources.len(), "{filter}");
        resources.iter().map(|device| device["serialNumber"].as_str().expect("it is required").to_owned()).collect()
    }
}

/// RFC: 7643-7-24 7643-7-29 7643-7-34
async fn round_trip<S: Stores>(house: &House<S>) {
    let body = device(
        "A-1",
        json!({
            "externalId": "inventory-1", "displayName": "Printer", "condition": "used", "active": true, "slots": 2, "price": 129.90,
            "bought": "2026-03-01T10:00:00+01:00", "firmware": "+/8=", "manual": "https://example.com/manual", "tags": ["colour", "A4"],
            "pin": "0000", "owner": {"value": house.ana},
            "interfaces": [{"value": "10.0.0.7", "type": "wired", "primary": true}, {"value": "10.0.1.7", "type": "wireless"}],
            (LEASE): {"costCentre": "CC-7", "endDate": "2027-01-01T00:00:00Z", "approver": {"$ref": format!("Users/{}", house.ana)}},
        }),
    );
    let answer = send(&house.server, "POST", "/Devices", &body).await;
    let id = created(answer.clone());
    assert_eq!(answer.headers["location"], format!("{BASE}/Devices/{id}"));
    let user = json!({"value": house.ana, "$ref": format!("{BASE}/Users/{}", house.ana), "displayName": "Ana"});
    let mut expected = body;
    expected["id"] = json!(id);
    expected["owner"] = user.clone();
    expected[LEASE]["approver"] = user;
    let secret = expected.as_object_mut().expect("an object").shift_remove("pin");
    assert!(secret.is_some(), "it was sent");
    let mut read = house.read(&format!("/Devices/{id}")).await;
    let meta = read.as_object_mut().and_then(|read| read.shift_remove("meta")).expect("every resource has it");
    assert_eq!((&meta["resourceType"], &meta["location"]), (&json!("Device"), &json!(format!("{BASE}/Devices/{id}"))));
    // `returned: request` of RFC 7643 §7: the client sent it, and a GET must name it.
    assert_eq!(answer.body["firmware"], "+/8=");
    assert_eq!(read.get("firmware"), None);
    read["firmware"] = house.read(&format!("/Devices/{id}?attributes=firmware")).await["firmware"].clone();
    assert_eq!(read, expected);

    let typed: Resource<Device> = serde_json::from_value(answer.body).expect("the answer fits the struct");
    assert_eq!((typed.value.serial_number.as_str(), typed.value.interfaces.len()), ("A-1", 2));
    assert_eq!(typed.meta.and_then(|meta| meta.resource_type).as_deref(), Some("Device"));
}

/// RFC: 7643-6-12 7643-6-16
async fn required<S: Stores>(house: &House<S>) {
    for (missing, body) in [
        (LEASE.to_owned(), json!({"schemas": [DEVICE], "serialNumber": "A-1"})),
        (LEASE.to_owned(), json!({"schemas": [DEVICE, LEASE], "serialNumber": "A-1"})),
        (LEASE.to_owned(), json!({"schemas": [DEVICE, LEASE], "serialNumber": "A-1", (LEASE): {}})),
        (format!("{LEASE}:contract"), json!({"schemas": [DEVICE, LEASE], "serialNumber": "A-1", (LEASE): {"costCentre": "CC-7"}})),
        ("serialNumber".to_owned(), json!({"schemas": [DEVICE, LEASE], (LEASE): {"contract": "L-1"}})),
        ("interfaces.value".to_owned(), device("A-1", json!({"interfaces": [{"type": "wired"}]}))),
    ] {
        let answer = send(&house.server, "POST", "/Devices", &body).await;
        refused(&answer, 400, "invalidValue", &format!("`{missing}` is required"));
    }
    let answer = send(&house.server, "POST", "/Devices", &device("A-1", json!({"condition": "gone"}))).await;
    refused(&answer, 400, "invalidValue", "condition");
    let id = house.create("/Devices", device("A-1", json!({"condition": "NEW", "interfaces": [{"value": "x", "type": "optical"}]}))).await;
    let path = format!("/Devices/{id}");
    let answer = send(&house.server, "PUT", &path, &json!({"schemas": [DEVICE], "serialNumber": "A-1"})).await;
    refused(&answer, 400, "invalidValue", LEASE);
    refused(&house.patch(&path, json!([{"op": "remove", "path": LEASE}])).await, 400, "mutability", LEASE);
    refused(
        &house.patch(&path, json!([{"op": "replace", "path": "serialNumber", "value": "A-2"}])).await,
        400,
        "mutability",
        "serialNumber",
    );
    assert_eq!(house.read(&path).await[LEASE]["contract"], "L-A-1");
}

async fn filters<S: Stores>(house: &House<S>) {
    for body in [
        device("A-1", json!({"slots": 2, "price": 9.5, "active": true, "tags": ["red"], "owner": {"value": house.ana}})),
        device("A-2", json!({"bought": "2026-03-01T10:00:00+01:00", (LEASE): {"costCentre": "CC-7", "endDate": "2027-01-01T00:00:00Z"}})),
        device("a-1", json!({"interfaces": [{"value": "10.0.0.7", "type": "wired"}, {"value": "h", "type": "wireless"}]})),
    ] {
        house.create("/Devices", body).await;
    }
    for (filter, expected) in [
        (r#"serialNumber eq "A-1""#.to_owned(), &["A-1"][..]),
        (r#"serialNumber sw "A-""#.to_owned(), &["A-1", "A-2"]),
        (r#"tags eq "RED""#.to_owned(), &["A-1"]),
        ("slots ge 2 and price lt 10".to_owned(), &["A-1"]),
        ("not (active eq true)".to_owned(), &["A-2", "a-1"]),
        (r#"bought eq "2026-03-01T09:00:00Z""#.to_owned(), &["A-2"]),
        (r#"interfaces[type eq "wired" and value sw "10."]"#.to_owned(), &["a-1"]),
        (r#"interfaces[type eq "wireless" and value sw "10."]"#.to_owned(), &[]),
        (format!(r#"owner.value eq "{}""#, house.ana), &["A-1"]),
        (format!(r#"{LEASE}:costCentre eq "cc-7""#), &["A-2"]),
        (format!(r#"{LEASE}:contract ew "1""#), &["A-1", "a-1"]),
        (format!(r#"{LEASE}:endDate gt "2026-12-31T00:00:00Z" or slots pr"#), &["A-1", "A-2"]),
        (format!(r#"{}:costCentre pr"#, LEASE.to_uppercase()), &["A-2"]),
    ] {
        assert_eq!(house.serials(&filter).await, expected, "{filter}");
    }
    let answer = house.server.get("/Devices?filter=pin%20eq%20%220000%22").await;
    refused(&answer, 400, "invalidFilter", "pin");
    let answer = house.server.get("/Devices?filter=userName%20pr").await;
    refused(&answer, 400, "invalidFilter", "userName");
}

async fn sorts<S: Stores>(house: &House<S>) {
    for (serial, more) in [
        ("A", json!({"slots": 10, (LEASE): {"costCentre": "b"}})),
        ("B", json!({"slots": 9, (LEASE): {"costCentre": "C"}})),
        ("C", json!({(LEASE): {"costCentre": "a"}})),
    ] {
        house.create("/Devices", device(serial, more)).await;
    }
    let kind = house.registry.by_name("Device").expect("it is declared");
    let slots = kind.core_attribute("slots").expect("it is declared");
    let cost_centre = kind.extension_attribute(LEASE, "costCentre").expect("it is declared");
    for (by, order, expected) in [
        (&slots, SortOrder::Ascending, ["B", "A", "C"]),
        (&slots, SortOrder::Descending, ["C", "A", "B"]),
        (&cost_centre, SortOrder::Ascending, ["C", "A", "B"]),
        (&cost_centre, SortOrder::Descending, ["B", "A", "C"]),
    ] {
        let query = Query::of(kind.clone(), None, Page::Index { start: 1, count: 10 }).sorted(by.clone(), order);
        let found = house.store.query(&query).await.expect("the store answers");
        let serials: Vec<&Value> = found.resources.iter().map(|device| &device.document["serialNumber"]).collect();
        assert_eq!(serials, expected, "{by} {order:?}");
        let order = if order == SortOrder::Ascending { "ascending" } else { "descending" };
        let list = house.read(&format!("/Devices?sortBy={by}&sortOrder={order}")).await;
        let serials: Vec<&Value> = list["Resources"].as_array().into_iter().flatten().map(|device| &device["serialNumber"]).collect();
        assert_eq!(serials, expected, "{by} {order}");
    }
}

/// RFC: 7643-3.3-05
async fn patches<S: Stores>(house: &House<S>) {
    let id = house.create("/Devices", device("A-1", json!({"interfaces": [{"value": "h", "type": "wired"}]}))).await;
    let path = format!("/Devices/{id}");
    let answer = house
        .patch(
            &path,
            json!([
                {"op": "add", "path": format!("{LEASE}:costCentre"), "value": "CC-7"},
                {"op": "replace", "path": format!("{LEASE}:approver"), "value": {"value": house.ana}},
                {"op": "add", "value": {(LEASE): {"endDate": "2027-01-01T00:00:00Z"}, "slots": 4}},
                {"op": "replace", "path": "interfaces[type eq \"wired\"].value", "value": "10.0.0.7"},
                {"op": "add", "path": "tags", "value": ["a", "b"]},
            ]),
        )
        .await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let typed: Resource<Device> = serde_json::from_value(answer.body).expect("the answer fits the struct");
    let lease: Lease = typed.extension().expect("it fits the struct").expect("it is required");
    assert_eq!((lease.contract.as_str(), lease.cost_centre.as_deref()), ("L-A-1", Some("CC-7")));
    assert_eq!(lease.end_date.map(|end| end.to_string()).as_deref(), Some("2027-01-01T00:00:00.000Z"));
    assert_eq!(lease.approver.and_then(|approver| approver.display_name).as_deref(), Some("Ana"));
    assert_eq!(
        (typed.value.slots, typed.value.tags, typed.value.interfaces[0].value.as_str()),
        (Some(4), vec!["a".into(), "b".into()], "10.0.0.7")
    );

    let answer = house.patch(&path, json!([{"op": "remove", "path": format!("{LEASE}:costCentre")}])).await;
    assert_eq!((answer.status, answer.body[LEASE].get("costCentre")), (200, None));
    let answer = house.patch(&path, json!([{"op": "remove", "path": format!("{LEASE}:contract")}])).await;
    refused(&answer, 400, "mutability", "contract");
}

async fn elements<S: Stores>(house: &House<S>) {
    let mut devices = Vec::new();
    for serial in ["A", "B", "C"] {
        devices.push(house.create("/Devices", device(serial, json!({"displayName": format!("Device {serial}")}))).await);
    }
    let [a, b, c] = devices.as_slice() else { panic!("three devices") };
    let room = json!({"schemas": [ROOM], "displayName": "1.01", "floor": 1, "devices": [{"value": a, "place": "desk"}]});
    let path = format!("/Rooms/{}", house.create("/Rooms", room).await);
    let answer = house
        .patch(
            &path,
            json!([
                {"op": "add", "path": "devices", "value": [{"value": b}, {"value": c, "place": "wall"}]},
                {"op": "remove", "path": format!("devices[value eq \"{a}\"]")},
            ]),
        )
        .await;
    assert!(matches!(answer.status, 200 | 204), "{}", answer.body);
    let typed: Resource<Room> = serde_json::from_value(house.read(&path).await).expect("the answer fits the struct");
    let mut found: Vec<_> =
        typed.value.devices.into_iter().map(|placed| (placed.value, placed.reference, placed.display, placed.place)).collect();
    found.sort();
    let url = |id: &String| Some(format!("{BASE}/Devices/{id}"));
    let mut expected = vec![
        (b.clone(), url(b), Some("Device B".to_owned()), None),
        (c.clone(), url(c), Some("Device C".to_owned()), Some("wall".to_owned())),
    ];
    expected.sort();
    assert_eq!(found, expected);
    let list = house.read(&format!("/Rooms?filter=devices.value%20eq%20%22{c}%22")).await;
    assert_eq!(list["totalResults"], 1);
    assert_eq!(house.read(&format!("{path}?excludedAttributes=devices")).await.get("devices"), None);
}

async fn reverse<S: Stores>(house: &House<S>) {
    let id = house.create("/Devices", device("A-1", json!({}))).await;
    let mut rooms = Vec::new();
    for name in ["1.01", "1.02"] {
        let room = json!({"schemas": [ROOM], "displayName": name, "devices": [{"value": id}]});
        rooms.push(house.create("/Rooms", room).await);
    }
    let path = format!("/Devices/{id}");
    let shown = |number: usize| {
        let name = ["1.01", "1.02"][number];
        json!({"value": rooms[number], "$ref": format!("{BASE}/Rooms/{}", rooms[number]), "display": name})
    };
    assert_eq!(house.read(&path).await["rooms"], json!([shown(0), shown(1)]));
    assert_eq!(house.serials(&format!(r#"rooms.value eq "{}""#, rooms[0])).await, ["A-1"]);
    // It is readOnly: ignored in a PUT, refused in a PATCH (RFC 7644 §3.5.1, §3.5.2).
    let answer = send(&house.server, "PUT", &path, &device("A-1", json!({"rooms": []}))).await;
    assert_eq!((answer.status, answer.body["rooms"].as_array().map(Vec::len)), (200, Some(2)), "{}", answer.body);
    refused(&house.patch(&path, json!([{"op": "remove", "path": "rooms"}])).await, 400, "mutability", "rooms");
    assert_eq!(send(&house.server, "DELETE", &format!("/Rooms/{}", rooms[0]), &Value::Null).await.status, 204);
    assert_eq!(house.read(&path).await["rooms"], json!([shown(1)]));
}

/// RFC: 7643-7-37
async fn unique<S: Stores>(house: &House<S>) {
    house.create("/Devices", device("A-1", json!({}))).await;
    refused(&send(&house.server, "POST", "/Devices", &device("A-1", json!({}))).await, 409, "uniqueness", "");
    let same_contract = device("A-2", json!({(LEASE): {"contract": "L-A-1"}}));
    refused(&send(&house.server, "POST", "/Devices", &same_contract).await, 409, "uniqueness", &format!("{LEASE}:contract"));
    let other = house.create("/Devices", device("a-1", json!({}))).await;
    let taken =
        house.patch(&format!("/Devices/{other}"), json!([{"op": "replace", "path": format!("{LEASE}:contract"), "value": "L-A-1"}])).await;
    refused(&taken, 409, "uniqueness", "contract");
    let addresses = |values: &[&str]| json!({"interfaces": values.iter().map(|value| json!({"value": value})).collect::<Vec<_>>()});
    let holder = house.create("/Devices", device("B-1", addresses(&["10.0.0.1", "h"]))).await;
    let again = send(&house.server, "POST", "/Devices", &device("B-2", addresses(&["10.0.0.2", "H"]))).await;
    refused(&again, 409, "uniqueness", "interfaces.value");
    let given_up = house.patch(&format!("/Devices/{holder}"), json!([{"op": "remove", "path": "interfaces[value eq \"h\"]"}])).await;
    assert_eq!(given_up.status, 200, "{}", given_up.body);
    house.create("/Devices", device("B-2", addresses(&["10.0.0.2", "H"]))).await;
    house.create("/Rooms", json!({"schemas": [ROOM], "displayName": "Hall"})).await;
    let again = send(&house.server, "POST", "/Rooms", &json!({"schemas": [ROOM], "displayName": "hall"})).await;
    refused(&again, 409, "uniqueness", "displayName");
}

/// RFC: 7643-2.3.7-08
async fn references<S: Stores>(house: &House<S>) {
    for body in [device("A", json!({"owner": {"value": "nobody"}})), device("A", json!({(LEASE): {"approver": {"value": "nobody"}}}))] {
        refused(&send(&house.server, "POST", "/Devices", &body).await, 400, "invalidValue", "nobody");
    }
    let more = json!({"owner": {"value": house.ana}, (LEASE): {"approver": {"value": house.ana}}});
    let path = format!("/Devices/{}", house.create("/Devices", device("A", more)).await);
    let room = |id: &str| json!({"schemas": [ROOM], "displayName": "1.01", "devices": [{"value": id}]});
    // A user is no device.
    refused(&send(&house.server, "POST", "/Rooms", &room(&house.ana)).await, 400, "invalidValue", &house.ana);
    assert_eq!(send(&house.server, "DELETE", &format!("/Users/{}", house.ana), &Value::Null).await.status, 204);
    let read = house.read(&path).await;
    assert_eq!((read.get("owner"), &read[LEASE]), (None, &json!({"contract": "L-A"})));
}

/// RFC: 7643-7-01 7643-7-41 7643-7-42 7643-7-43 7643-6-10 7643-6-11
async fn discovery<S: Stores>(house: &House<S>) {
    let types = house.read("/ResourceTypes").await;
    let names: Vec<&Value> = types["Resources"].as_array().into_iter().flatten().map(|kind| &kind["name"]).collect();
    assert_eq!(names, ["User", "Group", "Device", "Room"]);
    let device = house.read("/ResourceTypes/Device").await;
    assert_eq!(device["endpoint"], "/Devices");
    assert_eq!(device["schema"], DEVICE);
    assert_eq!(device["schemaExtensions"], json!([{"schema": LEASE, "required": true}]));
    let file: Value = serde_json::from_str(include_str!("../../../fixtures/resource-types/house.json")).expect("the file is JSON");
    for declared in file["schemas"].as_array().expect("schemas") {
        let served = house.read(&format!("/Schemas/{}", declared["id"].as_str().expect("a URN"))).await;
        assert_eq!((&served["name"], &served["description"]), (&declared["name"], &declared["description"]));
        says_all(&declared["attributes"], &served["attributes"]);
    }
}

/// Every characteristic that is declared is served.
fn says_all(declared: &Value, served: &Value) {
    let (declared, served) = (declared.as_array().expect("attributes"), served.as_array().expect("attributes"));
    assert_eq!(declared.len(), served.len());
    for (declared, served) in declared.iter().zip(served) {
        for (name, value) in declared.as_object().expect("an attribute") {
            match name.as_str() {
                "subAttributes" => says_all(value, &served[name]),
                // No characteristic of the RFC.
                "enforceCanonicalValues" => assert_eq!(served.get(name), None),
                _ => assert_eq!(&served[name], value, "{} of {}", name, declared["name"]),
            }
        }
    }
}
