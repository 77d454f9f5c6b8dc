//! The hosts' disks: files with an ext4 file system, copied from a template that has the base images already.

use super::host::Host;
use super::network;
use super::state::STATE;
use crate::failure::{Failure, Outcome};
use crate::shell::{call, wait_for};
use crate::stack;
use crate::workspace;
use std::path::{Path, PathBuf};

/// Room on a disk; what is not written takes none.
const SIZE: u64 = 6 << 30;
const DETACH_SECONDS: u64 = 30;

/// The template for the base images that the local engine has now, made when absent.
pub(super) fn template() -> Outcome<PathBuf> {
    let images = stack::base_images()?;
    let short = |(_, id): &(&str, String)| id.get(..12).unwrap_or(id).to_owned();
    let name = format!("template-{}.img", images.iter().map(short).collect::<Vec<_>>().join("-"));
    let dir = workspace::scratch("testbed")?;
    let file = dir.join(&name);
    if file.is_file() {
        return Ok(file);
    }
    let tags: Vec<&str> = images.iter().map(|(tag, _)| *tag).collect();
    println!("making a disk with {} (once for these images)", tags.join(", "));
    // Those of earlier images are of no use any more, nor is half of one.
    std::fs::remove_dir_all(&dir).map_err(|error| Failure::io(dir.display(), &error))?;
    workspace::make_dir(&dir)?;
    let half = dir.join("half.img");
    bake(&tags, &half)?;
    std::fs::rename(&half, &file).map_err(|error| Failure::io(file.display(), &error))?;
    Ok(file)
}

/// Boots a host with an empty disk, loads the images into its engine, and keeps the disk.
fn bake(tags: &[&str], into: &Path) -> Outcome {
    let host = Host::template();
    super::access::make_keys(&host)?;
    make_empty(&host.disk())?;
    network::attach(&host)?;
    host.boot()?;
    host.wait_ready()?;
    let socket = host.engine_socket().ok_or_else(|| Failure::new("the host for the template went away"))?;
    let pipe = format!(
        "set -o pipefail; docker save {} | docker -H unix://{} load",
        tags.join(" "),
        socket.display()
    );
    call("bash").args(["-c", &pipe]).limit(300).output()?;
    let rest = "kill $(cat /run/docker.pid); for i in $(seq 300); do [ -e /run/docker.pid ] || break; sleep 0.1; done; \
        rm -rf /var/lib/docker/network /var/lib/docker/containers/* /var/lib/docker/engine-id /var/log/*; sync";
    host.inside(&["sh", "-c", rest])?.limit(60).output()?;
    super::power_off(&host)?;
    network::detach(&host)?;
    copy(&host.disk(), into)?;
    std::fs::remove_dir_all(host.dir()).map_err(|error| Failure::io(host.dir().display(), &error))
}

fn make_empty(disk: &Path) -> Outcome {
    let made = std::fs::File::create(disk).and_then(|file| file.set_len(SIZE));
    made.map_err(|error| Failure::io(disk.display(), &error))?;
    // No journal and nothing written in advance: the disk is thrown away, and has to be made in no time.
    let options = ["-q", "-F", "-m", "0", "-O", "^has_journal"];
    let lazy = ["-E", "lazy_itable_init=1,lazy_journal_init=1,nodiscard"];
    call("mkfs.ext4").args(options).args(lazy).arg(disk.display().to_string()).limit(60).output().map(drop)
}

/// Copies a disk without its holes.
pub(super) fn copy(from: &Path, to: &Path) -> Outcome {
    let words = [from, to].map(|path| path.display().to_string());
    call("cp").args(["--sparse=always", "--reflink=auto"]).args(words).limit(300).output().map(drop)
}

/// The loop devices on files below a folder.
pub(super) fn attached(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir("/sys/block").into_iter().flatten().flatten();
    let devices = entries.filter(|entry| {
        let file = std::fs::read_to_string(entry.path().join("loop/backing_file"));
        file.is_ok_and(|file| Path::new(file.trim()).starts_with(folder))
    });
    devices.filter_map(|entry| entry.file_name().into_string().ok()).collect()
}

/// Waits until no disk below a folder is in use: only then is everything written, and may be used again.
pub(super) fn wait_detached(folder: &Path) -> Outcome {
    if wait_for(DETACH_SECONDS, || attached(folder).is_empty()) {
        return Ok(());
    }
    Err(Failure::new(format!("disks of the testbed are still in use after {DETACH_SECONDS} s"))
        .detail(attached(folder).join("\n"))
        .hint(format!("`losetup --list` shows what is below {STATE}")))
}
