use std::collections::BTreeSet;
use std::io::Write as _;

use super::*;
use crate::transfer::ArchiveError;

const BASE: &[u8] = &[b'b'; 3000];
const APP: &[u8] = b"the app";

#[tokio::test]
async fn both_layouts_give_the_same_image_in_portions_of_any_size() {
    let image = Made::new(&[BASE, APP, BASE]);
    for items in [image.blobs(), image.folders()] {
        for portion in [1, 511, 512, 513, 100_000] {
            let scratch = tempfile::tempdir().unwrap();
            let none = BTreeSet::new();
            let parcel = read(&pack(&items), portion, &image.content(), &none, scratch.path()).await.unwrap();
            assert_eq!(parcel.config_digest, image.id());
            assert_eq!(&parcel.config[..], &image.config[..]);
            let digests: Vec<_> = parcel.layers.iter().map(|layer| layer.digest.clone()).collect();
            assert_eq!(digests, image.content().layers);
            assert_eq!(std::fs::read(parcel.path(&digests[0])).unwrap(), BASE);
            assert_eq!(
                parcel.bytes_above(0),
                (BASE.len() + APP.len()) as u64,
                "a layer that occurs twice moves once"
            );
            let manifest: serde_json::Value = serde_json::from_slice(&parcel.manifest).unwrap();
            assert_eq!(manifest["layers"][1]["digest"], Digest::of(APP).as_str());
            assert_eq!(manifest["layers"][1]["size"], APP.len());
            assert_eq!(manifest["layers"][1]["mediaType"], "application/vnd.docker.image.rootfs.diff.tar");
        }
    }
}

#[tokio::test]
async fn layers_that_the_target_has_are_described_and_not_kept() {
    let image = Made::new(&[BASE, APP]);
    for items in [image.blobs(), image.folders()] {
        let scratch = tempfile::tempdir().unwrap();
        let there = BTreeSet::from([Digest::of(BASE)]);
        let parcel = read(&pack(&items), 4096, &image.content(), &there, scratch.path()).await.unwrap();
        assert!(!parcel.layers[0].kept && parcel.layers[1].kept);
        assert_eq!(parcel.layers[0].size, BASE.len() as u64);
        assert!(!parcel.path(&Digest::of(BASE)).exists());
        assert_eq!(parcel.bytes_above(1), APP.len() as u64);
    }
}

#[tokio::test]
async fn the_scratch_folder_is_gone_with_the_parcel() {
    let (image, scratch) = (Made::new(&[BASE]), tempfile::tempdir().unwrap());
    let none = BTreeSet::new();
    let parcel = read(&pack(&image.blobs()), 4096, &image.content(), &none, scratch.path()).await.unwrap();
    assert_eq!(std::fs::read_dir(scratch.path()).unwrap().count(), 1);
    drop(parcel);
    assert_eq!(std::fs::read_dir(scratch.path()).unwrap().count(), 0);
}

#[tokio::test]
async fn compressed_layers_are_sent_as_they_are() {
    let image = Made::new(&[APP]);
    let mut gzip = vec![0x1f, 0x8b];
    gzip.write_all(b"as if compressed").unwrap();
    let items = [
        file(blob(&gzip), &gzip),
        file(blob(&image.config), &image.config),
        manifest(&blob(&image.config), &[blob(&gzip)]),
    ];
    let (scratch, none) = (tempfile::tempdir().unwrap(), BTreeSet::new());
    // In portions of one byte the mark is not in the first one.
    let parcel = read(&pack(&items), 1, &image.content(), &none, scratch.path()).await.unwrap();
    assert_eq!(parcel.layers[0].digest, Digest::of(&gzip));
    let manifest: serde_json::Value = serde_json::from_slice(&parcel.manifest).unwrap();
    assert_eq!(manifest["layers"][0]["mediaType"], "application/vnd.docker.image.rootfs.diff.tar.gzip");
}

