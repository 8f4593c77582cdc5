//! Each operator on each type of value.

use serde_json::{Value, json};

use super::table;
use crate::store::Stores;
use crate::store::contract::world::World;
use crate::store::contract::{Broken, Case, Outcome, case};

pub(super) fn cases<S: Stores>() -> Vec<Case<S>> {
    vec![
        case("filter/compares_strings", "strings compare by their folded form, exact ones by their own", |w| Box::pin(strings(w))),
        case("filter/reads_strings_to_the_end", "long strings that differ at the end only are told apart", |w| Box::pin(long_strings(w))),
        case("filter/compares_numbers", "numbers compare by size, however they are written", |w| Box::pin(numbers(w))),
        case("filter/compares_booleans_instants_and_bytes", "booleans, instants, bytes and references compare by meaning", |w| {
            Box::pin(other_types(w))
        }),
        case("filter/ne_includes_the_absent", "ne is the negation of eq; of several values some other one or none is needed", |w| {
            Box::pin(not_equal(w))
        }),
        case("filter/pr_excludes_the_empty", "pr is false for what is absent or empty, and null means absent", |w| Box::pin(present(w))),
        case("filter/compares_any_of_several", "a multi-valued attribute matches if any of its values does", |w| Box::pin(several(w))),
        case("filter/brackets_are_of_one_element", "what stands in brackets must hold of one element", |w| Box::pin(brackets(w))),
        case("filter/follows_and_or_not", "and binds closer than or, not and parentheses count", |w| Box::pin(logic(w))),
    ]
}

