//! What the proxy routes: apps, their domains and slots, as plain checked values.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use seatrial_core::model::Slot;
use seatrial_core::pipeline::Acme;
use serde::{Deserialize, Serialize};

use super::error::{ProxyError, Result};

/// Both slots.
pub const SLOTS: [Slot; 2] = [Slot::Blue, Slot::Green];

/// Where an app's requests go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "to", content = "slot")]
pub enum Direction {
    /// To a slot.
    Slot(Slot),
    /// Nowhere yet: requests wait, up to the hold limit.
    Held,
    /// Nowhere: requests are answered with 503 at once.
    Absent,
}

impl Direction {
    /// The content of the app's `live` file.
    pub(crate) fn text(self) -> &'static str {
        match self {
            Self::Slot(slot) => slot.as_str(),
            Self::Held => "held",
            Self::Absent => "absent",
        }
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        let all = [Self::Slot(Slot::Blue), Self::Slot(Slot::Green), Self::Held, Self::Absent];
        all.into_iter().find(|direction| direction.text() == text.trim())
    }
}

/// How a domain gets its certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Certificate {
    /// From the proxy's own authority: for `*.localhost` and private networks.
    Internal,
    /// From a public authority by ACME: for public names.
    Public,
    /// None; only plain HTTP is served.
    None,
}

/// A name under which an app is reached.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Domain(String);

impl Domain {
    /// Checks a domain name: letters, digits, `-`, `.`, at most 253 characters; lower case is made.
    pub fn parse(name: &str) -> Result<Self> {
        let name = name.to_ascii_lowercase();
        let label_fits = |label: &str| {
            (1..=63).contains(&label.len())
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        };
        if name.len() <= 253 && name.split('.').all(label_fits) {
            return Ok(Self(name));
        }
        Err(ProxyError::InvalidDomain { given: name })
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Names under `localhost` get a certificate of our own, all others a public one.
    pub fn usual_certificate(&self) -> Certificate {
        let local = self.0 == "localhost" || self.0.ends_with(".localhost");
        if local { Certificate::Internal } else { Certificate::Public }
    }
}

impl std::fmt::Display for Domain {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// Names an app in one environment, for example `shop--prod`; part of file names.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct SiteKey(String);

impl SiteKey {
    /// Checks a key: 1 to 75 of `a-z`, `0-9` and `-`, so that it is safe in paths and short enough for sockets.
    pub fn parse(key: &str) -> Result<Self> {
        let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        if (1..=75).contains(&key.len()) && key.bytes().all(fits) {
            return Ok(Self(key.to_owned()));
        }
        Err(ProxyError::InvalidKey { given: key.to_owned() })
    }

    /// The key.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for SiteKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// An app in one environment as the proxy knows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Site {
    /// Its key.
    pub key: SiteKey,
    /// Its names; the first is the one used for proofs.
    pub domains: Vec<Domain>,
    /// How its names get certificates; `None` decides by name.
    pub certificate: Option<Certificate>,
    /// The authority that public names get theirs from; `None`: the proxy's usual ones.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acme: Option<Acme>,
    /// Whether plain HTTP leads to HTTPS for its public names. Not before they have certificates.
    #[serde(default)]
    pub redirect: bool,
}

impl Site {
    /// A site that serves nothing but its names, by plain HTTP where they are not under `localhost`.
    pub fn new(key: SiteKey, domains: Vec<Domain>, certificate: Option<Certificate>) -> Self {
        Self { key, domains, certificate, acme: None, redirect: false }
    }

    /// Names that get certificates from an authority that everybody, or whoever knows its root, trusts.
    pub fn public_names(&self) -> Vec<&Domain> {
        let public = |domain: &&Domain| self.certificate_of(domain) == Certificate::Public;
        self.domains.iter().filter(public).collect()
    }

    /// How a domain of this site gets its certificate.
    pub(crate) fn certificate_of(&self, domain: &Domain) -> Certificate {
        self.certificate.unwrap_or_else(|| domain.usual_certificate())
    }
}

/// All that the proxy's configuration is made from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sites {
    /// Sites by key.
    pub sites: BTreeMap<SiteKey, Site>,
    /// How long a request waits while its app is held.
    pub hold: Duration,
    /// Secret that makes the proxy tell which slot answered; sent in our own probes only.
    pub probe_token: String,
}

impl Sites {
    /// No sites yet.
    pub fn new(probe_token: impl Into<String>) -> Self {
        Self { sites: BTreeMap::new(), hold: Duration::from_secs(30), probe_token: probe_token.into() }
    }

    /// The same with one site added or replaced. A domain can belong to one site only.
    pub fn with(&self, site: Site) -> Result<Self> {
        let mut seen = BTreeSet::new();
        for domain in &site.domains {
            let others = self.sites.values().filter(|other| other.key != site.key);
            let holder = others.into_iter().find(|other| other.domains.contains(domain));
            if let Some(holder) = holder {
                return Err(ProxyError::DomainTaken { domain: domain.clone(), by: holder.key.clone() });
            }
            if !seen.insert(domain) {
                return Err(ProxyError::DomainTaken { domain: domain.clone(), by: site.key });
            }
        }
        let mut changed = self.clone();
        changed.sites.insert(site.key.clone(), site);
        Ok(changed)
    }

    /// The same without one site.
    pub fn without(&self, key: &SiteKey) -> Self {
        let mut changed = self.clone();
        changed.sites.remove(key);
        changed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn site(key: &str, domains: &[&str]) -> Site {
        let domains = domains.iter().map(|name| Domain::parse(name).unwrap()).collect();
        Site::new(SiteKey::parse(key).unwrap(), domains, None)
    }

    #[test]
    fn a_domain_belongs_to_one_app_and_the_error_names_it() {
        let sites = Sites::new("t").with(site("shop-prod", &["shop.localhost"])).unwrap();
        let error = sites.with(site("blog-prod", &["SHOP.localhost"])).unwrap_err();
        assert_eq!(error.to_string(), "shop.localhost already leads to shop-prod");
        assert!(sites.with(site("shop-prod", &["shop.localhost", "www.shop.localhost"])).is_ok());
    }

    #[test]
    fn names_that_could_leave_their_directory_or_inject_a_variable_are_refused() {
        for key in ["", "..", "a/b", "A", "a{b}", &"a".repeat(76)] {
            assert!(SiteKey::parse(key).is_err(), "{key}");
        }
        for domain in ["", "a..b", "{env.HOME}", "a b", "-a.b", "a/b", "ä.de"] {
            assert!(Domain::parse(domain).is_err(), "{domain}");
        }
    }

    #[test]
    fn every_direction_is_read_back_as_written() {
        for direction in [Direction::Slot(Slot::Blue), Direction::Held, Direction::Absent] {
            assert_eq!(Direction::parse(direction.text()), Some(direction));
        }
        assert_eq!(Direction::parse("../other/blue"), None);
    }
}
