//! Reaching a target, and looking at it.

use crate::App;
use crate::api::{ApiError, Code};
use futures_util::future::join_all;
use seatrial_core::model::{Digest, SshHost, Target};
use seatrial_core::pipeline::Place;
use seatrial_core::plan::{Observed, PortUse, Ports};
use seatrial_core::spec::EnvironmentSpec;
use seatrial_engine::docker::{ContainerHost, DockerEngine, Endpoint, EngineError, Instance, Locality};
use seatrial_engine::observe::{Look, observe};
use seatrial_engine::proxy::{CaddyProxy, ProxySettings, TrafficDriver, directory_on};
use seatrial_engine::shared_place::{Fence, FencedHost, server_instance};
use seatrial_engine::ssh::{Link, LinkSettings};
use std::path::PathBuf;
use std::sync::Arc;

/// The image of the proxy.
const PROXY_IMAGE: &str = "caddy:2";
const PORTS: &str = "proxy.ports";

/// Ports of a server's proxy.
pub(crate) const SERVER_PORTS: Ports = Ports { http: 80, https: 443 };
/// Names an SSH configuration to use instead of the person's own.
const SSH_CONFIG: &str = "SEATRIAL_SSH_CONFIG";

/// A Docker engine with its proxy, here or on a server.
#[derive(Clone)]
pub(crate) struct Docker {
    pub(crate) engine: Arc<DockerEngine>,
    pub(crate) traffic: Arc<dyn TrafficDriver>,
    pub(crate) network: String,
    settings: ProxySettings,
    /// What leads to the server; `None`: it is here.
    pub(crate) link: Option<Link>,
}

impl App {
    /// The proxy's ports.
    pub(crate) async fn ports(&self) -> Result<Ports, ApiError> {
        let ports = self.ask(|store| store.setting::<(u16, u16)>(PORTS)).await?;
        let (http, https) = ports.unwrap_or((80, 443));
        Ok(Ports { http, https })
    }

    pub(crate) async fn keep_ports(&self, ports: Ports) -> Result<(), ApiError> {
        self.ask(move |store| store.set_setting(PORTS, (ports.http, ports.https))).await
    }

    /// The ports of a target's proxy.
    pub(crate) async fn ports_on(&self, target: &Target) -> Result<Ports, ApiError> {
        match target {
            Target::Ssh(_) | Target::Hosts(_) => Ok(SERVER_PORTS),
            Target::Docker | Target::Swarm => self.ports().await,
        }
    }

    /// Connects to a target.
    pub(crate) async fn reach(&self, target: &Target) -> Result<Docker, ApiError> {
        match target {
            Target::Ssh(host) => self.server(host).await,
            Target::Docker | Target::Swarm => self.docker().await,
            Target::Hosts(_) => Err(one_at_a_time(target)),
        }
    }

    /// Connects to every host of a target, side by side. Tells of all that cannot be used, since without one of them
    /// nothing is begun on any.
    pub(crate) async fn reach_all(&self, target: &Target) -> Result<Vec<Docker>, ApiError> {
        let Target::Hosts(hosts) = target else { return Ok(vec![self.reach(target).await?]) };
        let hosts = hosts.as_slice();
        let reached = join_all(hosts.iter().map(|host| self.server(host))).await;
        all_or_why(hosts, reached)
    }

    /// How servers are reached.
    pub(crate) fn links(&self) -> LinkSettings {
        LinkSettings {
            config: std::env::var_os(SSH_CONFIG).map(PathBuf::from),
            ..LinkSettings::new(self.home.root())
        }
    }

    fn instance(&self) -> Instance {
        match self.home.instance() {
            "main" => Instance::default(),
            name => Instance::named(name).unwrap_or_default(),
        }
    }

    /// Opens the way to a server.
    pub(crate) async fn link(&self, host: &SshHost) -> Result<Link, ApiError> {
        let opened = Link::open(host, &self.links()).await;
        Ok(opened.map_err(|error| EngineError::Link(Box::new(error)))?)
    }

