//! Raw requests, each with the one verdict that there is about it (T38).

use crate::socket::{TOKEN, user};

/// What becomes of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It is not understood: 400 at most, the connection is closed, and nothing is carried out.
    Refused,
    /// It is refused likewise; but a proxy may write it anew in one way only and pass it on, as a recipient may (RFC 9112 §2.2, §3, §5.2,
    /// §2.3), and what it then means is answered with that status.
    Repaired(u16),
    /// It is understood, and answered with that status.
    Answered(u16),
}

use Verdict::{Answered, Refused, Repaired};

/// A request that creates a user, with these lines in its head and that body.
pub(crate) fn post(lines: &[&str], body: &str) -> Vec<u8> {
    let mut head = format!("POST /scim/v2/Users HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {TOKEN}\r\n");
    for line in lines {
        head.push_str(line);
        head.push_str("\r\n");
    }
    (head + "\r\n" + body).into_bytes()
}

/// A request without a body, with that first line and these others.
pub(crate) fn bare(first: &str, lines: &[&str]) -> Vec<u8> {
    let mut head = format!("{first}\r\nHost: localhost\r\nAuthorization: Bearer {TOKEN}\r\n");
    for line in lines {
        head.push_str(line);
        head.push_str("\r\n");
    }
    (head + "\r\n").into_bytes()
}

/// Two parsers could see the end of such a request in two places (RFC 9112 §6.3).
pub(crate) fn framing() -> Vec<(String, Vec<u8>, Verdict)> {
    let body = user("ana");
    let length = body.len();
    let chunk = format!("{length:x}\r\n{body}\r\n0\r\n\r\n");
    let mut all = Vec::new();
    for value in [
        format!("{length}, 5"),
        format!("5, {length}"),
        format!("+{length}"),
        "-1".into(),
        "0x10".into(),
        "1e2".into(),
        "abc".into(),
        String::new(),
        " ".into(),
        format!("{length} {length}"),
        format!("{length};"),
        format!("\"{length}\""),
        "99999999999999999999999".into(),
        "18446744073709551616".into(),
        format!("{length}.0"),
        format!("{length}_"),
        "\u{661}".into(),
        format!("{length}\u{b}"),
        "NaN".into(),
        "9 9".into(),
    ] {
        all.push((format!("the length {value:?}"), post(&[&format!("Content-Length: {value}")], &body), Refused));
    }
    for (first, second) in [(length, 5), (5, length), (0, length), (length, 0)] {
        all.push((
            format!("the lengths {first} and {second}"),
            post(&[&format!("Content-Length: {first}"), &format!("content-length: {second}")], &body),
            Refused,
        ));
    }
    for coding in [
        "xchunked",
        "chunked, identity",
        "identity",
        "gzip",
        "chunked, gzip",
        "chunked;q=1",
        "\"chunked\"",
        "chunked,",
        "chunke",
        "cow, chunkedx",
        "deflate",
        "compress",
        "chunked foo",
        "\u{b}chunked",
        "x, y",
    ] {
        all.push((format!("the coding {coding:?}"), post(&[&format!("Transfer-Encoding: {coding}")], &chunk), Refused));
        all.push((
            format!("the coding {coding:?} beside a length"),
            post(&[&format!("Transfer-Encoding: {coding}"), &format!("Content-Length: {length}")], &body),
            Refused,
        ));
    }
    for line in [
        "Content-Length : 5",
        "Content-Length\t: 5",
        "Content Length: 5",
        "Content-Length",
        ": 5",
        "X\0Y: 5",
        "X-Nul: a\0b",
        "X-Cr: a\rb",
        "X\u{7f}: a",
        "X(: a",
        "X\"Y: a",
        "X/Y: a",
        "X[Y]: a",
        "Transfer-Encoding : chunked",
        "Transfer-Encoding\0: chunked",
        "X-Bell: a\u{7}b",
        "X-Escape: a\u{1b}[2Jb",
        "X-Del: a\u{7f}b",
    ] {
        all.push((format!("the line {line:?}"), post(&[line, &format!("Content-Length: {length}")], &body), Refused));
    }
    // Folded: the second one has the beginning of a header on the line of the token.
    for (line, repaired) in
        [("X-Folded: a\r\n b", 201), ("X-Folded: a\r\n\tb", 201), (" Content-Length: 5", 401), ("\tContent-Length: 5", 401)]
    {
        all.push((format!("the line {line:?}"), post(&[line, &format!("Content-Length: {length}")], &body), Repaired(repaired)));
    }
    for size in ["zz", "-5", "+5", "0x5", " ", "", "5\0", "fffffffffffffffff", "ffffffffffffffff1", "5g", "\u{b}5"] {
        let chunk = format!("{size}\r\n{body}\r\n0\r\n\r\n");
        all.push((format!("a chunk of {size:?}"), post(&["Transfer-Encoding: chunked"], &chunk), Refused));
    }
    for chunk in [format!("5\r\n{body}\r\n0\r\n\r\n"), format!("{length:x}\r\n{body}0\r\n\r\n"), format!("{length:x}\r\n{body}XX0\r\n\r\n")]
    {
        all.push((format!("chunks {chunk:.20?}"), post(&["Transfer-Encoding: chunked"], &chunk), Refused));
    }
    for first in [
        "GET /scim/v2/Users",
        "GET /scim/v2/Users HTTP/1.1 x",
        "GET /scim/v2/Users x HTTP/1.1",
        "GET /scim/v2/Users HTTP/0.9",
        "GET /scim/v2/Users http/1.1",
        "GET /scim/v2/Users HTTPS/1.1",
        "GET /scim/v2/Users HTTP/1",
        "GET /scim/v2/Users HTTP/11",
        " GET /scim/v2/Users HTTP/1.1",
        "G\0T /scim/v2/Users HTTP/1.1",
        "GET /scim/v2/Us\0ers HTTP/1.1",
        "GET /scim/v2/Users\u{7f} HTTP/1.1",
        "/scim/v2/Users HTTP/1.1",
        "GET HTTP/1.1",
        "(GET) /scim/v2/Users HTTP/1.1",
        "G@T /scim/v2/Users HTTP/1.1",
    ] {
        all.push((format!("the first line {first:?}"), bare(first, &[]), Refused));
    }
    for first in [
        "GET  /scim/v2/Users HTTP/1.1",
        "GET /scim/v2/Users  HTTP/1.1",
        "GET\t/scim/v2/Users\tHTTP/1.1",
        "GET /scim/v2/Users HTTP/2.0",
        "GET /scim/v2/Users HTTP/1.2",
    ] {
        all.push((format!("the first line {first:?}"), bare(first, &[]), Repaired(200)));
    }
    all
}

