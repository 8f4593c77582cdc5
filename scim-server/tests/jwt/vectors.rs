//! Forged and spoilt tokens, each made of a valid one by one change: none is accepted (T23).

use std::sync::LazyLock;
use std::time::Duration;

use scim_server::jwt::{Identity, JwtAuthenticator, KeySet, SigningAlgorithm, TokenIssuer, Trust};
use scim_server::{Authenticate, Authenticators, Caller, Rights, TenantId};
use serde_json::{Map, Value, json};

use crate::keys::{Key, encode, message, signed};
use crate::{AUDIENCE, ISSUER, SUBJECT, Source, claims, now};

/// The secret of the server's own tokens.
const SECRET: &[u8] = b"a secret of more than thirty-two bytes";

/// The other tenant's issuer, subject and audience.
const OTHERS: [&str; 3] = ["https://login.example.com/other", "77aa-other", "https://scim.example.com/other"];

/// A way of signing, the key of the trusted issuer, and one of somebody else.
struct Signed {
    algorithm: &'static str,
    key: Key,
    foreign: Key,
    /// Of the other tenant's issuer.
    others: Key,
    authenticator: Authenticators,
}

fn published(algorithm: SigningAlgorithm) -> Signed {
    let [key, foreign, second, others] = std::array::from_fn(|_| Key::of(algorithm));
    let set = KeySet::new(Source::of(&[key.public("one"), second.public("two")]));
    let other_set = KeySet::new(Source::of(&[others.public("one")]));
    let trust = |tenant, identity, set| {
        Trust::new(TenantId::new(tenant), identity, set).with_algorithms([algorithm]).with_scope("scim", Rights::all())
    };
    let [issuer, subject, audience] = OTHERS;
    let trusts = vec![
        trust("acme", Identity::new(ISSUER, SUBJECT, AUDIENCE), &set),
        trust("other", Identity::new(issuer, subject, audience), &other_set),
    ];
    Signed { algorithm: algorithm.name(), key, foreign, others, authenticator: Authenticators::new().with(JwtAuthenticator::new(trusts)) }
}

fn issued_here() -> Signed {
    let issuer = |name, audience, secret| TokenIssuer::new(name, audience, secret, Duration::from_secs(3600)).expect("it is long enough");
    let [other, subject, audience] = OTHERS;
    let other_secret = b"another secret of more than thirty-two bytes";
    let trusts = vec![
        issuer(ISSUER, AUDIENCE, SECRET).trust(TenantId::new("acme"), SUBJECT).with_scope("scim", Rights::all()),
        issuer(other, audience, other_secret).trust(TenantId::new("other"), subject).with_scope("scim", Rights::all()),
    ];
    Signed {
        algorithm: "HS256",
        key: Key::Secret(SECRET.to_vec()),
        foreign: Key::Secret(b"a secret that nobody here knows anything of".to_vec()),
        others: Key::Secret(other_secret.to_vec()),
        authenticator: Authenticators::new().with(JwtAuthenticator::new(trusts)),
    }
}

impl Signed {
    fn header(&self) -> Value {
        let kind = if self.is_own() { "at+jwt" } else { "JWT" };
        json!({"alg": self.algorithm, "kid": "one", "typ": kind})
    }

    /// Whether the server issues such tokens itself.
    fn is_own(&self) -> bool {
        self.algorithm == "HS256"
    }

    fn token(&self, header: &Value, claims: &Value) -> String {
        signed(&self.key, &header.to_string(), &claims.to_string())
    }

    async fn caller(&self, token: &str) -> Option<Caller> {
        self.authenticator.authenticate(token).await.expect("the keys are there")
    }

    /// Every vector, with what is wrong with it.
    fn vectors(&self) -> Vec<(String, String)> {
        let mut all = Vec::new();
        self.headers(&mut all);
        self.claims(&mut all);
        self.signatures(&mut all);
        all
    }