    pub(crate) async fn server(&self, host: &SshHost) -> Result<Docker, ApiError> {
        let instance = server_instance();
        let network = instance.name("net");
        let link = self.link(host).await?;
        let (directory, engine) = tokio::join!(directory_on(&link, &instance), engine_over(&link));
        let (directory, engine) = (directory?, engine?);
        let shared: Arc<dyn ContainerHost> = Arc::clone(&engine) as Arc<dyn ContainerHost>;
        let settings = proxy(directory, SERVER_PORTS, network.clone());
        let traffic = Arc::new(CaddyProxy::over(&link, shared, settings.clone()));
        Ok(Docker { engine, traffic, network, settings, link: Some(link) })
    }

    /// Connects to the local engine.
    pub(crate) async fn docker(&self) -> Result<Docker, ApiError> {
        let instance = self.instance();
        let network = instance.name("net");
        let engine = DockerEngine::connect(Endpoint::from_environment()?, instance, Locality::Here).await?;
        let engine = Arc::new(engine);
        let ports = self.ports().await?;
        let settings = proxy(self.home.proxy(), ports, network.clone());
        let host: Arc<dyn ContainerHost> = Arc::clone(&engine) as Arc<dyn ContainerHost>;
        let traffic: Arc<dyn TrafficDriver> = Arc::new(CaddyProxy::new(host, settings.clone())?);
        Ok(Docker { engine, traffic, network, settings, link: None })
    }
}

/// The engine that a way leads to.
pub(crate) async fn engine_over(link: &Link) -> Result<Arc<DockerEngine>, ApiError> {
    let endpoint = Endpoint::over(link).await?;
    let engine = DockerEngine::connect(endpoint, server_instance(), Locality::There).await?;
    Ok(Arc::new(engine))
}

/// Results from all hosts, or one error that names each host that has one.
pub(crate) fn all_or_why<T>(
    hosts: &[SshHost],
    results: Vec<Result<T, ApiError>>,
) -> Result<Vec<T>, ApiError> {
    let (mut good, mut bad) = (Vec::new(), Vec::new());
    for (host, result) in hosts.iter().zip(results) {
        match result {
            Ok(one) => good.push(one),
            Err(error) => bad.push((host, error)),
        }
    }
    let words: Vec<String> =
        bad.iter().map(|(host, error)| format!("{}: {}", host.host(), error.message)).collect();
    let others: Vec<String> = bad.iter().map(|(host, _)| format!("--without {}", host.host())).collect();
    let Some((_, first)) = bad.into_iter().next() else { return Ok(good) };
    let message = format!("not all hosts can be used, so none is changed; {}", words.join("; "));
    let error = ApiError { message, ..first };
    if good.is_empty() {
        return Err(error);
    }
    let hint = format!("`{}` ships to the others; what is left out keeps what it serves", others.join(" "));
    Err(error.hint(hint))
}

/// Something that looks at one host was asked of several.
fn one_at_a_time(target: &Target) -> ApiError {
    let message = format!("this works on one host at a time, and there are {}: {target}", target.words());
    ApiError::new(Code::Refused, message).hint("go to the one you mean with `ssh`")
}

/// The one server that is meant, where there are several. `server` is a host's name or its whole target.
pub(crate) fn one_server(target: &Target, server: Option<&str>) -> Result<Target, ApiError> {
    match (server, target) {
        (None, Target::Hosts(_)) => {
            let message = format!("there are {}; say which one is meant: {}", target.words(), names(target));
            let first = target.hosts().first().map(SshHost::host).unwrap_or_default();
            Err(ApiError::new(Code::Usage, message).hint(format!("add `--server {first}`")))
        }
        (None, one) => Ok(one.clone()),
        (Some(name), _) => named(target, name).map(Target::Ssh),
    }
}