/// A bare line feed ends a line for some (RFC 9112 §2.2) and stands within one for others.
pub(crate) fn bare_line_feeds() -> Vec<(String, Vec<u8>, Verdict)> {
    let body = user("ana");
    let length = format!("Content-Length: {}", body.len());
    let inner = String::from_utf8(bare("DELETE /scim/v2/Users/x HTTP/1.1", &[])).expect("ASCII");
    let text = |request: Vec<u8>| String::from_utf8(request).expect("ASCII");
    let chunk = format!("{:x}\r\n{body}\r\n0\r\n\r\n", body.len());
    let chunked = |chunk: &str| text(post(&["Transfer-Encoding: chunked"], chunk));
    [
        ("every line", text(post(&[&length], &body)).replace("\r\n", "\n"), 201),
        ("one line", text(post(&[&format!("X-A: b\n{length}")], &body)), 201),
        ("the first line", text(post(&[&length], &body)).replacen("\r\n", "\n", 1), 201),
        ("the last line", text(post(&[&length], &body)).replacen("\r\n\r\n", "\r\n\n", 1), 201),
        ("an empty line before", format!("\n{}", text(post(&[&length], &body))), 201),
        ("a second length", text(post(&[&format!("Content-Length: 0\n{length}")], &inner)), 400),
        ("the size of a chunk", chunked(&chunk.replacen("\r\n", "\n", 1)), 201),
        ("an extension of a chunk", chunked(&chunk.replacen("\r\n", ";a\n", 1)), 201),
        ("the end of a chunk", chunked(&chunk.replacen("}\r\n", "}\n", 1)), 201),
        ("the last chunk", chunked(&chunk.replacen("0\r\n", "0\n", 1)), 201),
        ("a trailer", chunked(&chunk.replacen("0\r\n", "0\r\nX: y\n", 1)), 201),
        ("the end of trailers", chunked(&chunk.replacen("0\r\n\r\n", "0\r\n\n", 1)), 201),
    ]
    .map(|(what, request, repaired)| (format!("a bare line feed: {what}"), request.into_bytes(), Repaired(repaired)))
    .into()
}

