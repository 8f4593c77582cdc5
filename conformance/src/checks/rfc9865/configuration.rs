//! What the ServiceProviderConfig says of paging.

use serde_json::{Value, json};

use crate::check::{Check, Judged, Outcome, Stop, may, must, should};
use crate::session::{Answer, Kind, Session};

pub(super) fn checks() -> Vec<Check> {
    vec![
        should(
            "9865-4-announced",
            "A SCIM service provider implementing cursor-based pagination SHOULD include the following additional attribute",
        )
        .rows(&["9865-4-01"])
        .why("a client does not learn that it can page by cursor")
        .talk(announced),
        must(
            "9865-4-required",
            "cursor  A Boolean value specifying support of cursor-based pagination.  REQUIRED.  index  A Boolean value …  REQUIRED",
        )
        .rows(&["9865-4-02", "9865-4-03"])
        .why("a client does not learn how it can page")
        .talk(required),
        may("9865-4-optional", "defaultPaginationMethod … Possible values are \"cursor\" and \"index\" … maxPageSize  Positive integer")
            .rows(&["9865-4-04", "9865-4-05", "9865-4-06", "9865-4-07"])
            .why("a client reckons with a page size or a time that is none")
            .talk(optional),
    ]
}

async fn announced(s: Session) -> Outcome {
    let kind = s.any_type()?;
    s.create(&kind, json!({})).await?;
    s.create(&kind, json!({})).await?;
    let answer = s.query(&kind.endpoint, &[("cursor", ""), ("count", "1")]).await.or_blocked()?;
    if !answer.at("/nextCursor").is_string() {
        return Err(Stop::Skipped("the server does not page by cursor".into()));
    }
    s.get("/ServiceProviderConfig").await?.expect_kind("/pagination", Kind::Object)?;
    Ok(())
}

/// The configuration of paging; a server without one pages by index only.
async fn pagination(s: &Session) -> Outcome<Answer> {
    let config = s.get("/ServiceProviderConfig").await?;
    match config.at("/pagination") {
        Value::Object(_) => Ok(config),
        _ => Err(Stop::Skipped("ServiceProviderConfig has no pagination".into())),
    }
}

async fn required(s: Session) -> Outcome {
    let config = pagination(&s).await?;
    for (row, member) in [("9865-4-02", "cursor"), ("9865-4-03", "index")] {
        s.row(row, config.expect_kind(&format!("/pagination/{member}"), Kind::Boolean).map(|_| ()));
    }
    Ok(())
}

async fn optional(s: Session) -> Outcome {
    let config = pagination(&s).await?;
    let rows = [
        ("9865-4-04", "defaultPaginationMethod"),
        ("9865-4-05", "defaultPageSize"),
        ("9865-4-06", "maxPageSize"),
        ("9865-4-07", "cursorTimeout"),
    ];
    for (row, member) in rows {
        let value = config.at(&format!("/pagination/{member}"));
        let (is_fine, expected) = match member {
            "defaultPaginationMethod" => (value == "cursor" || value == "index", "\"cursor\" or \"index\""),
            _ => (value.as_u64().is_some_and(|number| number > 0), "a positive integer"),
        };
        s.row(
            row,
            match value.is_null() {
                true => Err(Stop::Skipped(format!("ServiceProviderConfig has no pagination.{member}"))),
                false => config.expect(is_fine, format!("pagination.{member} is {expected}"), format!("it is {value}")).map(|_| ()),
            },
        );
    }
    Ok(())
}
