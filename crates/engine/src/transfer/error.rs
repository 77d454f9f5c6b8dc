//! Why an image could not be moved.

use std::time::Duration;

use seatrial_core::model::Digest;

use crate::docker::EngineError;

/// Shorthand for results of this module.
pub type Result<T, E = TransferError> = std::result::Result<T, E>;

/// Why an image could not be moved. Every one of them leaves the target as it was, and may be tried again.
#[derive(Debug, thiserror::Error)]
pub enum TransferError {
    /// The image is not on the engine it should come from.
    #[error("image {image} is not on the engine any more that built it")]
    Gone {
        /// The image.
        image: Digest,
    },
    /// The image was built for another kind of machine.
    #[error("the image is for {image}, the target runs {target}")]
    OtherPlatform {
        /// Operating system and architecture of the image, as `linux/amd64`.
        image: String,
        /// Those of the target.
        target: String,
    },
    /// Nothing to call the image by on the target: it would be removed as unused.
    #[error("an image needs a tag on the target")]
    NoTag,
    /// The disk of this machine cannot take what has to be read.
    #[error("{needed} bytes are needed in the scratch folder and {free} are free")]
    NoSpaceHere {
        /// Bytes needed.
        needed: u64,
        /// Bytes free.
        free: u64,
    },
    /// The disk of the target cannot take the image.
    #[error("{needed} bytes are needed on the target and {free} are free")]
    NoSpaceThere {
        /// Bytes needed: twice what moves, and 1 GiB.
        needed: u64,
        /// Bytes free.
        free: u64,
    },
    /// An engine failed.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// What the engine exported is not what it should be.
    #[error("the exported image cannot be used")]
    Archive(#[source] ArchiveError),
    /// The scratch folder of this machine failed.
    #[error("cannot {doing} in the scratch folder")]
    Scratch {
        /// What was being done.
        doing: &'static str,
        /// The cause given by the system.
        #[source]
        source: std::io::Error,
    },
    /// No port could be opened on this machine.
    #[error("cannot listen on this machine for the target")]
    Listen(#[source] std::io::Error),
    /// The way back from the target to this machine could not be made.
    #[error("the target cannot be given a way to this machine")]
    Tunnel(#[source] TunnelError),
    /// The target was given a way to this machine, and nothing came through it.
    #[error("nothing from the target came through the tunnel: {report}")]
    NotReached {
        /// The target engine's own words.
        report: String,
    },
    /// The target's engine gave up.
    #[error("the target could not take the image: {report}")]
    Refused {
        /// Its own words.
        report: String,
    },
    /// Nothing moved for too long.
    #[error("nothing moved for {} s, after {sent} bytes", .after.as_secs())]
    Stalled {
        /// How long nothing moved.
        after: Duration,
        /// Bytes sent until then.
        sent: u64,
    },
    /// Another image than the one sent arrived.
    #[error("image {wanted} was sent, and {found} is on the target")]
    Different {
        /// What was sent.
        wanted: Digest,
        /// What was found there.
        found: String,
    },
    /// It was cancelled.
    #[error("the transfer was cancelled")]
    Cancelled,
}

/// What is wrong with an exported image.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// It ended early.
    #[error("it ended after {read} bytes, in the middle of something")]
    Truncated {
        /// Bytes read.
        read: u64,
    },
    /// A header is not one of a tar archive.
    #[error("there is no valid header at byte {at}")]
    BadHeader {
        /// Where.
        at: u64,
    },
    /// A name in it leads out of it.
    #[error("it names {path:?}, which leads out of it")]
    Escapes {
        /// The name.
        path: String,
    },
    /// It holds a link that is not one between layers.
    #[error("{path:?} in it is a link to {to:?}")]
    ForeignLink {
        /// Name of the link.
        path: String,
        /// Where it leads.
        to: String,
    },
    /// Something that is read into memory is far larger than it ever is.
    #[error("{path:?} in it has {size} bytes; {limit} are the limit")]
    TooLarge {
        /// Its name.
        path: String,
        /// Its size.
        size: u64,
        /// The limit.
        limit: u64,
    },
    /// Content that is not what its name says.
    #[error("{named} in it has the digest {found}")]
    Corrupt {
        /// Digest in its name.
        named: Digest,
        /// Digest of its content.
        found: Digest,
    },
    /// Something it names is not in it.
    #[error("{path:?} is missing in it")]
    Missing {
        /// The name.
        path: String,
    },
    /// A document in it does not have the form it should have.
    #[error("{path:?} in it is not understood")]
    NotUnderstood {
        /// The name.
        path: String,
        /// What is wrong.
        #[source]
        source: serde_json::Error,
    },
    /// Another image is in it.
    #[error("it holds another image")]
    OtherImage,
    /// A layer is neither the layer itself nor a compressed one.
    #[error("the layer {layer} is in it as {found}, in no known form")]
    UnknownLayer {
        /// Digest of the uncompressed layer.
        layer: Digest,
        /// Digest of what is there.
        found: Digest,
    },
}

impl From<ArchiveError> for TransferError {
    fn from(error: ArchiveError) -> Self {
        Self::Archive(error)
    }
}

/// Why a target could not be given a way to a port of this machine.
#[derive(Debug, thiserror::Error)]
pub enum TunnelError {
    /// The target opened no port.
    #[error("the target opened no port")]
    NoPort,
    /// The link to the target failed.
    #[error("the link to the target failed")]
    Link(#[source] Box<dyn std::error::Error + Send + Sync>),
}