/// What is understood, and in one way only.
pub(crate) fn meaning() -> Vec<(String, Vec<u8>, Verdict)> {
    let body = user("ana");
    let length = format!("Content-Length: {}", body.len());
    let mut all = vec![
        ("a plain request".to_owned(), post(&[&length], &body), Answered(201)),
        (
            "a chunked one".to_owned(),
            post(&["Transfer-Encoding: chunked"], &format!("{:x}\r\n{body}\r\n0\r\n\r\n", body.len())),
            Answered(201),
        ),
        (
            "chunked in capitals".to_owned(),
            post(&["TRANSFER-ENCODING: Chunked"], &format!("{:X}\r\n{body}\r\n0\r\n\r\n", body.len())),
            Answered(201),
        ),
    ];
    for kind in [
        "text/plain",
        "text/json",
        "application/xml",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/jsonp",
        "application/scim+xml",
        "application/json; charset=utf-16",
        "application/json; charset=iso-8859-1",
        "*/*",
    ] {
        all.push((format!("a body of {kind}"), post(&[&length, &format!("Content-Type: {kind}")], &body), Answered(415)));
    }
    for coding in ["gzip", "deflate", "br", "zstd", "identity, gzip"] {
        all.push((format!("a body in {coding}"), post(&[&length, &format!("Content-Encoding: {coding}")], &body), Answered(415)));
    }
    for text in [
        body.replacen('{', r#"{"userName":"eve","#, 1),
        body.replacen('{', r#"{"schemas":[],"#, 1),
        body.replacen('{', r#"{"a":{"b":1,"b":2},"#, 1),
        format!("{body}{body}"),
        format!("[{body}]"),
        format!("\u{feff}{body}"),
        body.replace("ana", "a\\u0000\\ud800"),
        body.replace('}', ",}"),
        format!("{body} // comment"),
        body.replace('"', "'"),
        body.replace("ana", "a\nb"),
    ] {
        all.push((format!("the body {text:.40?}"), post(&[&format!("Content-Length: {}", text.len())], &text), Answered(400)));
    }
    let mut latin = post(&[&format!("Content-Length: {}", body.len())], "");
    latin.extend(body.replace("ana", "\u{1}").bytes().map(|byte| if byte == 1 { 0xe9 } else { byte }).chain([b' ', b' ']));
    all.push(("a body that is not UTF-8".into(), latin, Answered(400)));
    for id in [
        "%2e%2e",
        "..%2fGroups",
        "%252e",
        "a%2Fb",
        "a%5Cb",
        "a%00",
        "a%0d%0aX-Injected:%201",
        "a;b",
        "a:b",
        "a@b",
        "a+b",
        "a%20b",
        "%F0%9F%98%80",
        "a*b",
        "a'b",
        "a,b",
        "a(b)",
        "~root%2f",
        "a$b",
        "a!b",
    ] {
        all.push((format!("the id {id}"), bare(&format!("GET /scim/v2/Users/{id} HTTP/1.1"), &[]), Answered(404)));
    }
    for header in [
        "X-HTTP-Method-Override: DELETE",
        "X-HTTP-Method: DELETE",
        "X-Method-Override: PUT",
        "X-Original-URL: /scim/v2/Groups",
        "X-Rewrite-URL: /admin",
        "X-Forwarded-Prefix: /x",
        "X-Original-Method: DELETE",
    ] {
        all.push((format!("the header {header}"), bare("GET /scim/v2/Users HTTP/1.1", &[header]), Answered(200)));
    }
    all
}