#[tokio::test]
async fn t8_names_that_lead_out_are_refused() {
    let image = Made::new(&[APP]);
    for path in ["../../etc/passwd", "/etc/passwd", "a/../../b", "blobs/sha256/../x", ".."] {
        let mut items = image.blobs();
        items.insert(0, file(path, "x"));
        match refused(&items, &image).await {
            TransferError::Archive(ArchiveError::Escapes { path: named }) => assert_eq!(named, path),
            other => panic!("{path}: {other:?}"),
        }
    }
}

#[tokio::test]
async fn t8_links_other_than_between_layers_are_refused() {
    let image = Made::new(&[APP]);
    let layer = |to: &str| Item::Link("b/layer.tar".into(), to.into());
    for link in [
        layer("/etc/passwd"),
        layer("../../etc/layer.tar"),
        layer("../x/../layer.tar"),
        layer("layer.tar"),
        Item::Link("manifest.json".into(), "../a/layer.tar".into()),
        Item::Link(blob(APP), "../a/layer.tar".into()),
    ] {
        let mut items = image.folders();
        items.insert(0, link);
        let error = refused(&items, &image).await;
        assert!(matches!(error, TransferError::Archive(ArchiveError::ForeignLink { .. })), "{error:?}");
    }
}

#[tokio::test]
async fn a_link_to_a_layer_that_is_not_there_is_told() {
    let image = Made::new(&[APP]);
    let config = format!("{}.json", hex(&image.id()));
    let items = [
        Item::Link("a/layer.tar".into(), "../b/layer.tar".into()),
        file(config.clone(), &image.config),
        manifest(&config, &["a/layer.tar".into()]),
    ];
    let error = refused(&items, &image).await;
    assert!(matches!(error, TransferError::Archive(ArchiveError::Missing { .. })), "{error:?}");
}

#[tokio::test]
async fn d10_a_layer_larger_than_the_disk_is_refused_before_a_byte_of_it() {
    let image = Made::new(&[APP]);
    let error = refused(&[Item::Promise(blob(APP), 1 << 60)], &image).await;
    assert!(matches!(error, TransferError::NoSpaceHere { needed, .. } if needed > 1 << 60), "{error:?}");
}

#[tokio::test]
async fn t8_documents_of_hostile_size_are_not_read_into_memory() {
    let image = Made::new(&[APP]);
    let error = refused(&[Item::Promise("manifest.json".into(), 1 << 40)], &image).await;
    assert!(matches!(error, TransferError::Archive(ArchiveError::TooLarge { .. })), "{error:?}");
    let error = refused(&[Item::Promise("index.json".into(), u64::MAX)], &image).await;
    assert!(matches!(error, TransferError::Archive(ArchiveError::Truncated { .. })), "{error:?}");
}

#[tokio::test]
async fn d11_content_that_is_not_what_its_name_says_is_refused() {
    let image = Made::new(&[BASE, APP]);
    let mut items = image.blobs();
    items[3] = file(blob(APP), b"not app");
    match refused(&items, &image).await {
        TransferError::Archive(ArchiveError::Corrupt { named, found }) => {
            assert_eq!((named, found), (Digest::of(APP), Digest::of(b"not app")));
        }
        other => panic!("{other:?}"),
    }
    let mut items = image.folders();
    items[2] = file(format!("{:064x}/layer.tar", 0), b"another base");
    let error = refused(&items, &image).await;
    assert!(matches!(error, TransferError::Archive(ArchiveError::UnknownLayer { .. })), "{error:?}");
}

#[tokio::test]
async fn missing_parts_are_told_by_name() {
    let image = Made::new(&[BASE, APP]);
    let all = image.blobs();
    for (index, name) in [(2, blob(BASE)), (4, blob(&image.config)), (6, "manifest.json".to_owned())] {
        let mut items = all.clone();
        items.remove(index);
        match refused(&items, &image).await {
            TransferError::Archive(ArchiveError::Missing { path }) => assert_eq!(path, name),
            other => panic!("{name}: {other:?}"),
        }
    }
}

