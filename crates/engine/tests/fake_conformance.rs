//! The container host's contract, on the fake.

mod support;

use seatrial_engine::docker::{ContainerHost, ContainerSpec};
use seatrial_engine::fake::{App, FakeTarget};
use support::contract::{Cast, fulfils_the_contract};

struct FakeCast(FakeTarget);

impl Cast for FakeCast {
    fn host(&self) -> &dyn ContainerHost {
        &self.0
    }

    fn web(&self, name: &str) -> ContainerSpec {
        self.0.add_image("web", App::web("hello"));
        let mut spec = ContainerSpec::new(self.name(name), "web", "op");
        spec.network = Some(self.name("net"));
        spec
    }

    fn exiting(&self, name: &str, code: i64) -> ContainerSpec {
        let image = format!("exits-{code}");
        self.0.add_image(&image, App::exiting(code));
        ContainerSpec::new(self.name(name), image, "op")
    }
}

#[tokio::test]
async fn the_fake_fulfils_the_contract() {
    fulfils_the_contract(&FakeCast(FakeTarget::new())).await;
}
