//! What hostile and broken servers do.

use crate::listener::{Answer, Asked};

/// One way to be hostile.
pub(crate) struct Behaviour {
    pub(crate) name: &'static str,
    pub(crate) answer: fn(&Asked) -> Answer,
}

const fn behaviour(name: &'static str, answer: fn(&Asked) -> Answer) -> Behaviour {
    Behaviour { name, answer }
}

/// The server that nobody should ask.
pub(crate) fn nothing(_: &Asked) -> Answer {
    json("200 OK", "{}")
}

/// A whole answer with these headers.
fn http(status: &str, headers: &str, body: &[u8]) -> Answer {
    let mut bytes = format!("HTTP/1.1 {status}\r\n{headers}Content-Length: {}\r\nConnection: close\r\n\r\n", body.len()).into_bytes();
    bytes.extend_from_slice(body);
    Answer::Bytes(bytes)
}

fn json(status: &str, body: &str) -> Answer {
    http(status, "Content-Type: application/scim+json\r\n", body.as_bytes())
}

fn raw(text: &str) -> Answer {
    Answer::Bytes(text.as_bytes().to_vec())
}

/// Plausible discovery, and that for the rest.
fn behind_discovery(asked: &Asked, rest: fn(&Asked) -> Answer) -> Answer {
    match asked.path.as_str() {
        "/ServiceProviderConfig" => json("200 OK", r#"{"schemas":["urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"]}"#),
        "/ResourceTypes" | "/Schemas" => json("404 Not Found", "{}"),
        _ => rest(asked),
    }
}

/// A list of these resources.
fn list(total: &str, resources: &str) -> Answer {
    let urn = "urn:ietf:params:scim:api:messages:2.0:ListResponse";
    json("200 OK", &format!(r#"{{"schemas":["{urn}"],"totalResults":{total},"Resources":{resources}}}"#))
}

/// An error with that detail.
fn error(status: &str, detail: &str) -> Answer {
    let urn = "urn:ietf:params:scim:api:messages:2.0:Error";
    let detail = serde_json::Value::from(detail);
    json(status, &format!(r#"{{"schemas":["{urn}"],"status":"{}","detail":{detail}}}"#, &status[..3]))
}

/// The attributes of a schema that contains itself, as deep as JSON readers go.
fn deep_attributes() -> String {
    let open = r#"{"name":"a","type":"complex","subAttributes":["#;
    format!("{}{}{}", open.repeat(55), r#"{"name":"b"}"#, "]}".repeat(55))
}

/// All of them.
pub(crate) const BEHAVIOURS: &[Behaviour] = &[
    behaviour("closes without a word", |_| raw("")),
    behaviour("never answers", |_| Answer::Silence),
    behaviour("never answers behind discovery", |asked| behind_discovery(asked, |_| Answer::Silence)),
    behaviour("sends its head byte by byte", |_| Answer::Slowly(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}".to_vec())),
    behaviour("sends headers without end", |_| Answer::Endless(b"HTTP/1.1 200 OK\r\n".to_vec(), b"X-More: and more\r\n".repeat(100))),
    behaviour("sends a body without end", |_| Answer::Endless(b"HTTP/1.1 200 OK\r\n\r\n[".to_vec(), vec![b' '; 64 * 1024])),
    behaviour("sends pieces without end", |asked| {
        behind_discovery(asked, |_| {
            let piece = format!("10000\r\n{}\r\n", " ".repeat(0x10000));
            Answer::Endless(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n".to_vec(), piece.into_bytes())
        })
    }),
    behaviour("promises a terabyte", |_| {
        Answer::Endless(b"HTTP/1.1 200 OK\r\nContent-Length: 1099511627776\r\n\r\n".to_vec(), vec![b'{'; 65536])
    }),
    behaviour("promises more than it sends", |_| raw("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{}")),
    behaviour("sends more than it promises", |_| raw("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}{}{}HTTP/1.1 200 OK\r\n\r\n")),
    behaviour("has a negative length", |_| raw("HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n{}")),
    behaviour("has two lengths", |_| raw("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 200\r\n\r\n{}")),
    behaviour("has pieces of no size", |_| raw("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n")),
    behaviour("has a piece of every size", |_| {
        raw("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n{}\r\n0\r\n\r\n")
    }),
    behaviour("says gzip and sends none", |_| http("200 OK", "Content-Encoding: gzip\r\n", b"\x1f\x8b\x08\x00nonsense")),
    behaviour("leads to itself", |asked| http("302 Found", &format!("Location: {}\r\n", asked.path), b"")),
    behaviour("leads to another server", |asked| http("307 Temporary Redirect", &format!("Location: {}/Users\r\n", asked.lure), b"")),
    behaviour("leads to a file", |_| http("308 Permanent Redirect", "Location: file:///etc/passwd\r\n", b"")),
    behaviour("wants another protocol", |_| raw("HTTP/1.1 101 Switching Protocols\r\nUpgrade: other\r\nConnection: Upgrade\r\n\r\n\0\0\0")),
    behaviour("says continue without end", |_| Answer::Endless(Vec::new(), b"HTTP/1.1 100 Continue\r\n\r\n".to_vec())),
    behaviour("has the status 999", |_| json("999 Beyond", "{}")),
    behaviour("has the status 000", |_| json("000 Nothing", "{}")),
    behaviour("speaks no HTTP", |_| raw("SSH-2.0-OpenSSH_9.9\r\n")),
    behaviour("speaks TLS", |_| Answer::Bytes(vec![0x15, 3, 3, 0, 2, 2, 40])),
    behaviour("nests JSON without end", |asked| behind_discovery(asked, |_| json("200 OK", &"[".repeat(100_000)))),
    behaviour("nests discovery without end", |_| json("200 OK", &format!("{}{}", "{\"a\":".repeat(50_000), "}".repeat(50_000)))),
    behaviour("has a hundred thousand members", |asked| {
        behind_discovery(asked, |_| {
            let members: Vec<String> = (0..100_000).map(|number| format!("\"m{number}\":{number}")).collect();
            json("200 OK", &format!("{{{}}}", members.join(",")))
        })
    }),
    behaviour("has a number of a megabyte", |asked| behind_discovery(asked, |_| list(&"9".repeat(1 << 20), "[]"))),
    behaviour("has the same member many times", |asked| {
        behind_discovery(asked, |_| json("201 Created", r#"{"id":"a","id":"b","id":null}"#))
    }),
    behaviour("sends no UTF-8", |asked| behind_discovery(asked, |_| http("200 OK", "", b"{\"id\":\"\xff\xfe\xc0\"}"))),
    behaviour("sends null", |_| json("200 OK", "null")),
    behaviour("sends an array", |_| json("200 OK", "[[],[],{}]")),
    behaviour("sends a text", |_| json("200 OK", "\"fine\"")),
    behaviour("lists what is no list", |_| list("\"many\"", "\"all\"")),
    behaviour("counts below zero", |_| list("-1", "[null,5,[],{}]")),
    behaviour("promises more pages than anybody can read", |_| list("1000000000000000000", "[]")),
    behaviour("gives the same page again and again", |asked| {
        behind_discovery(asked, |_| list("1000000", r#"[{"id":"1","userName":"scim-conformance-1@example.com"}]"#))
    }),
    behaviour("describes attributes of no type", |_| {
        list("1", r#"[{"id":5,"name":[],"endpoint":{},"schema":7,"attributes":5,"schemaExtensions":"x"}]"#)
    }),
    behaviour("describes attributes in attributes in attributes", |asked| match asked.path.as_str() {
        "/Schemas" => list("1", &format!(r#"[{{"id":"urn:x","attributes":[{}]}}]"#, deep_attributes())),
        "/ResourceTypes" => list("1", r#"[{"name":"X","endpoint":"/X","schema":"urn:x"}]"#),
        _ => json("200 OK", "{}"),
    }),
    behaviour("has endpoints elsewhere", |asked| match asked.path.as_str() {
        "/ResourceTypes" => {
            let urn = "urn:ietf:params:scim:schemas:core:2.0:User";
            let kind = |name: &str, endpoint: &str| format!(r#"{{"name":"{name}","endpoint":"{endpoint}","schema":"{urn}"}}"#);
            let lure = &asked.lure;
            let endpoints = [lure.as_str(), "//127.0.0.2/x", "../../admin", "/a\\r\\nX-Evil: 1", "@127.0.0.2", ""];
            let kinds: Vec<String> = endpoints.iter().enumerate().map(|(number, endpoint)| kind(&format!("T{number}"), endpoint)).collect();
            list("6", &format!("[{}]", kinds.join(",")))
        }
        _ => json("200 OK", "{}"),
    }),
    behaviour("creates elsewhere", |asked| {
        behind_discovery(asked, |asked| {
            let place = format!("{}/Users/1", asked.lure);
            let body = format!(r#"{{"id":"1","userName":"x","meta":{{"location":"{place}"}}}}"#);
            http("201 Created", &format!("Location: {place}\r\n"), body.as_bytes())
        })
    }),
    behaviour("has ids that lead upwards", |asked| {
        behind_discovery(asked, |_| json("201 Created", r#"{"id":"../../admin?x=1#\r\n\u001b[2J","userName":"x"}"#))
    }),
    behaviour("repeats the credential", |asked| {
        let (credential, body) = (&asked.credential, &asked.body);
        let bare = credential.trim_start_matches("Bearer ");
        let repeated = serde_json::Value::from(format!("{credential} {bare} {}", percent(bare)));
        let text =
            format!(r#"{{"id":{repeated},"userName":{repeated},"detail":{repeated},"scimType":{repeated},"{bare}":{}}}"#, quoted(body));
        http(&format!("400 {bare}"), &format!("X-Echo: {credential}\r\nWWW-Authenticate: Bearer {bare}\r\n"), text.as_bytes())
    }),
    behaviour("repeats the credential in discovery", |asked| {
        let bare = asked.credential.trim_start_matches("Bearer ").to_owned();
        list(
            "1",
            &format!(r#"[{{"id":"{bare}","name":"{bare}","endpoint":"/{bare}","schema":"{bare}","attributes":[{{"name":"{bare}"}}]}}]"#),
        )
    }),
    behaviour("repeats the credential when it has created", |asked| {
        behind_discovery(asked, |asked| {
            let bare = asked.credential.trim_start_matches("Bearer ");
            json("201 Created", &format!(r#"{{"id":"{bare}","userName":"{bare}"}}"#))
        })
    }),
    behaviour("wants to be asked in a thousand years", |_| http("429 Too Many Requests", "Retry-After: 31536000000\r\n", b"{}")),
    behaviour("wants to be asked at once, for ever", |_| http("429 Too Many Requests", "Retry-After: 0\r\n", b"{}")),
    behaviour("wants to be asked at no time", |_| http("429 Too Many Requests", "Retry-After: -5\r\n", b"{}")),
    behaviour("writes on the terminal", |asked| {
        behind_discovery(asked, |_| error("400 Bad Request", "\u{1b}[2J\u{1b}]0;owned\u{7}\r\u{8}\u{202e}gone"))
    }),
    behaviour("writes HTML", |asked| behind_discovery(asked, |_| error("400 Bad Request", "<script src=//127.0.0.2></script>]]>&\"'`|"))),
    behaviour("is always content", |_| json("200 OK", "{}")),
    behaviour("always fails", |_| error("500 Internal Server Error", "oh")),
    behaviour("never has anything to say", |_| http("204 No Content", "", b"")),
    behaviour("creates the same again and again", |_| json("201 Created", r#"{"id":"1","userName":"x"}"#)),
    behaviour("has a header of a hundred thousand bytes", |_| {
        http("401 Unauthorized", &format!("WWW-Authenticate: {}\r\n", "B".repeat(100_000)), b"{}")
    }),
    behaviour("has ten thousand headers", |_| http("200 OK", &"X-More: and more\r\n".repeat(10_000), b"{}")),
    behaviour("resets behind the first half", |asked| {
        behind_discovery(asked, |asked| {
            raw(if asked.method == "GET" { "HTTP/1.1 200 OK\r\nContent-Length: 9000\r\n\r\n{\"id\":" } else { "HTTP/1.1 2" })
        })
    }),
];

/// A text as JSON.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// A text, percent-encoded.
fn percent(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
}
