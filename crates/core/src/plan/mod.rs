//! Plans are values: what will happen, computed from what is declared, what was observed and what is asked.

mod observed;
mod plan_value;

pub use observed::{EngineFacts, Observed, PortUse, ProxyFacts, SlotFacts, SlotState};
pub use plan_value::{Plan, PlanSummary, SlotView, TrafficMove};