#[tokio::test]
async fn d11_a_stream_that_ends_anywhere_gives_no_image() {
    let image = Made::new(&[APP]);
    let whole = pack(&image.blobs());
    let end = whole.len() - 1024 - 1024; // Without the last entry and the end mark the image is complete.
    let none = BTreeSet::new();
    for length in (0..end).step_by(128) {
        let scratch = tempfile::tempdir().unwrap();
        let error = read(&whole[..length], 4096, &image.content(), &none, scratch.path()).await.unwrap_err();
        assert!(
            matches!(
                error,
                TransferError::Archive(ArchiveError::Truncated { .. } | ArchiveError::Missing { .. })
            ),
            "{length}: {error:?}"
        );
    }
}

#[tokio::test]
async fn another_image_is_not_taken_for_the_wanted_one() {
    let (wanted, other) = (Made::new(&[BASE, APP]), Made::new(&[APP, BASE]));
    let error = refused(&other.blobs(), &wanted).await;
    assert!(matches!(error, TransferError::Archive(ArchiveError::OtherImage)), "{error:?}");
}

#[tokio::test]
async fn bytes_that_are_no_archive_are_told_with_their_place() {
    let (image, scratch) = (Made::new(&[APP]), tempfile::tempdir().unwrap());
    let mut archive = pack(&image.blobs());
    archive[512 + 148] ^= 1;
    let none = BTreeSet::new();
    let error = read(&archive, 4096, &image.content(), &none, scratch.path()).await.unwrap_err();
    assert!(matches!(error, TransferError::Archive(ArchiveError::BadHeader { at: 512 })), "{error:?}");
}

#[tokio::test]
async fn extended_headers_give_sizes_and_names_and_are_bounded() {
    let (image, scratch) = (Made::new(&[APP]), tempfile::tempdir().unwrap());
    let name = blob(APP);
    let record = |key: &str, value: &str| {
        let rest = format!(" {key}={value}\n");
        let length = (1..).find(|length| format!("{length}{rest}").len() == *length).unwrap();
        format!("{length}{rest}")
    };
    let extension = record("path", &name) + &record("size", &APP.len().to_string());
    let mut archive = Vec::new();
    let mut header = tar::Header::new_gnu();
    header.set_entry_type(tar::EntryType::XHeader);
    header.set_size(extension.len() as u64);
    header.set_cksum();
    archive.extend_from_slice(header.as_bytes());
    archive.extend_from_slice(extension.as_bytes());
    archive.resize(1024, 0);
    let mut layer = pack(&[file("cut", APP)]);
    layer.truncate(1024);
    archive.extend_from_slice(&layer);
    let rest = [file(blob(&image.config), &image.config), manifest(&blob(&image.config), &[name])];
    archive.extend_from_slice(&pack(&rest));
    let none = BTreeSet::new();
    read(&archive, 4096, &image.content(), &none, scratch.path()).await.unwrap();

    header.set_size(1 << 40);
    header.set_cksum();
    let error = read(header.as_bytes(), 4096, &image.content(), &none, scratch.path()).await.unwrap_err();
    assert!(matches!(error, TransferError::Archive(ArchiveError::TooLarge { .. })), "{error:?}");
}

#[tokio::test]
async fn d11_an_export_that_stops_is_given_up_after_the_time_that_is_allowed() {
    let (image, scratch) = (Made::new(&[APP]), tempfile::tempdir().unwrap());
    let link = std::time::Duration::from_millis(60);
    let patience = Patience { link, ..Patience::default() };
    let beginning = Bytes::from(pack(&image.blobs())[..700].to_vec());
    let some = stream::iter([Ok::<_, EngineError>(beginning)]);
    let mut chunks = Chunks::new(Box::pin(futures_util::StreamExt::chain(some, stream::pending())), patience);
    let none = BTreeSet::new();
    let expected = Expected { image: &image.content(), store: StoreKind::Classic, not_kept: &none };
    let scratch = Arc::new(Scratch::new(scratch.path()).unwrap());
    let error = receive(&mut chunks, &expected, scratch).await.unwrap_err();
    assert!(matches!(error, TransferError::Stalled { after, .. } if after == patience.link), "{error:?}");
}
