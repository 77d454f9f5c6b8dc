//! The catalogue of practices: what kind of thing a step does.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;

/// The three parts of a deployment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Phase {
    /// Produces a release.
    Build,
    /// Launches a release.
    Ship,
    /// Collects what follows from the release.
    Evaluate,
}

impl Phase {
    /// All phases, in order.
    pub const ALL: [Self; 3] = [Self::Build, Self::Ship, Self::Evaluate];

    /// The phase as a word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Build => "build",
            Self::Ship => "ship",
            Self::Evaluate => "evaluate",
        }
    }
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

macro_rules! practices {
    ($($phase:ident: $($(#[$doc:meta])* $name:ident = $text:literal),+;)+) => {
        /// The kind of a step. Maturity rules and the lanes of the UI read it.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
        #[serde(rename_all = "kebab-case")]
        pub enum Practice {
            $($($(#[$doc])* $name,)+)+
            /// Anything the catalogue has no word for; belongs to the phase it is declared in.
            Custom,
        }

        impl Practice {
            /// The catalogue, in order, without `custom`.
            pub const CATALOGUE: &'static [Self] = &[$($(Self::$name,)+)+];

            /// The practice as it is written in `seatrial.toml`.
            pub fn as_str(self) -> &'static str {
                match self {
                    $($(Self::$name => $text,)+)+
                    Self::Custom => "custom",
                }
            }

            /// The phase the practice belongs to; `None` for `custom`.
            pub fn phase(self) -> Option<Phase> {
                match self {
                    $($(Self::$name => Some(Phase::$phase),)+)+
                    Self::Custom => None,
                }
            }

            /// Reads a practice by its word.
            pub fn from_word(word: &str) -> Option<Self> {
                match word {
                    $($($text => Some(Self::$name),)+)+
                    "custom" => Some(Self::Custom),
                    _ => None,
                }
            }
        }
    };
}

practices! {
    Build:
        /// Style and error checks.
        Lint = "lint",
        /// Dependency resolution.
        Dependencies = "dependencies",
        /// Known vulnerabilities in dependencies.
        VulnerabilityCheck = "vulnerability-check",
        /// Tests of units of code.
        UnitTest = "unit-test",
        /// Review by a person.
        Review = "review",
        /// Deciding the version.
        Version = "version",
        /// Making the artifact.
        Package = "package",
        /// Storing the artifact where it can be fetched.
        Distribute = "distribute";
    Ship:
        /// Creating the environment.
        Provision = "provision",
        /// Preparing infrastructure.
        Prepare = "prepare",
        /// Injecting configuration and secrets.
        Configure = "configure",
        /// Changing data schemas.
        Migrate = "migrate",
        /// Starting the release.
        Launch = "launch",
        /// Checking the new instance.
        HealthCheck = "health-check",
        /// Directing traffic to the release.
        DirectTraffic = "direct-traffic",
        /// Going back to a previous release.
        Rollback = "rollback";
    Evaluate:
        /// Integration or functional tests.
        IntegrationTest = "integration-test",
        /// Acceptance tests.
        AcceptanceTest = "acceptance-test",
        /// Performance tests.
        PerformanceTest = "performance-test",
        /// Security assessment.
        SecurityAssessment = "security-assessment",
        /// Feedback from users.
        Feedback = "feedback",
        /// Availability and latency.
        Availability = "availability",
        /// Key performance indicators.
        Kpi = "kpi",
        /// Telling people what was learned.
        Communicate = "communicate";
}

impl fmt::Display for Practice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_practice_reads_back_and_has_eight_per_phase() {
        for phase in Phase::ALL {
            let count = Practice::CATALOGUE.iter().filter(|p| p.phase() == Some(phase)).count();
            assert_eq!(count, 8, "{phase}");
        }
        for practice in Practice::CATALOGUE {
            assert_eq!(Practice::from_word(practice.as_str()), Some(*practice));
            assert_eq!(serde_json::to_value(practice).unwrap(), practice.as_str());
        }
    }
}
