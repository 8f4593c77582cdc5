//! Typed views: from the canonical document to the struct and back.

use scim_server::{Binary, Resource, ScimResource, ScimSchema};
use serde_json::{Value, json};

use crate::house::{DEVICE, Device, LEASE, Lease, Room};

fn document() -> Value {
    json!({
        "schemas": [DEVICE, LEASE], "id": "d1", "externalId": "x",
        "serialNumber": "A-1", "active": false, "slots": 9_007_199_254_740_993_i64, "price": 1.50, "bought": "2026-03-01T09:00:00.125Z",
        "firmware": "+/8=", "tags": ["a", "b"], "owner": {"value": "u1", "$ref": "Users/u1"},
        "interfaces": [{"value": "10.0.0.7", "type": "wired", "primary": true}, {"value": "h"}],
        (LEASE): {"contract": "L-1", "endDate": "2027-01-01T00:00:00.000Z"},
        "meta": {"resourceType": "Device", "created": "2026-03-01T09:00:00.000Z", "version": "W/\"1\""}
    })
}

#[test]
fn a_document_goes_through_its_view_unchanged() {
    // As text: numbers are kept to the digit.
    let text = document().to_string().replace("1.5,", "1.50,");
    assert!(text.contains("1.50,"), "{text}");
    let resource: Resource<Device> = serde_json::from_str(&text).expect("the document fits");
    assert_eq!(resource.value.firmware, Some(Binary(vec![0xfb, 0xff])));
    assert_eq!(resource.value.slots, Some(9_007_199_254_740_993));
    assert_eq!((resource.id.as_str(), resource.external_id.as_deref()), ("d1", Some("x")));
    assert_eq!(serde_json::to_string(&resource).expect("a resource is JSON"), text);
    let lease: Lease = resource.extension().expect("it fits").expect("it is there");
    assert_eq!(serde_json::to_value(&lease).expect("a view is JSON"), document()[LEASE]);
}

#[test]
fn what_does_not_fit_the_struct_is_told_with_its_name() {
    let with = |name: &str, value: Value| {
        let mut document = document();
        document[name] = value;
        document
    };
    let mut without = document();
    without.as_object_mut().expect("an object").shift_remove("serialNumber");
    for (document, reason) in [
        (without, "`serialNumber` is not there"),
        (with("slots", json!("two")), "`slots`: invalid type: string"),
        (with("bought", json!("yesterday")), "`bought`: not a dateTime"),
        (with("firmware", json!("?")), "`firmware`: not base64"),
        (with("owner", json!({"$ref": "Users/u1"})), "`owner`: `value` is not there"),
        (with("interfaces", json!([{"value": 7}])), "`interfaces`: `value`: invalid type: number"),
        (with("schemas", json!([LEASE])), "the resource has not the schema"),
    ] {
        let error = serde_json::from_value::<Resource<Device>>(document).expect_err(reason);
        assert!(error.to_string().contains(reason), "{reason}: {error}");
    }
    let device: Resource<Device> = serde_json::from_value(with(LEASE, json!({}))).expect("the base schema fits");
    assert!(device.extension::<Lease>().expect_err("it lacks something").to_string().contains("`contract` is not there"));
}

#[test]
fn an_extension_that_is_absent_reads_as_nothing() {
    let mut document = document();
    document.as_object_mut().expect("an object").shift_remove(LEASE);
    let device: Resource<Device> = serde_json::from_value(document).expect("the document fits");
    assert_eq!(device.extension::<Lease>().expect("nothing is wrong"), None);
}

#[test]
fn a_view_knows_its_declaration() {
    assert_eq!((Device::URN, Lease::URN), (DEVICE, LEASE));
    assert_eq!(Device::extension_schemas(), [Lease::schema()]);
    assert_eq!(Room::resource_type().collections[0].reverse.as_deref(), Some("rooms"));
}
