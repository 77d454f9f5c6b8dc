//! HTTPS on a server: the proxy there gets certificates by itself, from an authority that is really asked.

use seatrial_tests::{AppFolder, Home, Host, Request, Testbed, until};
use std::process::Command;
use std::time::Duration;

const DEPLOY: [&str; 5] = ["deploy", "--env", "prod", "--yes", "--trust"];
const NAME: &str = "secure.test";
/// The authority: Caddy's own ACME server, with a root that nobody knows.
const AUTHORITY: &str = "{\n skip_install_trust\n default_sni ADDRESS\n}\nhttps://ADDRESS:8443 {\n tls internal\n acme_server\n}\n";

/// Starts an authority on one host that finds the name on the other. Returns its root in PEM.
fn authority(testbed: &Testbed, on: &Host, finds: &Host) -> String {
    let file = AUTHORITY.replace("ADDRESS", &on.address).replace('\n', "\\n");
    let start = format!(
        "docker rm -f authority; mkdir -p /tmp/authority && printf '{file}' >/tmp/authority/Caddyfile && \
         docker run -d --name authority --add-host {NAME}:{} -p 8443:8443 -v /tmp/authority:/etc/caddy:ro caddy:2",
        finds.address
    );
    testbed.exec(on, &start).expect(0);
    until("the authority answers", Duration::from_secs(30), || {
        let root = "docker exec authority cat /data/caddy/pki/authorities/local/root.crt";
        let root = testbed.exec(on, root);
        (root.status == 0 && root.stdout.contains("END CERTIFICATE")).then_some(root.stdout)
    })
}

/// The version that answers over HTTPS to somebody who trusts only this root.
fn served(home: &Home, host: &Host, root: &str) -> String {
    let file = home.root().join("root.pem");
    assert!(std::fs::write(&file, root).is_ok());
    let mut curl = Command::new("curl");
    curl.args(["--silent", "--show-error", "--max-time", "10", "--cacert"]).arg(&file);
    curl.args(["--resolve", &format!("{NAME}:443:{}", host.address), &format!("https://{NAME}/version")]);
    let said = curl.output().map(|done| [done.stdout, done.stderr].concat()).unwrap_or_default();
    String::from_utf8_lossy(&said).trim().to_owned()
}

#[test]
fn a_public_name_gets_a_certificate_and_plain_http_leads_to_https_without_a_lost_request() {
    let testbed = Testbed::find();
    let (host, other) = (testbed.host(1), testbed.host(2));
    for one in [&host, &other] {
        testbed.clear(one);
    }
    let root = authority(&testbed, &other, &host);
    let home = Home::new().with("SEATRIAL_SSH_CONFIG", testbed.ssh_config().to_string_lossy());
    let app = AppFolder::shared(&home, "secure");
    let place = format!(
        "\n[env.prod]\ntarget = \"ssh://deploy@{}\"\nproduction = false\ndomains = [\"{NAME}\"]\nhttps = true\n\
         acme = {{ directory = \"https://{}:8443/acme/local/directory\", root = \"\"\"\n{root}\"\"\" }}\n",
        host.address, other.address
    );
    app.write("seatrial.toml", app.read("seatrial.toml") + &place);
    let first = home.go(&app, &DEPLOY).expect("live");
    assert!(
        first.step("route")["facts"].to_string().contains("got a certificate"),
        "{}",
        first.step("route")
    );
    assert_eq!(served(&home, &host, &root), "1");

    let address = host.address.parse().unwrap_or(std::net::IpAddr::from([0; 4]));
    let plain = Request::get(80, NAME, "/version?a=b").at(address).send();
    let led = |head: &str| head.contains("308") && head.contains("https://secure.test/version?a=b");
    assert!(plain.as_ref().is_ok_and(|plain| led(&plain.head)), "{plain:?}");

    app.set_version(2);
    let second = home.go(&app, &DEPLOY).expect("live");
    let (sent, failed) = second.proof();
    assert!(sent > 0 && failed == 0, "{failed} of {sent}");
    assert_eq!(served(&home, &host, &root), "2");
    assert!(second.step("route").is_null(), "nothing about the names changed");
}
