//! What two environments of an app do differently with the same release.

use super::plans::{container, variables};
use super::{NamedChange, entries};
use crate::plan::shape;
use crate::spec::{EnvironmentSpec, KeepOld};
use std::collections::BTreeMap;

/// Two environments beside each other: `before` is the one a release comes from, `after` the one it goes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnvironmentChanges {
    /// Variables with their values, and secrets by name.
    pub configuration: Vec<NamedChange>,
    /// Where and how it runs: target, strategy, domains, ports, volumes, memory.
    pub infrastructure: Vec<NamedChange>,
}

/// Differences between two environments as they are declared, with the values kept outside of the file.
pub fn environments(from: &EnvironmentSpec, to: &EnvironmentSpec) -> EnvironmentChanges {
    EnvironmentChanges {
        configuration: entries(&variables(&shape(from)), &variables(&shape(to))),
        infrastructure: entries(&infrastructure(from), &infrastructure(to)),
    }
}

fn infrastructure(environment: &EnvironmentSpec) -> BTreeMap<String, String> {
    let ship = &environment.ship;
    let mut facts = container(&shape(environment));
    let mut add = |name: &str, value: String| facts.insert(name.to_owned(), value);
    let yes_or_no = |value: bool| if value { "yes" } else { "no" }.to_owned();
    add("target", environment.target.to_string());
    add("production", yes_or_no(environment.production));
    add("strategy", ship.strategy.to_string());
    add("domains", environment.domains.join(", "));
    add("HTTPS", yes_or_no(environment.https));
    add("health", ship.health.path.clone());
    let kept = match ship.keep_old {
        KeepOld::Stopped => "stopped",
        KeepOld::Warm => "warm",
    };
    add("version before", kept.to_owned());
    facts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pipeline::SecretRef;

    fn two(text: &str) -> (EnvironmentSpec, EnvironmentSpec) {
        let facts = crate::compare::folder();
        let (spec, problems) = crate::spec::parse(text.as_bytes(), "seatrial.toml", &facts).unwrap();
        assert!(problems.is_empty(), "{problems:?}");
        (spec.environments[0].clone(), spec.environments[1].clone())
    }

    fn words(changes: &[NamedChange]) -> Vec<String> {
        let side = |value: &Option<String>| value.clone().unwrap_or_else(|| "-".into());
        changes.iter().map(|c| format!("{}: {} -> {}", c.name, side(&c.before), side(&c.after))).collect()
    }

    const FILE: &str = "app = \"shop\"\n\
        [env.staging]\ntarget = \"docker\"\ndomains = [\"staging.test\"]\nenv = { LOG = \"debug\", SAME = \"1\" }\n\
        [env.prod]\ntarget = \"ssh://web1\"\nproduction = true\ndomains = [\"shop.test\"]\nenv = { SAME = \"1\", PAY = \"on\" }\n\
        ship = { strategy = \"live\", memory = \"256MiB\" }\n";

    #[test]
    fn configuration_and_infrastructure_are_told_apart_and_what_is_the_same_is_left_out() {
        let (staging, mut prod) = two(FILE);
        prod.secrets.push(SecretRef { name: "TOKEN".into(), as_env: false, version: Some(3) });
        let found = environments(&staging, &prod);
        let configuration = ["LOG: debug -> -", "PAY: - -> on", "secret TOKEN: - -> as a file"];
        assert_eq!(words(&found.configuration), configuration);
        let infrastructure = words(&found.infrastructure);
        for expected in [
            "domains: staging.test -> shop.test",
            "memory: - -> 256 MiB",
            "production: no -> yes",
            "strategy: blue-green -> live",
            "target: docker -> ssh://web1",
        ] {
            assert!(infrastructure.iter().any(|line| line == expected), "{expected}: {infrastructure:?}");
        }
        assert!(!infrastructure.iter().any(|line| line.starts_with("port:")), "{infrastructure:?}");
    }

    #[test]
    fn an_environment_does_not_differ_from_itself() {
        let (staging, _) = two(FILE);
        let same = environments(&staging, &staging);
        assert_eq!((same.configuration, same.infrastructure), (Vec::new(), Vec::new()));
    }
}