/// One of the servers of an environment.
#[derive(Debug, Clone)]
pub(crate) struct Server {
    /// Its host's name, where there are several.
    pub(crate) name: Option<String>,
    /// How it is reached.
    pub(crate) target: Target,
}

/// The servers that are meant: all, unless one is named.
pub(crate) fn servers(target: &Target, server: Option<&str>) -> Result<Vec<Server>, ApiError> {
    Ok(match (server, target) {
        (None, Target::Hosts(_)) => {
            let of = |host: &SshHost| Server {
                name: Some(host.host().to_owned()),
                target: Target::Ssh(host.clone()),
            };
            target.hosts().iter().map(of).collect()
        }
        _ => vec![Server { name: None, target: one_server(target, server)? }],
    })
}

/// Leaves hosts of an environment out, and says which.
pub(crate) fn leave_out(
    environment: &mut EnvironmentSpec,
    left_out: &[String],
) -> Result<Vec<SshHost>, ApiError> {
    if left_out.is_empty() {
        return Ok(Vec::new());
    }
    let target = &environment.target;
    let mut hosts = left_out.iter().map(|name| named(target, name)).collect::<Result<Vec<_>, _>>()?;
    // In one order, whatever was said: the plan is the same then.
    hosts.sort();
    hosts.dedup();
    *environment = environment.without(&hosts).ok_or_else(|| {
        ApiError::new(Code::Usage, "no host is left when all are left out".to_owned())
            .hint(format!("it has: {}", names(target)))
    })?;
    Ok(hosts)
}

fn names(target: &Target) -> String {
    target.hosts().iter().map(SshHost::host).collect::<Vec<_>>().join(", ")
}

/// The host of a target with this name, or this target of its own.
fn named(target: &Target, name: &str) -> Result<SshHost, ApiError> {
    let is_meant = |host: &&SshHost| host.host() == name || host.to_string() == name;
    target.hosts().iter().find(is_meant).cloned().ok_or_else(|| {
        let there = match target.hosts() {
            [] => "it runs on this machine".to_owned(),
            _ => format!("it has: {}", names(target)),
        };
        ApiError::new(Code::NotFound, format!("`{name}` is no server of this environment")).hint(there)
    })
}

fn proxy(directory: PathBuf, ports: Ports, network: String) -> ProxySettings {
    // Known only to this home: whoever has it can ask the proxy which slot answered.
    let token = uuid::Uuid::now_v7().simple().to_string();
    ProxySettings {
        directory,
        image: PROXY_IMAGE.to_owned(),
        http_port: ports.http,
        https_port: ports.https,
        network,
        probe_token: Digest::of(token.as_bytes()).short().to_owned(),
    }
}

impl Docker {
    /// Engine and proxy as a run changes them: on a server only while its lease is held.
    pub(crate) fn changed_with(
        &self,
        fence: Option<&Arc<Fence>>,
    ) -> (Arc<dyn ContainerHost>, Arc<dyn TrafficDriver>) {
        let engine: Arc<dyn ContainerHost> = Arc::clone(&self.engine) as Arc<dyn ContainerHost>;
        let Some((link, fence)) = self.link.as_ref().zip(fence) else {
            return (engine, Arc::clone(&self.traffic));
        };
        let host: Arc<dyn ContainerHost> = Arc::new(FencedHost::new(engine, Arc::clone(fence)));
        let settings = self.settings.clone();
        let traffic = CaddyProxy::fenced(link, Arc::clone(&host), settings, Arc::clone(fence));
        (host, Arc::new(traffic))
    }

    /// Looks at what is there for an environment.
    pub(crate) async fn observe(
        &self,
        place: &Place,
        environment: &EnvironmentSpec,
        ports: Ports,
    ) -> Result<Observed, ApiError> {
        let look = Look {
            host: self.engine.as_ref(),
            traffic: self.traffic.as_ref(),
            place,
            ports: (ports.http, ports.https),
        };
        let (observed, ports_taken) =
            tokio::join!(observe(look), self.ports_taken(place, environment, ports));
        Ok(Observed { ports_taken, ..observed? })
    }

