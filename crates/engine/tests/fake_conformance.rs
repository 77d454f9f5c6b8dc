//! The contracts of container hosts and of bringing images, on the fake.

mod support;

use seatrial_engine::docker::{ContainerHost, ContainerSpec};
use seatrial_engine::fake::{App, FakeMover, FakeTarget};
use support::contract::{Cast, fulfils_the_contract};
use support::mover::brings_images;

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

#[tokio::test]
async fn the_fake_brings_images_as_real_engines_do() {
    let (from, to) = (FakeTarget::new(), FakeTarget::new());
    from.add_image("built", App::web("hello"));
    let image = from.image("built").await.unwrap().unwrap().id.parse().unwrap();
    brings_images(&FakeMover::new(from, to.clone()), &to, &image).await;
}
