//! Keys of issuers and tokens signed with them, made without the library under test.

use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::hmac;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair, RSA_PKCS1_SHA256,
    RSA_PKCS1_SHA512, RSA_PSS_SHA256, RsaEncoding, RsaKeyPair,
};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use scim_server::jwt::SigningAlgorithm;
use serde_json::{Value, json};

/// A private key.
pub(crate) enum Key {
    Rsa(RsaKeyPair),
    Ec { fixed: EcdsaKeyPair, asn1: EcdsaKeyPair },
    Ed(Ed25519KeyPair),
    Secret(Vec<u8>),
}

impl Key {
    /// A new key for that algorithm.
    pub(crate) fn of(algorithm: SigningAlgorithm) -> Self {
        match algorithm {
            SigningAlgorithm::Rs256 => Self::Rsa(RsaKeyPair::generate(KeySize::Rsa2048).expect("a key")),
            SigningAlgorithm::Es256 => {
                let fixed = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).expect("a key");
                let pkcs8 = fixed.to_pkcs8v1().expect("a document");
                let asn1 = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, pkcs8.as_ref()).expect("the same key");
                Self::Ec { fixed, asn1 }
            }
            SigningAlgorithm::EdDsa => Self::Ed(Ed25519KeyPair::generate().expect("a key")),
        }
    }

    pub(crate) fn sign(&self, message: &[u8]) -> Vec<u8> {
        match self {
            Self::Rsa(key) => rsa(key, &RSA_PKCS1_SHA256, message),
            Self::Ec { fixed, .. } => fixed.sign(&SystemRandom::new(), message).expect("a signature").as_ref().to_vec(),
            Self::Ed(key) => key.sign(message).as_ref().to_vec(),
            Self::Secret(secret) => hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret), message).as_ref().to_vec(),
        }
    }

    /// Signatures by the right key in other ways than the algorithm says.
    pub(crate) fn sign_otherwise(&self, message: &[u8]) -> Vec<Vec<u8>> {
        match self {
            Self::Rsa(key) => vec![rsa(key, &RSA_PKCS1_SHA512, message), rsa(key, &RSA_PSS_SHA256, message)],
            Self::Ec { asn1, .. } => vec![asn1.sign(&SystemRandom::new(), message).expect("a signature").as_ref().to_vec()],
            Self::Ed(_) => Vec::new(),
            Self::Secret(secret) => vec![hmac::sign(&hmac::Key::new(hmac::HMAC_SHA512, secret), message).as_ref().to_vec()],
        }
    }

    /// What everybody may know of it, under that id.
    pub(crate) fn public(&self, id: &str) -> Value {
        match self {
            Self::Rsa(key) => {
                let public = key.public_key();
                let (n, e) = (public.modulus().big_endian_without_leading_zero(), public.exponent().big_endian_without_leading_zero());
                json!({"kty": "RSA", "use": "sig", "alg": "RS256", "kid": id, "n": encode(n), "e": encode(e)})
            }
            Self::Ec { fixed, .. } => {
                let point = &fixed.public_key().as_ref()[1..];
                json!({"kty": "EC", "crv": "P-256", "use": "sig", "kid": id, "x": encode(&point[..32]), "y": encode(&point[32..])})
            }
            Self::Ed(key) => json!({"kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "kid": id, "x": encode(key.public_key().as_ref())}),
            Self::Secret(_) => panic!("a secret is not published"),
        }
    }

    /// The public key in each form in which somebody might use it as a shared secret.
    pub(crate) fn public_as_secrets(&self) -> Vec<Vec<u8>> {
        match self {
            Self::Rsa(key) => {
                let public = key.public_key();
                let der = AsDer::<aws_lc_rs::encoding::PublicKeyX509Der<'_>>::as_der(public).expect("a document");
                let text = base64::engine::general_purpose::STANDARD.encode(der.as_ref());
                let lines: Vec<&str> = text.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).expect("ASCII")).collect();
                let pem = format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", lines.join("\n"));
                let modulus = public.modulus().big_endian_without_leading_zero();
                vec![
                    pem.trim_end().as_bytes().to_vec(),
                    pem.into_bytes(),
                    der.as_ref().to_vec(),
                    modulus.to_vec(),
                    encode(modulus).into_bytes(),
                    public.as_ref().to_vec(),
                    self.public("one").to_string().into_bytes(),
                ]
            }
            Self::Ec { fixed, .. } => {
                let point = fixed.public_key().as_ref();
                vec![point.to_vec(), point[1..].to_vec(), encode(point).into_bytes(), self.public("one").to_string().into_bytes()]
            }
            Self::Ed(key) => {
                let point = key.public_key().as_ref();
                vec![point.to_vec(), encode(point).into_bytes(), self.public("one").to_string().into_bytes()]
            }
            Self::Secret(_) => Vec::new(),
        }
    }
}

fn rsa(key: &RsaKeyPair, padding: &'static dyn RsaEncoding, message: &[u8]) -> Vec<u8> {
    let mut signature = vec![0; key.public_modulus_len()];
    key.sign(padding, &SystemRandom::new(), message, &mut signature).expect("a signature");
    signature
}

pub(crate) fn encode(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// What is signed of a token with that header and those claims, as they are written.
pub(crate) fn message(header: &str, claims: &str) -> String {
    format!("{}.{}", encode(header), encode(claims))
}

/// A token with that header and those claims, as they are written.
pub(crate) fn signed(key: &Key, header: &str, claims: &str) -> String {
    let message = message(header, claims);
    format!("{message}.{}", encode(key.sign(message.as_bytes())))
}
