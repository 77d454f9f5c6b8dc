//! A working Docker on this machine: engine, buildx, compose, and the base images that samples and tests build on.

mod engine;
mod images;
mod rootfs;

use crate::failure::Outcome;
use crate::machine::System;
use crate::packages;
use std::time::Instant;

/// The work `up` still has to do, so that it can be shown before it is done.
pub(crate) struct Missing {
    packages: Vec<&'static str>,
    engine_down: bool,
}

impl Missing {
    /// Looks at the machine; changes nothing.
    pub(crate) fn find() -> Outcome<Self> {
        let engine_down = !engine::answers();
        if engine_down {
            engine::refuse_if_elsewhere_or_forbidden()?;
        }
        Ok(Self { packages: engine::missing_packages(engine_down)?, engine_down })
    }

    /// One line per thing that will be done; empty when nothing is missing.
    pub(crate) fn describe(&self) -> Vec<String> {
        let mut lines = Vec::new();
        if !self.packages.is_empty() {
            lines.push(format!("install the packages {}", self.packages.join(" ")));
        }
        if self.engine_down {
            lines.push("start the Docker engine".to_owned());
        }
        lines
    }

    /// Whether providing starts an engine.
    pub(crate) fn starts_engine(&self) -> bool {
        self.engine_down
    }

    /// Does it.
    pub(crate) fn provide(&self) -> Outcome {
        if !self.packages.is_empty() {
            packages::install(System::detect()?, &self.packages)?;
        }
        if self.engine_down {
            engine::start()?;
        }
        engine::check_plugins()
    }
}

/// Makes everything present and leaves it running.
pub(crate) fn up() -> Outcome {
    let started = Instant::now();
    Missing::find()?.provide()?;
    images::provide()?;
    println!("Docker stack ready in {:.1} s", started.elapsed().as_secs_f64());
    status()
}

/// Makes the base images present.
pub(crate) fn images() -> Outcome {
    images::provide()
}

/// Tag and id of every base image; fails where one is missing.
pub(crate) fn base_images() -> Outcome<Vec<(&'static str, String)>> {
    images::ids()
}

/// Ends the engine if this checkout's `up` started it; anything else is left alone.
pub(crate) fn down() -> Outcome {
    engine::stop()
}

/// Prints what is there.
pub(crate) fn status() -> Outcome {
    println!("{}", engine::describe());
    for line in images::describe() {
        println!("{line}");
    }
    Ok(())
}
