//! What a filter sees of a resource: its parts, what the server computes, what it names, as they are now.

use std::time::Duration;

use serde_json::json;

use super::table;
use crate::store::Stores;
use crate::store::contract::world::{ENTERPRISE, World};
use crate::store::contract::{Case, Outcome, case, same};

pub(super) fn cases<S: Stores>() -> Vec<Case<S>> {
    vec![
        case("filter/sees_sub_attributes_and_extensions", "complex attributes and extensions are compared by their parts", |w| {
            Box::pin(parts(w))
        }),
        case("filter/sees_id_meta_and_schemas", "what the server computes is compared like the rest", |w| Box::pin(computed(w))),
        case("filter/sees_members", "filters see the elements of a collection as they are now", |w| Box::pin(members(w))),
        case("filter/is_of_one_type", "a query finds no resource of another type", |w| Box::pin(one_type(w))),
        case("filter/treats_values_as_text", "no value can be mistaken for a part of a query", |w| Box::pin(injection(w))),
        case("filter/sees_the_present_state", "after a change the old values are not found and the new ones are", |w| Box::pin(fresh(w))),
    ]
}

async fn parts<S: Stores>(world: &World<'_, S>) -> Outcome {
    let bodies = [
        json!({"userName": "ana", "name": {"familyName": "Jensen"}, (ENTERPRISE): {"department": "Tours", "employeeNumber": "7"},
            "emails": [{"value": "ana@example.com", "type": "work", "primary": true}, {"value": "a@home.example", "type": "home"}]}),
        json!({"userName": "ben", "name": {"familyName": "jensen-Ho"}, (ENTERPRISE): {"department": "tour office"}, "title": "Tours",
            "emails": [{"value": "ben@example.com", "type": "home"}]}),
        json!({"userName": "cleo", "externalId": "Cleo"}),
    ];
    for body in bodies {
        world.create(&world.user, body).await?;
    }
    let department = format!("{ENTERPRISE}:department");
    let rows = [
        (r#"name.familyName eq "JENSEN""#.to_owned(), "ana"),
        (r#"name.familyName sw "jensen""#.to_owned(), "ana ben"),
        ("name pr".to_owned(), "ana ben"),
        (format!(r#"{department} eq "TOURS""#), "ana"),
        (format!(r#"{department} sw "tour""#), "ana ben"),
        (format!(r#"{department} ne "tours""#), "ben cleo"),
        (format!("not ({department} pr)"), "cleo"),
        (r#"title eq "tours""#.to_owned(), "ben"),
        (r#"externalId eq "Cleo""#.to_owned(), "cleo"),
        (r#"externalId eq "cleo""#.to_owned(), ""),
        (r#"userName eq "ANA""#.to_owned(), "ana"),
        (r#"userName gt "ana" and userName lt "cleo""#.to_owned(), "ben"),
        (r#"emails co "example.com""#.to_owned(), "ana ben"),
        (r#"emails[type eq "work" and value co "@example.com"]"#.to_owned(), "ana"),
        (r#"emails.type eq "home""#.to_owned(), "ana ben"),
    ];
    table(world, &world.user, "userName", &rows).await
}

async fn computed<S: Stores>(world: &World<'_, S>) -> Outcome {
    let ana = world.user("ana").await?;
    // Times are compared with the milliseconds that a client saw.
    tokio::time::sleep(Duration::from_millis(5)).await;
    let ben = world.create(&world.user, json!({"userName": "ben", (ENTERPRISE): {"department": "Tours"}})).await?;
    let (first, second) = (world.get(&ana).await?, world.get(&ben).await?);
    let rows = [
        (format!(r#"id eq "{}""#, ana.id), "ana"),
        (format!(r#"id ne "{}""#, ana.id), "ben"),
        (format!(r#"id eq "{}""#, ana.id.to_uppercase()), ""),
        (format!(r#"id sw "{}""#, ana.id.get(..20).unwrap_or_default()), "ana"),
        ("id pr".to_owned(), "ana ben"),
        ("meta pr".to_owned(), "ana ben"),
        (r#"meta.resourceType eq "User""#.to_owned(), "ana ben"),
        (r#"meta.resourceType eq "user""#.to_owned(), ""),
        (format!(r#"meta.created eq "{}""#, first.created), "ana"),
        (format!(r#"meta.created ge "{}""#, second.created), "ben"),
        (format!(r#"meta.created lt "{}""#, second.created), "ana"),
        (format!(r#"meta.lastModified le "{}""#, first.modified), "ana"),
        (format!(r#"meta.lastModified gt "{}""#, first.modified), "ben"),
        (r#"meta.created gt "2001-01-01T00:00:00Z""#.to_owned(), "ana ben"),
        (r#"meta.version eq "W/\"1\"""#.to_owned(), "ana ben"),
        (format!(r#"meta.location ew "/{}""#, ben.id), "ben"),
        (format!(r#"schemas eq "{ENTERPRISE}""#), "ben"),
        (r#"schemas co "core:2.0:User""#.to_owned(), "ana ben"),
    ];
    table(world, &world.user, "userName", &rows).await
}

async fn members<S: Stores>(world: &World<'_, S>) -> Outcome {
    let (ana, ben) = (world.user("Ana").await?, world.user("ben").await?);
    let one = world.group("one", &[&ana]).await?;
    world.group("both", &[&ana, &ben]).await?;
    world.group("outer", &[&one]).await?;
    world.group("none", &[]).await?;
    let rows = [
        (format!(r#"members.value eq "{}""#, ana.id), "one both"),
        (format!(r#"members eq "{}""#, ben.id), "both"),
        (format!(r#"members[value eq "{}"]"#, ben.id), "both"),
        (format!(r#"members.value eq "{}" and displayName sw "o""#, ana.id), "one"),
        (format!(r#"not (members.value eq "{}")"#, ana.id), "outer none"),
        (format!(r#"members.value ne "{}""#, ana.id), "both outer none"),
        (format!(r#"members.value eq "{}" or members.value eq "{}""#, ben.id, one.id), "both outer"),
        (r#"members.display eq "ANA""#.to_owned(), "one both"),
        (r#"members.type eq "Group""#.to_owned(), "outer"),
        (r#"members[type eq "User" and display sw "b"]"#.to_owned(), "both"),
        (format!(r#"members.$ref ew "Users/{}""#, ben.id), "both"),
        ("members pr".to_owned(), "one both outer"),
        ("not (members pr)".to_owned(), "none"),
        (r#"members.value eq "ghost""#.to_owned(), ""),
    ];
    table(world, &world.group, "displayName", &rows).await?;
    let keepers = json!([{"value": ana.id, "duty": "Oil"}, {"value": ben.id, "duty": "clean"}]);
    world.create(&world.device, json!({"displayName": "press", "keepers": keepers})).await?;
    let rows = [
        (r#"keepers.duty eq "oil""#.to_owned(), "press"),
        (format!(r#"keepers[duty eq "oil" and value eq "{}"]"#, ana.id), "press"),
        (format!(r#"keepers[duty eq "oil" and value eq "{}"]"#, ben.id), ""),
    ];
    table(world, &world.device, "displayName", &rows).await
}

async fn one_type<S: Stores>(world: &World<'_, S>) -> Outcome {
    let ana = world.user("same").await?;
    world.group("same", &[&ana]).await?;
    world.create(&world.device, json!({"displayName": "same"})).await?;
    for kind in [&world.user, &world.group, &world.device] {
        for filter in [r#"displayName eq "same""#, "id pr", r#"displayName ne "x""#, "displayName pr"] {
            same(&format!("how many {}s are found with {filter}", kind.name), world.ids(kind, filter).await?.len(), 1)?;
        }
    }
    Ok(())
}

async fn injection<S: Stores>(world: &World<'_, S>) -> Outcome {
    let texts = [
        "'",
        "''",
        "' OR '1'='1",
        "'); DROP TABLE resource; --",
        "%",
        "_",
        "\\",
        "\\'",
        "?",
        "$1",
        ":a",
        "a\u{0}b",
        "\u{10ffff}",
        "*",
        "[",
    ];
    for text in texts {
        world.create(&world.user, json!({"userName": format!("user {}", text.escape_unicode()), "title": text})).await?;
    }
    for text in texts {
        for op in ["eq", "sw", "co", "ew"] {
            let filter = format!("title {op} {}", json!(text));
            let expected = texts.iter().filter(|other| match op {
                "eq" => **other == text,
                "sw" => other.starts_with(text),
                "co" => other.contains(text),
                _ => other.ends_with(text),
            });
            same(&format!("how many are found with {filter}"), world.ids(&world.user, &filter).await?.len(), expected.count())?;
        }
    }
    same("how many users there are", world.total(&world.user).await?, texts.len() as u64)
}

async fn fresh<S: Stores>(world: &World<'_, S>) -> Outcome {
    let ana = world.create(&world.user, json!({"userName": "ana", "title": "Guide", "emails": [{"value": "a@x.example"}]})).await?;
    world.replace(&ana, json!({"userName": "hannah", "emails": [{"value": "h@x.example"}], (ENTERPRISE): {"department": "Tours"}})).await?;
    let rows = [
        (r#"userName eq "ana""#.to_owned(), ""),
        (r#"userName eq "hannah""#.to_owned(), "hannah"),
        ("title pr".to_owned(), ""),
        (r#"emails.value eq "a@x.example""#.to_owned(), ""),
        (r#"emails.value eq "h@x.example""#.to_owned(), "hannah"),
        (format!(r#"{ENTERPRISE}:department eq "tours""#), "hannah"),
    ];
    table(world, &world.user, "userName", &rows).await
}
