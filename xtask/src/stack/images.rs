//! The base images, under their usual tags: pulled where a registry answers, else built from this machine's own packages.

use super::rootfs::RootFs;
use crate::failure::{Failure, Outcome};
use crate::machine::{self, System};
use crate::packages::{self, Apt};
use crate::shell::call;
use crate::workspace;
use std::path::{Path, PathBuf};
use std::thread;

const PULL_SECONDS: u64 = 20;
/// Marks an image as built here, so that `status` can tell it from a pulled one. Containers inherit labels, so this one
/// stays out of the product's own namespace.
const LOCAL_LABEL: &str = "LABEL image.origin=built-locally";

struct BaseImage {
    tag: &'static str,
    build: fn(&mut RootFs) -> Outcome<Vec<String>>,
}

const IMAGES: [BaseImage; 3] = [
    BaseImage { tag: "busybox:1", build: busybox },
    BaseImage { tag: "caddy:2", build: caddy },
    BaseImage { tag: "python:3-slim", build: python },
];

/// Makes every base image present.
pub(crate) fn provide() -> Outcome {
    let missing: Vec<&BaseImage> = IMAGES.iter().filter(|image| !is_present(image.tag)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let pulls = missing.into_iter().map(|image| (image, thread::spawn(|| pull(image.tag))));
    let pulls: Vec<_> = pulls.collect();
    for (image, pulled) in pulls {
        if pulled.join().is_ok_and(|pulled| pulled) {
            println!("{}: pulled", image.tag);
        } else {
            build(image).map_err(|failure| {
                failure.hint(format!(
                    "`docker pull {}` does not work here either; with a registry it would do",
                    image.tag
                ))
            })?;
            println!("{}: no registry answers, built from this machine's own packages", image.tag);
        }
    }
    Ok(())
}

/// One line per base image.
pub(crate) fn describe() -> Vec<String> {
    let line = |image: &BaseImage| {
        let format = "{{.Id}} {{index .Config.Labels \"image.origin\"}}";
        let found =
            call("docker").args(["image", "inspect", "--format", format, image.tag]).limit(15).output();
        let state = found.map_or("missing".to_owned(), |text| {
            let (id, origin) = text.split_once(' ').unwrap_or((&text, ""));
            let short = id.trim_start_matches("sha256:").get(..12).unwrap_or(id);
            format!("{short} ({})", if origin.is_empty() { "pulled" } else { origin })
        });
        format!("image {}: {state}", image.tag)
    };
    IMAGES.iter().map(line).collect()
}

/// Tag and id of every base image.
pub(super) fn ids() -> Outcome<Vec<(&'static str, String)>> {
    let id = |image: &BaseImage| {
        let ask = call("docker").args(["image", "inspect", "--format", "{{.Id}}", image.tag]).limit(15);
        let id = ask.output().map_err(|failure| failure.hint("run `cargo xtask stack up`"))?;
        Ok((image.tag, id.trim_start_matches("sha256:").to_owned()))
    };
    IMAGES.iter().map(id).collect()
}

fn is_present(tag: &str) -> bool {
    call("docker").args(["image", "inspect", tag]).limit(15).succeeds()
}

fn pull(tag: &str) -> bool {
    call("docker").args(["pull", "--quiet", tag]).limit(PULL_SECONDS).succeeds()
}

fn build(image: &BaseImage) -> Outcome {
    let dir = workspace::scratch("images")?.join(image.tag.replace(':', "-"));
    let mut root = RootFs::new(&dir)?;
    let mut changes = (image.build)(&mut root)?;
    changes.push(LOCAL_LABEL.to_owned());
    let options = changes.into_iter().flat_map(|change| ["--change".to_owned(), change]);
    let archive = root.pack()?;
    let import = call("docker")
        .arg("import")
        .args(options)
        .args([archive.display().to_string(), image.tag.to_owned()]);
    import.limit(120).output()?;
    std::fs::remove_dir_all(&dir).map_err(|error| Failure::io(dir.display(), &error))
}

fn busybox(root: &mut RootFs) -> Outcome<Vec<String>> {
    add_busybox(root)?;
    Ok(vec!["ENV PATH=/usr/local/bin:/usr/bin:/bin".to_owned(), "CMD [\"sh\"]".to_owned()])
}

/// The shell and the small tools that images of this kind usually have.
fn add_busybox(root: &mut RootFs) -> Outcome {
    let binary = tool_or_package("/bin/busybox", "busybox-static")?;
    root.binary(&binary, "usr/bin/busybox")?;
    for applet in call(binary.display().to_string()).arg("--list").limit(10).output()?.lines() {
        if applet != "busybox" {
            root.link("busybox", &format!("usr/bin/{applet}"))?;
        }
    }
    Ok(())
}

fn python(root: &mut RootFs) -> Outcome<Vec<String>> {
    let binary = tool_or_package("/usr/bin/python3", "python3")?;
    let binary = std::fs::canonicalize(&binary).map_err(|error| Failure::io(binary.display(), &error))?;
    let name = binary.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let library = Path::new("/usr/lib").join(&name);
    root.binary(&binary, &format!("usr/bin/{name}"))?;
    for link in ["usr/bin/python3", "usr/bin/python", "usr/local/bin/python3", "usr/local/bin/python"] {
        root.link(&format!("/usr/bin/{name}"), link)?;
    }
    // Taken over with their dates: otherwise Python would not trust its compiled files and start slowly every time.
    root.tree(&library, &["*/test", "*/idlelib", "*/config-*", "*/ensurepip"])?;
    root.libraries_of_all(&library.join("lib-dynload"))?;
    add_busybox(root)?;
    let env =
        "ENV PATH=/usr/local/bin:/usr/bin:/bin SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt LANG=C.UTF-8";
    Ok(vec![env.to_owned(), "CMD [\"python3\"]".to_owned()])
}

const CADDYFILE: &str = ":80 {\n\troot * /usr/share/caddy\n\tfile_server\n}\n";

fn caddy(root: &mut RootFs) -> Outcome<Vec<String>> {
    let binary = caddy_binary()?;
    let version = call(binary.display().to_string()).arg("version").limit(10).output()?;
    root.binary(&binary, "usr/bin/caddy")?;
    root.file("etc/caddy/Caddyfile", CADDYFILE)?;
    root.file("usr/share/caddy/index.html", "Caddy works.\n")?;
    for dir in ["config/caddy", "data/caddy", "srv"] {
        root.dir(dir)?;
    }
    add_busybox(root)?;
    let version = version.split_whitespace().next().unwrap_or("unknown").to_owned();
    Ok(vec![
        format!(
            "ENV PATH=/usr/local/bin:/usr/bin:/bin XDG_CONFIG_HOME=/config XDG_DATA_HOME=/data CADDY_VERSION={version}"
        ),
        "EXPOSE 80".to_owned(),
        "EXPOSE 443".to_owned(),
        "EXPOSE 443/udp".to_owned(),
        "EXPOSE 2019".to_owned(),
        "WORKDIR /srv".to_owned(),
        "CMD [\"caddy\",\"run\",\"--config\",\"/etc/caddy/Caddyfile\",\"--adapter\",\"caddyfile\"]"
            .to_owned(),
    ])
}

/// Caddy from Debian's development suite, taken out of its package: released suites have one that is too old.
fn caddy_binary() -> Outcome<PathBuf> {
    if System::detect()? == System::Ubuntu {
        return Err(Failure::new("the image caddy:2 can be built without a registry on Debian only"));
    }
    let dir = workspace::scratch("images")?.join("caddy-package");
    let binary = dir.join("root/usr/bin/caddy");
    if binary.is_file() {
        return Ok(binary);
    }
    workspace::make_dir(&dir)?;
    let apt = Apt::only_suite("sid", &dir)?;
    apt.get(&["update"]).limit(300).output()?;
    apt.get(&["download", "caddy"]).dir(&dir).limit(120).output()?;
    let entries = std::fs::read_dir(&dir).map_err(|error| Failure::io(dir.display(), &error))?;
    let package = entries.flatten().map(|entry| entry.path());
    let package =
        package.into_iter().find(|path| path.extension().is_some_and(|extension| extension == "deb"));
    let package = package.ok_or_else(|| Failure::new("apt-get downloaded no caddy package"))?;
    packages::unpack(&package, &dir.join("root"))?;
    Ok(binary)
}

fn tool_or_package(file: &str, package: &'static str) -> Outcome<PathBuf> {
    let path = PathBuf::from(file);
    if !path.exists() {
        packages::install(System::detect()?, &[package])?;
    }
    if path.exists() {
        return Ok(path);
    }
    machine::find_tool(path.file_name().and_then(|name| name.to_str()).unwrap_or(file))
        .ok_or_else(|| Failure::new(format!("the package {package} brought no {file}")))
}
