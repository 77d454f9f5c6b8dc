//! The container host's contract, on a real engine.

mod support;

use seatrial_engine::docker::{ContainerHost, ContainerSpec, Restart};
use support::contract::{Cast, fulfils_the_contract};
use support::{BUSYBOX, Bench};

struct RealCast(Bench);

impl Cast for RealCast {
    fn host(&self) -> &dyn ContainerHost {
        self.0.engine.as_ref()
    }

    fn web(&self, name: &str) -> ContainerSpec {
        self.0.app(name, "hello", 0.0)
    }

    fn exiting(&self, name: &str, code: i64) -> ContainerSpec {
        let mut spec = ContainerSpec::new(self.name(name), BUSYBOX, "op");
        let script = format!("echo starting; exit {code}");
        spec.command = Some(["sh".to_owned(), "-c".to_owned(), script].to_vec());
        spec.restart = Restart::No;
        spec
    }
}

#[tokio::test]
async fn a_real_engine_fulfils_the_contract() {
    let cast = RealCast(Bench::new("contract").await);
    fulfils_the_contract(&cast).await;
    cast.0.clean().await;
}