    fn headers(&self, all: &mut Vec<(String, String)>) {
        let own = self.is_own();
        for algorithm in [
            json!("none"),
            json!("None"),
            json!("NONE"),
            json!("nOnE"),
            json!(""),
            json!(" "),
            json!(self.algorithm.to_lowercase() + " "),
            json!(null),
            json!(5),
            json!([self.algorithm]),
            json!({"name": self.algorithm}),
            json!("HS256"),
            json!("HS384"),
            json!("HS512"),
            json!("RS256"),
            json!("RS384"),
            json!("RS512"),
            json!("PS256"),
            json!("ES256"),
            json!("ES384"),
            json!("EdDSA"),
            json!("ES256K"),
            json!("RSA-OAEP"),
            json!("dir"),
        ] {
            if algorithm == self.algorithm {
                continue;
            }
            let header = with(&self.header(), "alg", &algorithm);
            all.push((format!("the algorithm {algorithm}"), self.token(&header, &claims())));
            all.push((format!("the algorithm {algorithm} and no signature"), message(&header.to_string(), &claims().to_string()) + "."));
            for secret in self.key.public_as_secrets().into_iter().filter(|_| algorithm == "HS256") {
                let what = format!("the public key of {} bytes as shared secret", secret.len());
                all.push((what, signed(&Key::Secret(secret), &header.to_string(), &claims().to_string())));
            }
        }
        all.push(("no algorithm".into(), self.token(&without(&self.header(), "alg"), &claims())));
        if own {
            // Whatever else the application signs with its secret.
            all.push(("no type".into(), self.token(&without(&self.header(), "typ"), &claims())));
            for kind in [json!("JWT"), json!("session+jwt"), json!("at"), json!(" at+jwt"), json!(null), json!(["at+jwt"]), json!("")] {
                all.push((format!("the type {kind}"), self.token(&with(&self.header(), "typ", &kind), &claims())));
            }
        }
        if !own {
            all.push(("no key id".into(), self.token(&without(&self.header(), "kid"), &claims())));
            for id in [
                json!(null),
                json!(1),
                json!(true),
                json!([]),
                json!(["one"]),
                json!({}),
                json!(""),
                json!("two"),
                json!("three"),
                json!("One"),
                json!(" one"),
                json!("one "),
                json!("one\u{0}"),
                json!("%6fne"),
                json!("on*"),
                json!("../../../../dev/null"),
                json!("/etc/passwd"),
                json!("..\\one"),
                json!("file:///dev/null"),
                json!("https://evil.example/keys#one"),
                json!("' OR '1'='1"),
                json!("one'; DROP TABLE keys; --"),
                json!("x' UNION SELECT 'AA=='--"),
                json!("one\" OR \"\"=\""),
                json!("${jndi:ldap://evil.example/a}"),
                json!("$(id)"),
                json!("`id`"),
                json!("one".repeat(2000)),
            ] {
                let mut what = id.to_string();
                what.truncate(60);
                all.push((format!("the key id {what}"), self.token(&with(&self.header(), "kid", &id), &claims())));
            }
            // A key that comes along or is linked to is ignored: what it signed is not signed.
            let public = self.foreign.public("foreign");
            for (name, value) in [
                ("jwk", public.clone()),
                ("jku", json!("https://evil.example/keys")),
                ("x5u", json!("https://evil.example/chain")),
                ("x5c", json!(["MIIB"])),
                ("x5t", json!("AAAA")),
                ("keys", json!([public])),
            ] {
                for id in ["one", "foreign"] {
                    let header = with(&with(&self.header(), name, &value), "kid", &json!(id));
                    all.push((
                        format!("a key of its own in {name}, under the id {id}"),
                        signed(&self.foreign, &header.to_string(), &claims().to_string()),
                    ));
                }
            }
        }
        for critical in [json!(["exp"]), json!(["b64"]), json!([]), json!("exp")] {
            let header = with(&with(&self.header(), "crit", &critical), "b64", &json!(false));
            all.push((format!("the critical members {critical}"), self.token(&header, &claims())));
        }
        let header = self.header().to_string();
        let algorithm = self.algorithm;
        for raw in [
            header.replacen('{', r#"{"alg":"none","#, 1),
            header.replacen('}', r#","alg":"none"}"#, 1),
            header.replacen('{', &format!(r#"{{"alg":"{algorithm}","#), 1),
            header.replacen('}', r#","kid":"one"}"#, 1),
            format!("[{header}]"),
            format!("{header}{header}"),
            header.trim_end_matches('}').to_owned(),
            "null".into(),
            String::new(),
        ] {
            all.push((format!("the header {raw}"), signed(&self.key, &raw, &claims().to_string())));
        }
    }

    fn claims(&self, all: &mut Vec<(String, String)>) {
        let valid = claims();
        let mut push = |what: String, claims: String| all.push((what, signed(&self.key, &self.header().to_string(), &claims)));
        for name in ["iss", "sub", "aud", "exp", "nbf"] {
            push(format!("no {name}"), without(&valid, name).to_string());
            let right = &valid[name];
            let wrong_types = [json!(null), json!(true), json!([]), json!({}), json!({"value": right}), json!([right, right]), json!("")];
            for wrong in wrong_types.into_iter().chain([if right.is_number() { json!(right.to_string()) } else { json!(7) }]) {
                push(format!("{name} is {wrong}"), with(&valid, name, &wrong).to_string());
            }
            if name != "aud" {
                push(format!("{name} in a list"), with(&valid, name, &json!([right])).to_string());
            }
            // The same member twice: parsers differ in which one they take.
            for second in [right.clone(), json!("x"), json!(0)] {
                push(format!("{name} twice, then {second}"), valid.to_string().replacen('{', &format!(r#"{{"{name}":{second},"#), 1));
                let last = valid.to_string();
                push(format!("{name} twice, first {second}"), format!(r#"{},"{name}":{second}}}"#, &last[..last.len() - 1]));
            }
        }
        for (index, name) in ["iss", "sub", "aud"].into_iter().enumerate() {
            let right = valid[name].as_str().expect("a text");
            for wrong in [
                OTHERS[index].to_owned(),
                right.to_uppercase(),
                format!("{right}/"),
                format!("{right} "),
                format!(" {right}"),
                format!("{right}\u{0}"),
                right[..right.len() - 1].to_owned(),
                format!("{right},{right}"),
                format!("{right}%20"),
                "*".into(),
                "%".into(),
                "' OR '1'='1".into(),
                right.replacen('e', "\u{435}", 1),
            ] {
                push(format!("{name} is {wrong:?}"), with(&valid, name, &json!(wrong)).to_string());
            }
        }
        push("aud has another beside it".into(), with(&valid, "aud", &json!([AUDIENCE, OTHERS[2]])).to_string());
        push("aud has a number beside it".into(), with(&valid, "aud", &json!([AUDIENCE, 1])).to_string());
        // All of the other tenant's, but for one claim; and all of it, under a key that is not that tenant's.
        for names in [&["iss", "sub"][..], &["iss", "aud"], &["sub", "aud"], &["iss", "sub", "aud"]] {
            let others = names.iter().fold(valid.clone(), |claims, name| {
                let index = ["iss", "sub", "aud"].iter().position(|known| known == name).expect("one of them");
                with(&claims, name, &json!(OTHERS[index]))
            });
            push(format!("{names:?} of the other tenant"), others.to_string());
        }
        let now = now();
        for (name, wrong) in [
            ("exp", json!(0)),
            ("exp", json!(-1)),
            ("exp", json!(now - 61)),
            ("exp", json!(now - 86_400)),
            ("exp", json!(now + 49 * 3600)),
            ("exp", json!(253_402_300_800_i64)),
            ("exp", json!(now * 1000)),
            ("exp", json!(u64::MAX)),
            ("exp", json!(i64::MIN)),
            ("exp", json!(1e300)),
            ("exp", json!(-0.5)),
            ("nbf", json!(now + 120)),
            ("nbf", json!(now + 3601)),
            ("nbf", json!(-1)),
            ("nbf", json!(now * 1000)),
            ("nbf", json!(u64::MAX)),
            ("nbf", json!(1e300)),
            ("iat", json!(now + 120)),
            ("iat", json!("now")),
            ("iat", json!(-1)),
            ("iat", json!(null)),
            ("scope", json!(5)),
            ("scope", json!(true)),
            ("scope", json!({})),
            ("scope", json!([5])),
            ("scp", json!(5)),
            ("scp", json!([["scim"]])),
            ("roles", json!([{"name": "scim"}])),
            ("roles", json!(null)),
        ] {
            push(format!("{name} is {wrong}"), with(&valid, name, &wrong).to_string());
        }
        let text = valid.to_string();
        for raw in [
            "null".to_owned(),
            format!("[{text}]"),
            "\"text\"".into(),
            String::new(),
            text[..text.len() - 1].into(),
            format!("{text}{{}}"),
            text.replace(r#""exp":"#, r#""exp":1e999,"x":"#),
            text.replace(r#""exp":"#, r#""exp":0x"#),
        ] {
            push(format!("the claims {raw}"), raw);
        }
    }

    fn signatures(&self, all: &mut Vec<(String, String)>) {
        let (header, claims) = (self.header().to_string(), claims().to_string());
        let message = message(&header, &claims);
        let right = self.key.sign(message.as_bytes());
        let mut push = |what: &str, signature: Vec<u8>| all.push((what.to_owned(), format!("{message}.{}", encode(signature))));
        push("no signature", Vec::new());
        push("a signature of one byte", vec![1]);
        push("a signature of zeros", vec![0; right.len()]);
        push("a signature of ones", vec![255; right.len()]);
        push("a signature cut off", right[..right.len() - 1].to_vec());
        push("a signature with a byte more", [&right[..], &[0]].concat());
        push("a signature twice", [&right[..], &right].concat());
        for bit in [0, 7, right.len() * 4, right.len() * 8 - 1] {
            let mut flipped = right.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            push(&format!("a signature with bit {bit} flipped"), flipped);
        }
        push("a signature of something else", self.key.sign(b"something else"));
        push("a signature by somebody else", self.foreign.sign(message.as_bytes()));
        push("a signature by the other tenant's issuer", self.others.sign(message.as_bytes()));
        for (index, signature) in self.key.sign_otherwise(message.as_bytes()).into_iter().enumerate() {
            push(&format!("a signature made otherwise ({index})"), signature);
        }
        let token = format!("{message}.{}", encode(&right));
        let parts: Vec<&str> = token.split('.').collect();
        let [head, body, signature] = parts[..] else { panic!("three parts") };
        let more = with(&serde_json::from_str(&claims).expect("JSON"), "scope", &json!("scim admin")).to_string();
        for (what, text) in [
            ("other claims under the signature", format!("{head}.{}.{signature}", encode(more))),
            ("two parts", format!("{head}.{body}")),
            ("one part", head.to_owned()),
            ("four parts", format!("{token}.{signature}")),
            ("five parts", format!("{head}..{body}.{signature}.x")),
            ("an empty header", format!(".{body}.{signature}")),
            ("empty claims", format!("{head}..{signature}")),
            ("a padded signature", format!("{token}=")),
            ("a padded header", format!("{head}=.{body}.{signature}")),
            ("a blank at the end", format!("{token} ")),
            ("a line feed", format!("{token}\n")),
            ("no base64", format!("{head}.{body}.{}", "*".repeat(signature.len()))),
            ("the other alphabet", format!("{head}.{body}.+/{}", &signature[2..])),
            ("header and claims exchanged", format!("{body}.{head}.{signature}")),
        ] {
            all.push((what.to_owned(), text));
        }
    }
}

fn with(object: &Value, name: &str, value: &Value) -> Value {
    let mut object = object.clone();
    object[name] = value.clone();
    object
}

fn without(object: &Value, name: &str) -> Value {
    let members: Map<String, Value> =
        object.as_object().expect("an object").clone().into_iter().filter(|(member, _)| member != name).collect();
    members.into()
}

/// Keys take a while to make: each way of signing once.
static WAYS: LazyLock<[Signed; 4]> = LazyLock::new(|| {
    let [rsa, ec, ed] = [SigningAlgorithm::Rs256, SigningAlgorithm::Es256, SigningAlgorithm::EdDsa].map(published);
    [rsa, ec, ed, issued_here()]
});

/// T23
/// RFC: 7644-2-04 7644-2.1-02 7644-7.3-01 7644-7.4-03
#[tokio::test]
async fn no_forged_or_spoilt_token_is_accepted() {
    let mut vectors = 0;
    for way in &*WAYS {
        let mut accepted = Vec::new();
        for (what, token) in way.vectors() {
            vectors += 1;
            if way.caller(&token).await.is_some() {
                accepted.push(what);
            }
        }
        assert!(accepted.is_empty(), "{}: accepted with {accepted:#?}", way.algorithm);
        // The same keys and claims, unspoilt: it was the one change that was refused.
        assert!(way.caller(&way.token(&way.header(), &claims())).await.is_some(), "{}", way.algorithm);
    }
    assert!(vectors >= 800, "only {vectors} vectors");
}

#[tokio::test]
async fn valid_tokens_are_accepted_for_their_tenant_whatever_else_they_carry() {
    for way in &*WAYS {
        let now = now();
        let jwk = if way.is_own() { json!({}) } else { way.foreign.public("one") };
        for (what, header, claims) in [
            ("plain", way.header(), claims()),
            ("a list of one audience", way.header(), with(&claims(), "aud", &json!([AUDIENCE]))),
            ("fractions of a second", way.header(), with(&claims(), "exp", &json!(now as f64 + 3600.5))),
            ("just about to start", way.header(), with(&claims(), "nbf", &json!(now + 50))),
            ("just ended", way.header(), with(&with(&claims(), "nbf", &json!(now - 600)), "exp", &json!(now - 50))),
            ("no time of issue", way.header(), without(&claims(), "iat")),
            ("other claims", way.header(), with(&claims(), "tid", &json!({"deep": [1, null]}))),
            (
                "another way to write the type",
                if way.is_own() { with(&way.header(), "typ", &json!("application/at+JWT")) } else { without(&way.header(), "typ") },
                claims(),
            ),
            (
                "a key along with it, which is ignored",
                with(&with(&way.header(), "jwk", &jwk), "jku", &json!("https://evil.example")),
                claims(),
            ),
        ] {
            let caller = way.caller(&way.token(&header, &claims)).await.unwrap_or_else(|| panic!("{}: {what}", way.algorithm));
            assert_eq!((&caller.tenant, &caller.rights), (&TenantId::new("acme"), &Rights::all()), "{}: {what}", way.algorithm);
            assert!(caller.credential.contains(SUBJECT), "{caller:?}");
        }
        let [issuer, subject, audience] = OTHERS;
        let claims = json!({"iss": issuer, "sub": subject, "aud": audience, "nbf": now, "exp": now + 60, "scope": "scim"});
        let token = signed(&way.others, &way.header().to_string(), &claims.to_string());
        assert_eq!(way.caller(&token).await.expect("the other tenant's token").tenant, TenantId::new("other"), "{}", way.algorithm);
    }
}

/// RFC: 7644-2.1-01
#[tokio::test]
async fn the_scopes_of_a_token_give_the_rights_that_the_trust_gives_them() {
    let way = &WAYS[1];
    for (name, value, rights) in [
        ("scope", json!("openid scim"), Rights::all()),
        ("scope", json!("openid"), Rights::none()),
        ("scope", json!("scimx SCIM"), Rights::none()),
        ("scp", json!("scim"), Rights::all()),
        ("scp", json!(["scim"]), Rights::all()),
        ("roles", json!(["other", "scim"]), Rights::all()),
        ("roles", json!(["other scim"]), Rights::none()),
        ("groups", json!(["scim"]), Rights::none()),
    ] {
        let claims = with(&without(&claims(), "scope"), name, &value);
        let caller = way.caller(&way.token(&way.header(), &claims)).await.expect("a valid token");
        assert_eq!(caller.rights, rights, "{name} {value}");
    }
}
