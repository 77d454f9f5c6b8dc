//! The proxy's configuration: a pure function of the sites.
//!
//! Every app has three inner servers on unix sockets in its own directory: `blue`, `green` and `absent`
//! (answers 503). The public servers route a host to `<directory>/{content of the file live}.sock`, and a
//! slot's server to the `host:port` that stands in the slot's file. Both are read for every attempt of
//! every request, so switching, holding and moving a slot to another container or port are writes of one
//! small file, never a configuration load: a load drops a few new connections and every websocket.
//! A slot's requests under way are counted by the unexpanded address, which is unique per slot.

use serde_json::{Value, json};

use super::site::{Certificate, SLOTS, Site, SiteKey, Sites};
use seatrial_core::model::Slot;
use seatrial_core::pipeline::Acme;

/// Directory of the proxy inside its container.
pub const INSIDE: &str = "/run/seatrial";
/// Header of our own probes; carries [`Sites::probe_token`].
pub const PROBE_HEADER: &str = "x-seatrial-probe";
/// Answer header to a probe: which slot answered.
pub const SLOT_HEADER: &str = "x-seatrial-slot";
/// Answer header to a probe: which container and port answered.
pub const UPSTREAM_HEADER: &str = "x-seatrial-upstream";
/// Path that a slot's server answers itself, to a probe only.
pub const SLOT_PATH: &str = "/.well-known/seatrial/slot";

/// The certificate of a site's own authority, in the site's folder.
pub(crate) const ROOT: &str = "ca.pem";

/// How often a held request looks again. Each held request does so by itself: at 50 ms a thousand of them kept the
/// proxy too busy to answer (550 requests per second held for 2 s and more, two cores); at 400 ms none was lost.
const HELD_RETRY: &str = "400ms";

/// A load must not end websockets of other apps; this is how long they may outlive it.
const STREAM_CLOSE_DELAY: &str = "1h";

/// The complete configuration. Equal sites give equal values.
pub fn render(sites: &Sites) -> Value {
    let mut servers = serde_json::Map::new();
    let public: Vec<Value> = sites.sites.values().map(|site| public_route(site, sites)).collect();
    let redirects = sites.sites.values().filter_map(|site| redirect(site, sites));
    let plain: Vec<Value> = redirects.chain(public.iter().cloned()).collect();
    servers.insert("http".into(), http_server(&plain));
    servers.insert("https".into(), https_server(&public, &domains_with(sites, Certificate::None)));
    for key in sites.sites.keys() {
        for slot in SLOTS {
            servers.insert(format!("{key}-{slot}"), slot_server(key, slot, &sites.probe_token));
        }
        servers.insert(format!("{key}-absent"), absent_server(key));
    }
    json!({
        // World-writable, but in a directory only its owner may enter: so no root is needed to use it.
        "admin": { "listen": format!("unix/{INSIDE}/admin.sock|0666"), "config": { "persist": false } },
        "logging": { "logs": { "default": { "level": "WARN" } } },
        "apps": {
            "http": { "grace_period": "30s", "servers": servers },
            "tls": tls(sites),
            "pki": { "certificate_authorities": { "local": { "install_trust": false } } },
        },
    })
}

/// Address of a slot as it stands in the configuration; also the key of its counters.
pub(crate) fn slot_address(key: &SiteKey, slot: Slot) -> String {
    format!("{{file.{INSIDE}/apps/{key}/{slot}}}")
}

fn http_server(routes: &[Value]) -> Value {
    json!({
        "listen": [":80"],
        "automatic_https": { "disable": true },
        "protocols": ["h1"],
        "routes": routes,
    })
}

fn https_server(routes: &[Value], without_certificate: &[&str]) -> Value {
    json!({
        "listen": [":443"],
        // Redirects would take plain HTTP away from NAME.localhost.
        "automatic_https": { "disable_redirects": true, "skip_certificates": without_certificate },
        "protocols": ["h1", "h2"],
        "tls_connection_policies": [{}],
        "routes": routes,
    })
}