    /// Ports we would need that something else uses. Our own proxy's and our own slots' are not taken.
    async fn ports_taken(&self, place: &Place, environment: &EnvironmentSpec, ports: Ports) -> Vec<PortUse> {
        use seatrial_engine::docker::PortOwner;
        let instance = self.engine.instance();
        let own = [instance.name("proxy"), instance.name(&place.stem())];
        let wanted =
            [ports.http, ports.https].into_iter().chain(environment.ship.ports.iter().map(|p| p.host));
        let is_own = |name: &str| own.iter().any(|own| name.starts_with(own.as_str()));
        let owners = join_all(wanted.map(async |port| (port, self.engine.port_owner(port).await))).await;
        let taken = owners.into_iter().filter_map(|(port, owner)| match owner? {
            PortOwner::Container { name } if is_own(&name) => None,
            by => Some(PortUse { port, by: by.to_string() }),
        });
        taken.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use seatrial_core::detect::facts::{FolderFacts, PipelineFile};

    #[test]
    fn of_several_servers_one_is_named_by_its_host_or_in_full() {
        let several: Target = "ssh://deploy@web1, ssh://deploy@web2:2222".parse().unwrap();
        let second: Target = "ssh://deploy@web2:2222".parse().unwrap();
        assert_eq!(one_server(&several, Some("web2")).unwrap(), second);
        assert_eq!(one_server(&several, Some("ssh://deploy@web2:2222")).unwrap(), second);
        assert_eq!(one_server(&second, None).unwrap(), second);
        assert_eq!(one_server(&Target::Docker, None).unwrap(), Target::Docker);
        let unsaid = one_server(&several, None).unwrap_err();
        assert!(unsaid.message.contains("web1, web2"), "{}", unsaid.message);
        assert_eq!(unsaid.hints, ["add `--server web1`"]);
        let unknown = one_server(&several, Some("web3")).unwrap_err();
        assert_eq!((unknown.code, unknown.hints[0].as_str()), (Code::NotFound, "it has: web1, web2"));
        let here = one_server(&Target::Docker, Some("web1")).unwrap_err();
        assert_eq!(here.hints, ["it runs on this machine"]);
    }

    #[test]
    fn hosts_are_left_out_by_name_and_at_least_one_stays() {
        let text =
            "app = \"shop\"\n[env.prod]\ntarget = [\"ssh://a\", \"ssh://b\"]\ndomains = [\"shop.example\"]\n";
        let facts = FolderFacts {
            root: "/shop".into(),
            files: Vec::new(),
            texts: [("Dockerfile".to_owned(), "FROM scratch\nEXPOSE 80\n".to_owned())].into(),
            pipeline_file: PipelineFile::Content(text.into()),
            git: None,
            notes: Vec::new(),
        };
        let (spec, _) = seatrial_core::spec::parse(text.as_bytes(), "seatrial.toml", &facts).unwrap();
        let prod = || spec.environments[0].clone();
        let left_out = |names: &[&str]| {
            let mut environment = prod();
            let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
            leave_out(&mut environment, &names).map(|out| (environment.target.to_string(), out.len()))
        };
        assert_eq!(left_out(&[]).unwrap(), ("ssh://a, ssh://b".to_owned(), 0));
        assert_eq!(left_out(&["a"]).unwrap(), ("ssh://b".to_owned(), 1));
        assert_eq!(left_out(&["ssh://a", "a"]).unwrap(), ("ssh://b".to_owned(), 1), "the same host twice");
        assert_eq!(left_out(&["a", "b"]).unwrap_err().code, Code::Usage);
        assert_eq!(left_out(&["c"]).unwrap_err().code, Code::NotFound);
    }
}
