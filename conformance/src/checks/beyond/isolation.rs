//! Beyond the words of single sections: what one tenant has is nothing to another (RFC 7644 §6).
//!
//! They need a token of another tenant. Whether a server answers 404 or 403 is its own affair; that it says nothing else is not.

use serde_json::{Value, json};

use crate::check::{Check, Judged, Need, Outcome, must};
use crate::session::{Answer, As, Resource, Session};

const CLAUSE: &str =
    "clients may expect to access disjoint sets of resources and may expect that their resources are inaccessible to other clients";

pub(super) fn checks() -> Vec<Check> {
    let check = |id, why| must(id, CLAUSE).why(why).needs(&[Need::SecondToken]);
    vec![
        check("beyond-isolation-read", "another customer reads the users of this one").talk(read),
        check("beyond-isolation-query", "another customer finds the users of this one").talk(query),
        check("beyond-isolation-search", "another customer finds the users of this one")
            .needs(&[Need::SecondToken, Need::Filter])
            .talk(search),
        check("beyond-isolation-put", "another customer changes the users of this one").talk(put),
        check("beyond-isolation-patch", "another customer changes the users of this one")
            .needs(&[Need::SecondToken, Need::Patch])
            .talk(patch),
        check("beyond-isolation-delete", "another customer removes the users of this one").talk(delete),
        check("beyond-isolation-bulk", "what single requests cannot do, a bulk request can")
            .needs(&[Need::SecondToken, Need::Bulk])
            .talk(bulk),
        check("beyond-isolation-uniqueness", "a refused name tells one customer whom another employs").talk(uniqueness),
        check("beyond-isolation-members", "a group shows the names of another customer's users")
            .needs(&[Need::SecondToken, Need::Type("Group")])
            .talk(members),
        check("beyond-isolation-etag", "a tag that matches tells that a resource is there")
            .needs(&[Need::SecondToken, Need::Etag])
            .talk(etag),
    ]
}

/// The other tenant asks for a resource of this one: it is told what it would be told of one that does not exist.
async fn hidden(s: &Session, asked: Answer) -> Outcome {
    let found = asked.exchange.clone();
    asked.expect_refusal()?;
    let said = found.came.as_ref().map_or("", |came| came.body.as_str());
    s.expect(!said.contains("@example.com"), "nothing of what the resource holds", "the answer names a value of it")
}

/// The resource is as it was.
async fn untouched(s: &Session, resource: &Resource) -> Outcome {
    let now = s.read(resource).await?;
    now.expect_status(&[200])?;
    now.expect_value("/meta/lastModified", resource.body["meta"]["lastModified"].clone())?;
    Ok(())
}

async fn read(s: Session) -> Outcome {
    let resource = s.create(&s.any_type()?, json!({})).await?;
    let asked = s.ask("GET", &resource.path).credential(As::Second).send().await?;
    hidden(&s, asked).await
}

async fn query(s: Session) -> Outcome {
    let resource = s.create(&s.any_type()?, json!({})).await?;
    let listed = s.ask("GET", &resource.kind.endpoint).credential(As::Second).send().await?;
    let list = listed.expect_list().or_blocked()?;
    listed.expect(!list.ids().contains(&resource.id.as_str()), "a list without the resource of the other tenant", "it is in the list")?;
    Ok(())
}

async fn search(s: Session) -> Outcome {
    let resource = s.create(&s.any_type()?, json!({})).await?;
    let filter = format!("id eq \"{}\"", resource.id);
    let found = s.ask("GET", &resource.kind.endpoint).query("filter", &filter).credential(As::Second).send().await?;
    let list = found.expect_list().or_blocked()?;
    found.expect(list.total == 0 && list.resources.is_empty(), "no match in the other tenant", format!("{} matches", list.total))?;
    Ok(())
}

async fn put(s: Session) -> Outcome {
    let resource = s.create(&s.any_type()?, json!({})).await?;
    let body = s.valid(&resource.kind, json!({}));
    let asked = s.ask("PUT", &resource.path).credential(As::Second).json(body).send().await?;
    untouched(&s, &resource).await?;
    hidden(&s, asked).await
}

async fn patch(s: Session) -> Outcome {
    let (kind, text) = s.free_text()?;
    let resource = s.create(&kind, text.with("before")).await?;
    let operations = json!([{ "op": "replace", "path": text.path(), "value": "after" }]);
    let asked = s.ask("PATCH", &resource.path).credential(As::Second).patch(operations).send().await?;
    untouched(&s, &resource).await?;
    hidden(&s, asked).await
}

async fn delete(s: Session) -> Outcome {
    let resource = s.create(&s.any_type()?, json!({})).await?;
    let asked = s.ask("DELETE", &resource.path).credential(As::Second).send().await?;
    untouched(&s, &resource).await?;
    hidden(&s, asked).await
}

async fn bulk(s: Session) -> Outcome {
    let resource = s.create(&s.any_type()?, json!({})).await?;
    let schemas = ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"];
    let body = json!({ "schemas": schemas, "Operations": [{ "method": "DELETE", "path": resource.path }] });
    let asked = s.ask("POST", "/Bulk").credential(As::Second).json(body).send().await?;
    untouched(&s, &resource).await?;
    let status = asked.at("/Operations/0/status").as_str().unwrap_or_default().to_owned();
    asked.expect(!status.starts_with('2'), "an operation that fails with 404 or 403", format!("its status is {status}"))?;
    Ok(())
}

async fn uniqueness(s: Session) -> Outcome {
    let user = s.user(json!({})).await?;
    let same = s.valid(&user.kind, json!({ "userName": user.body["userName"] }));
    let other = s.ask("POST", &user.kind.endpoint).credential(As::Second).json(same).send().await?;
    // §6.2: identifiers are unique within a tenant; some providers have one name space for the names of all people.
    other.expect_status(&[201]).or_warning()?;
    Ok(())
}

async fn members(s: Session) -> Outcome {
    let user = s.user(json!({ "displayName": s.mark() })).await?;
    let kind = s.kind("Group")?;
    let group = s.valid(&kind, json!({ "members": [{ "value": user.id }] }));
    let created = s.ask("POST", &kind.endpoint).credential(As::Second).json(group).send().await?;
    // Referential integrity is the server's choice (RFC 7643 §2.3.7); what it shows of a foreign user is not.
    if created.is_success() {
        let path = format!("{}/{}", kind.endpoint, created.at("/id").as_str().unwrap_or_default());
        let read = s.ask("GET", path).credential(As::Second).send().await?;
        let shown = |member: &Value| member["display"] == user.body["displayName"] || member["display"] == user.body["userName"];
        read.expect_no_element("/members", "the name of the other tenant's user", shown)?;
    }
    Ok(())
}

async fn etag(s: Session) -> Outcome {
    let resource = s.create(&s.any_type()?, json!({})).await?;
    let tag = resource.etag.clone().unwrap_or_else(|| "*".into());
    let asked = s.ask("GET", &resource.path).header("If-None-Match", &tag).credential(As::Second).send().await?;
    hidden(&s, asked).await
}
