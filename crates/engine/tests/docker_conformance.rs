//! The container host's contract, on a real engine.

mod support;

use support::contract::fulfils_the_contract;
use support::{Bench, RealCast};

#[tokio::test]
async fn a_real_engine_fulfils_the_contract() {
    let cast = RealCast(Bench::new("contract").await);
    fulfils_the_contract(&cast).await;
    cast.0.clean().await;
}
