//! Reaching a target, and looking at it.

use crate::App;
use crate::api::ApiError;
use seatrial_core::model::{Digest, Release};
use seatrial_core::pipeline::Place;
use seatrial_core::plan::{Observed, PortUse, Ports};
use seatrial_core::spec::EnvironmentSpec;
use seatrial_engine::docker::{ContainerHost, DockerEngine, Endpoint, Instance, Locality};
use seatrial_engine::observe::{Look, observe};
use seatrial_engine::proxy::{CaddyProxy, ProxySettings, TrafficDriver};
use std::sync::Arc;

/// The image of the proxy.
const PROXY_IMAGE: &str = "caddy:2";
const PORTS: &str = "proxy.ports";

/// A Docker engine with its proxy.
pub(crate) struct Docker {
    pub(crate) engine: Arc<DockerEngine>,
    pub(crate) traffic: Arc<dyn TrafficDriver>,
    pub(crate) network: String,
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

    /// Connects to the local engine.
    pub(crate) async fn docker(&self) -> Result<Docker, ApiError> {
        let instance = if self.home.instance() == "main" {
            Instance::default()
        } else {
            Instance::named(self.home.instance()).unwrap_or_default()
        };
        let network = instance.name("net");
        let engine = DockerEngine::connect(Endpoint::from_environment()?, instance, Locality::Here).await?;
        let engine = Arc::new(engine);
        let ports = self.ports().await?;
        // Known only to this home: whoever has it can ask the proxy which slot answered.
        let token = uuid::Uuid::now_v7().simple().to_string();
        let settings = ProxySettings {
            directory: self.home.proxy(),
            image: PROXY_IMAGE.to_owned(),
            http_port: ports.http,
            https_port: ports.https,
            network: network.clone(),
            probe_token: Digest::of(token.as_bytes()).short().to_owned(),
        };
        let host: Arc<dyn ContainerHost> = Arc::clone(&engine) as Arc<dyn ContainerHost>;
        let traffic: Arc<dyn TrafficDriver> = Arc::new(CaddyProxy::new(host, settings)?);
        Ok(Docker { engine, traffic, network })
    }
}

impl Docker {
    /// Looks at what is there for an environment.
    pub(crate) async fn observe(
        &self,
        place: &Place,
        environment: &EnvironmentSpec,
        ports: Ports,
        releases: &[Release],
    ) -> Result<Observed, ApiError> {
        let images: Vec<Digest> =
            releases.iter().filter_map(|r| r.artifacts.first()).map(|a| a.digest.clone()).collect();
        let look = Look {
            host: self.engine.as_ref(),
            traffic: self.traffic.as_ref(),
            place,
            ports: (ports.http, ports.https),
            images: &images,
            ports_taken: self.ports_taken(place, environment, ports).await,
        };
        Ok(observe(look).await?)
    }

    /// Ports we would need that something else uses. Our own proxy's and our own slots' are not taken.
    async fn ports_taken(&self, place: &Place, environment: &EnvironmentSpec, ports: Ports) -> Vec<PortUse> {
        use seatrial_engine::docker::PortOwner;
        let instance = self.engine.instance();
        let own = [instance.name("proxy"), instance.name(&place.stem())];
        let wanted =
            [ports.http, ports.https].into_iter().chain(environment.ship.ports.iter().map(|p| p.host));
        let mut taken = Vec::new();
        for port in wanted {
            match self.engine.port_owner(port).await {
                None => {}
                Some(PortOwner::Container { name }) if own.iter().any(|o| name.starts_with(o.as_str())) => {}
                Some(by) => taken.push(PortUse { port, by: by.to_string() }),
            }
        }
        taken
    }
}