/// Devices named a to f, which differ in one way or another. The name is all that the tables below speak of.
async fn devices<S: Stores>(world: &World<'_, S>) -> Outcome {
    let ports = |ports: &str| serde_json::from_str::<Value>(ports).map_err(|error| Broken(error.to_string()));
    let bodies = [
        json!({"displayName": "a", "serial": "Ab", "model": "Press", "slots": 3, "weight": 1.5, "active": true,
            "bought": "2011-05-13T04:42:34Z", "image": "+/8=", "manual": "https://example.com/M",
            "tags": ["Red", "blue"], "codes": ["x", "Y"], "lock": {"state": "open", "turns": 2},
            "ports": ports(r#"[{"value": "p1", "type": "usb", "speed": 10, "primary": true}, {"value": "p2", "type": "lan", "speed": 100}]"#)?}),
        json!({"displayName": "b", "serial": "ab", "model": "PRESSE", "slots": 20, "weight": 150e-2, "active": false,
            "bought": "2011-05-13T06:42:34+02:00", "image": "-_8", "tags": ["RED"], "codes": ["X"],
            "lock": {"state": "shut", "since": "2020-01-01T00:00:00Z"},
            "ports": ports(r#"[{"value": "p1", "type": "lan", "speed": 10}, {"value": "p3", "type": "usb", "speed": 100}]"#)?}),
        json!({"displayName": "c", "serial": "ABC", "model": "Stra\u{df}e", "slots": -1, "weight": 1.50001, "bought": "2011-05-13T04:42:34.001Z",
            "tags": ["green"], "ports": ports(r#"[{"type": "usb"}]"#)?}),
        json!({"displayName": "d", "serial": "", "model": "", "slots": 0, "weight": 0, "tags": [""], "lock": {"state": ""}}),
        json!({"displayName": "e", "model": "jose\u{301}", "slots": 100_000_000_000i64, "weight": -12.5}),
        json!({"displayName": "f"}),
    ];
    for body in bodies {
        world.create(&world.device, body).await?;
    }
    Ok(())
}

async fn of_devices<S: Stores>(world: &World<'_, S>, rows: &[(&str, &str)]) -> Outcome {
    devices(world).await?;
    table(world, &world.device, "displayName", rows).await
}

async fn strings<S: Stores>(world: &World<'_, S>) -> Outcome {
    let rows = [
        (r#"model eq "press""#, "a"),
        (r#"model eq "STRASSE""#, "c"),
        (r#"model eq "JOSÉ""#, "e"),
        (r#"model eq "jose""#, ""),
        (r#"model eq """#, "d"),
        (r#"model sw "PRESS""#, "a b"),
        (r#"model sw """#, "a b c d e"),
        (r#"model co "SS""#, "a b c"),
        (r#"model co "%""#, ""),
        (r#"model co "_""#, ""),
        (r#"model ew "É""#, "e"),
        (r#"model ew "sse""#, "b c"),
        (r#"model gt "press""#, "b c"),
        (r#"model ge "PRESS""#, "a b c"),
        (r#"model lt "press""#, "d e"),
        (r#"model le "press""#, "a d e"),
        (r#"serial eq "ab""#, "b"),
        (r#"serial eq "Ab""#, "a"),
        (r#"serial sw "A""#, "a c"),
        (r#"serial co "B""#, "c"),
        (r#"serial ew "b""#, "a b"),
        (r#"serial gt "AB""#, "a b c"),
        (r#"serial lt "Ab""#, "c d"),
        (r#"serial le "Ab""#, "a c d"),
        (r#"serial ge "ab""#, "b"),
    ];
    of_devices(world, &rows).await
}

async fn long_strings<S: Stores>(world: &World<'_, S>) -> Outcome {
    // In UTF-8 longer than the keys that any database indexes whole.
    let stem = "\u{e9}".repeat(1_700);
    for (name, end) in [("a", "x"), ("b", "y"), ("c", "")] {
        let body = json!({"displayName": name, "model": format!("{stem}{end}"), "serial": format!("{stem}{end}")});
        world.create(&world.device, body).await?;
    }
    let rows = [
        (format!(r#"model eq "{stem}x""#), "a"),
        (format!(r#"model ne "{stem}x""#), "b c"),
        (format!(r#"model sw "{stem}""#), "a b c"),
        (format!(r#"model sw "{stem}y""#), "b"),
        (format!(r#"model ew "{stem}""#), "c"),
        (r#"model co "éy""#.to_owned(), "b"),
        (format!(r#"model gt "{stem}x""#), "b"),
        (format!(r#"model ge "{stem}x""#), "a b"),
        (format!(r#"model lt "{stem}x""#), "c"),
        (format!(r#"model le "{stem}x""#), "a c"),
        (format!(r#"serial eq "{stem}y""#), "b"),
        (format!(r#"serial gt "{stem}""#), "a b"),
    ];
    table(world, &world.device, "displayName", &rows).await
}

async fn numbers<S: Stores>(world: &World<'_, S>) -> Outcome {
    let rows = [
        ("slots eq 3", "a"),
        ("slots eq 3.0", "a"),
        ("slots eq 30e-1", "a"),
        ("slots gt 3", "b e"),
        ("slots ge 3", "a b e"),
        ("slots lt 3", "c d"),
        ("slots lt 0", "c"),
        ("slots le 0", "c d"),
        ("slots ge -0", "a b d e"),
        ("slots gt 99999999999", "e"),
        ("slots lt 100000000000", "a b c d"),
        ("weight eq 1.5", "a b"),
        ("weight eq 1.50", "a b"),
        ("weight gt 1.5", "c"),
        ("weight gt 1.50000", "c"),
        ("weight le 1.50001", "a b c d e"),
        ("weight lt -12", "e"),
        ("weight gt -12.51 and weight lt -12.49", "e"),
        ("weight eq 0.0", "d"),
        ("ports.speed gt 10", "a b"),
        ("ports.speed lt 100", "a b"),
    ];
    of_devices(world, &rows).await
}

async fn other_types<S: Stores>(world: &World<'_, S>) -> Outcome {
    let rows = [
        ("active eq true", "a"),
        ("active eq false", "b"),
        (r#"bought eq "2011-05-13T04:42:34Z""#, "a b"),
        (r#"bought eq "2011-05-13T05:42:34.000+01:00""#, "a b"),
        (r#"bought gt "2011-05-13T04:42:34Z""#, "c"),
        (r#"bought ge "2011-05-13T04:42:34Z""#, "a b c"),
        (r#"bought lt "2011-05-13T04:42:34.001Z""#, "a b"),
        (r#"bought le "2011-05-13T04:42:34.0005Z""#, "a b"),
        (r#"lock.since gt "2019-12-31T23:59:59Z""#, "b"),
        (r#"image eq "+/8=""#, "a b"),
        (r#"image eq "-_8""#, "a b"),
        (r#"manual eq "https://example.com/M""#, "a"),
        (r#"manual eq "https://example.com/m""#, ""),
        (r#"manual sw "https:""#, "a"),
    ];
    of_devices(world, &rows).await
}

async fn not_equal<S: Stores>(world: &World<'_, S>) -> Outcome {
    let rows = [
        (r#"model ne "press""#, "b c d e f"),
        (r#"not (model eq "press")"#, "b c d e f"),
        (r#"not (model ne "press")"#, "a"),
        (r#"serial ne "ab""#, "a c d e f"),
        ("slots ne 3", "b c d e f"),
        ("active ne true", "b c d e f"),
        ("active ne false", "a c d e f"),
        (r#"lock.state ne "open""#, "b c d e f"),
        (r#"tags ne "red""#, "a c d e f"),
        (r#"not (tags eq "red")"#, "c d e f"),
        (r#"ports.type ne "usb""#, "a b d e f"),
        (r#"not (ports.type eq "usb")"#, "d e f"),
        (r#"ports.value ne "p1""#, "a b c d e f"),
        (r#"keepers.value ne "x""#, "a b c d e f"),
    ];
    of_devices(world, &rows).await
}

async fn present<S: Stores>(world: &World<'_, S>) -> Outcome {
    let rows = [
        ("model pr", "a b c e"),
        ("not (model pr)", "d f"),
        ("slots pr", "a b c d e"),
        ("active pr", "a b"),
        ("tags pr", "a b c"),
        ("lock pr", "a b"),
        ("lock.state pr", "a b"),
        ("ports pr", "a b c"),
        ("ports.value pr", "a b"),
        ("ports[value pr]", "a b"),
        ("ports[not (value pr)]", "c"),
        ("keepers pr", ""),
        ("not (keepers pr)", "a b c d e f"),
        ("owner pr", ""),
        ("model eq null", "d f"),
        ("model ne null", "a b c e"),
        ("tags eq null", "d e f"),
    ];
    of_devices(world, &rows).await
}

async fn several<S: Stores>(world: &World<'_, S>) -> Outcome {
    let rows = [
        (r#"tags eq "red""#, "a b"),
        (r#"tags eq "BLUE""#, "a"),
        (r#"tags co "RE""#, "a b c"),
        (r#"tags sw "g""#, "c"),
        (r#"tags gt "green""#, "a b"),
        (r#"tags eq "red" and tags eq "blue""#, "a"),
        (r#"codes eq "x""#, "a"),
        (r#"codes eq "X" or codes eq "Y""#, "a b"),
        (r#"ports eq "p1""#, "a b"),
        (r#"ports.value eq "P2""#, "a"),
        (r#"ports.type eq "usb" and ports.value eq "p2""#, "a"),
        ("ports.primary eq true", "a"),
        ("ports.primary eq false", "a b c"),
    ];
    of_devices(world, &rows).await
}

async fn brackets<S: Stores>(world: &World<'_, S>) -> Outcome {
    let rows = [
        (r#"ports[type eq "usb" and value eq "p1"]"#, "a"),
        (r#"ports[type eq "lan" and speed eq 10]"#, "b"),
        (r#"ports[type eq "usb" and speed gt 10]"#, "b"),
        (r#"ports[type eq "usb" and not (value pr)]"#, "c"),
        (r#"ports[type eq "usb" and value ne "p1"]"#, "b c"),
        (r#"ports[not (type eq "usb")]"#, "a b"),
        (r#"not (ports[type eq "usb" and value eq "p1"])"#, "b c d e f"),
        (r#"ports[value eq "p2" or value eq "p3"]"#, "a b"),
        (r#"ports[primary eq false and value eq "p1"]"#, "b"),
        (r#"ports[type eq "lan"].value eq "p1""#, "b"),
        (r#"tags[value sw "r" and value ew "d"]"#, "a b"),
        (r#"tags[value sw "r" and value ew "e"]"#, ""),
        (r#"ports[type eq "usb"] and ports[speed eq 100]"#, "a b"),
    ];
    of_devices(world, &rows).await
}

async fn logic<S: Stores>(world: &World<'_, S>) -> Outcome {
    let rows = [
        (r#"displayName eq "a" or displayName eq "b" and slots eq 3"#, "a"),
        (r#"(displayName eq "a" or displayName eq "b") and slots eq 20"#, "b"),
        (r#"displayName eq "f" or slots eq 20 or weight lt 0"#, "b e f"),
        (r#"not (slots gt 0) and model pr"#, "c"),
        (r#"not (slots gt 0 or slots lt 0)"#, "d f"),
        (r#"not (not (displayName eq "e"))"#, "e"),
        (r#"not (displayName eq "a" and active eq true) and not (tags pr)"#, "d e f"),
        (r#"displayName pr and not (displayName pr)"#, ""),
        (r#"model sw "p" and not (codes eq "X") or lock.turns ge 2 and ports[speed lt 20]"#, "a"),
    ];
    of_devices(world, &rows).await
}