/// Leads plain HTTP to HTTPS. Our own probes are not led: they ask the app itself on either port. Certificates can only be
/// had for the usual port, so none stands in the address.
fn redirect(site: &Site, sites: &Sites) -> Option<Value> {
    let hosts: Vec<&str> = site.public_names().iter().map(|domain| domain.as_str()).collect();
    (site.redirect && !hosts.is_empty()).then(|| {
        json!({
            "match": [{ "host": hosts, "not": [{ "header": { PROBE_HEADER: [sites.probe_token] } }] }],
            "terminal": true,
            "handle": [{ "handler": "static_response", "status_code": 308, "headers": {
                "Location": ["https://{http.request.host}{http.request.uri}"],
            } }],
        })
    })
}

fn public_route(site: &Site, sites: &Sites) -> Value {
    let directory = format!("{INSIDE}/apps/{}", site.key);
    let hosts: Vec<&str> = site.domains.iter().map(|domain| domain.as_str()).collect();
    json!({
        "match": [{ "host": hosts }],
        "terminal": true,
        "handle": [{
            "handler": "reverse_proxy",
            "upstreams": [{ "dial": format!("unix/{directory}/{{file.{directory}/live}}.sock") }],
            "load_balancing": { "try_duration": format!("{}s", sites.hold.as_secs()), "try_interval": HELD_RETRY },
            "stream_close_delay": STREAM_CLOSE_DELAY,
            "transport": { "protocol": "http", "keep_alive": { "max_idle_conns_per_host": 128 } },
        }],
    })
}

fn slot_server(key: &SiteKey, slot: Slot, token: &str) -> Value {
    let probe = json!({ PROBE_HEADER: [token] });
    let tell = json!({
        "match": [{ "header": probe, "path": [SLOT_PATH] }],
        "terminal": true,
        "handle": [{ "handler": "static_response", "body": slot.as_str(), "headers": { SLOT_HEADER: [slot.as_str()] } }],
    });
    let mark = json!({
        "match": [{ "header": probe }],
        "handle": [{ "handler": "headers", "response": { "deferred": true, "set": {
            SLOT_HEADER: [slot.as_str()],
            UPSTREAM_HEADER: ["{http.reverse_proxy.upstream.hostport}"],
        } } }],
    });
    inner_server(&format!("{key}/{slot}"), &json!([tell, mark, { "handle": [slot_proxy(key, slot)] }]))
}

fn slot_proxy(key: &SiteKey, slot: Slot) -> Value {
    json!({
        "handler": "reverse_proxy",
        "upstreams": [{ "dial": slot_address(key, slot) }],
        "stream_close_delay": STREAM_CLOSE_DELAY,
        // The app neither sees the token nor can claim to be a slot.
        "headers": {
            "request": { "delete": [PROBE_HEADER] },
            "response": { "delete": [SLOT_HEADER, UPSTREAM_HEADER] },
        },
        // Many servers close idle connections after 2 to 5 s; being first avoids using a dying one.
        "transport": { "protocol": "http", "dial_timeout": "3s",
            "keep_alive": { "idle_timeout": "1500ms", "max_idle_conns_per_host": 128 } },
    })
}

fn absent_server(key: &SiteKey) -> Value {
    let answer = json!({
        "handler": "static_response",
        "status_code": 503,
        "headers": { "Retry-After": ["5"], "Content-Type": ["text/plain; charset=utf-8"] },
        "body": "Nothing is deployed here yet.\n",
    });
    inner_server(&format!("{key}/absent"), &json!([{ "handle": [answer] }]))
}

fn inner_server(socket: &str, routes: &Value) -> Value {
    json!({
        "listen": [format!("unix/{INSIDE}/apps/{socket}.sock|0666")],
        "automatic_https": { "disable": true },
        "protocols": ["h1"],
        // The public server is the only client, and has set the forwarding headers from the real one.
        "trusted_proxies_unix": true,
        "routes": routes,
    })
}

fn tls(sites: &Sites) -> Value {
    let internal = domains_with(sites, Certificate::Internal);
    let mut policies = Vec::new();
    if !internal.is_empty() {
        policies.push(json!({ "subjects": internal, "issuers": [{ "module": "internal" }] }));
    }
    for site in sites.sites.values() {
        let names: Vec<&str> = site.public_names().iter().map(|domain| domain.as_str()).collect();
        if let (Some(acme), false) = (&site.acme, names.is_empty()) {
            policies.push(json!({ "subjects": names, "issuers": [issuer(acme, &site.key)] }));
        }
    }
    json!({ "automation": { "policies": policies } })
}

fn issuer(acme: &Acme, key: &SiteKey) -> Value {
    let mut issuer = json!({ "module": "acme" });
    if let Some(directory) = &acme.directory {
        issuer["ca"] = json!(directory);
    }
    if let Some(email) = &acme.email {
        issuer["email"] = json!(email);
    }
    if acme.root.is_some() {
        issuer["trusted_roots_pem_files"] = json!([format!("{INSIDE}/apps/{key}/{ROOT}")]);
    }
    issuer
}

fn domains_with(sites: &Sites, certificate: Certificate) -> Vec<&str> {
    let all = sites.sites.values().flat_map(|site| site.domains.iter().map(move |domain| (site, domain)));
    let wanted = all.filter(|(site, domain)| site.certificate_of(domain) == certificate);
    wanted.map(|(_, domain)| domain.as_str()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proxy::site::Domain;

    fn sites() -> Sites {
        Sites::new("token").with(site()).unwrap()
    }

    fn site() -> Site {
        let domains = vec![Domain::parse("shop.localhost").unwrap(), Domain::parse("shop.example").unwrap()];
        Site::new(SiteKey::parse("shop-prod").unwrap(), domains, None)
    }

    #[test]
    fn plain_http_leads_to_https_for_public_names_only_and_never_for_our_own_probes() {
        let config = render(&Sites::new("token").with(Site { redirect: true, ..site() }).unwrap());
        let routes = |server: &str| config["apps"]["http"]["servers"][server]["routes"].clone();
        let first = &routes("http")[0];
        assert_eq!(first["match"][0]["host"], json!(["shop.example"]));
        assert_eq!(first["match"][0]["not"], json!([{ "header": { PROBE_HEADER: ["token"] } }]));
        assert_eq!(first["handle"][0]["status_code"], 308);
        assert_eq!(routes("http").as_array().unwrap().len(), 2);
        assert_eq!(routes("https").as_array().unwrap().len(), 1);
    }

    #[test]
    fn certificates_come_from_the_authority_that_was_named() {
        let acme = Acme {
            directory: Some("https://ca.example/directory".into()),
            root: Some("PEM".into()),
            email: Some("ops@shop.example".into()),
        };
        let config = render(&Sites::new("token").with(Site { acme: Some(acme), ..site() }).unwrap());
        let policies = &config["apps"]["tls"]["automation"]["policies"];
        assert_eq!(
            policies[1],
            json!({ "subjects": ["shop.example"], "issuers": [{
                "module": "acme",
                "ca": "https://ca.example/directory",
                "email": "ops@shop.example",
                "trusted_roots_pem_files": ["/run/seatrial/apps/shop-prod/ca.pem"],
            }] })
        );
    }

    #[test]
    fn one_app_gives_this_configuration() {
        insta::assert_snapshot!(format!("{:#}", render(&sites())));
    }

    #[test]
    fn no_app_still_serves_the_public_ports() {
        insta::assert_snapshot!(format!("{:#}", render(&Sites::new("token"))));
    }

    #[test]
    fn every_slot_has_an_address_of_its_own_so_that_its_requests_can_be_counted() {
        let key = SiteKey::parse("shop-prod").unwrap();
        let text = render(&sites()).to_string();
        for slot in SLOTS {
            let address = slot_address(&key, slot);
            assert_eq!(text.matches(&format!("{{\"dial\":\"{address}\"}}")).count(), 1, "{address}");
        }
    }

    #[test]
    fn the_admin_endpoint_is_a_socket_only() {
        let config = render(&sites());
        assert!(config["admin"]["listen"].as_str().unwrap().starts_with("unix/"));
    }
}
