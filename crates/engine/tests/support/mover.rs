//! What everything has to fulfil that brings images; run on the fake and on real engines.

use std::sync::Mutex;

use seatrial_core::model::Digest;
use seatrial_engine::docker::ContainerHost;
use seatrial_engine::transfer::{MoveOrder, Mover, Progress, TransferError};
use tokio_util::sync::CancellationToken;

/// Brings `image`, which is at the source and not on the target, to the target.
pub(crate) async fn brings_images(mover: &dyn Mover, target: &dyn ContainerHost, image: &Digest) {
    what_cannot_begin_changes_nothing(mover, image).await;
    let id = an_image_arrives_under_all_its_names(mover, target, image).await;
    what_is_there_gets_another_name_and_nothing_moves(mover, target, image, &id).await;
    an_image_that_is_nowhere_is_told(mover).await;
}

async fn what_cannot_begin_changes_nothing(mover: &dyn Mover, image: &Digest) {
    let (names, cancel) = (["shop:1".to_owned()], CancellationToken::new());
    let order = MoveOrder { image, tags: &names, progress: &|_| {}, cancel: &cancel };
    let nameless = mover.bring(&MoveOrder { tags: &[], ..order }).await.unwrap_err();
    assert!(matches!(nameless, TransferError::NoTag), "{nameless:?}");
    cancel.cancel();
    let early = mover.bring(&order).await.unwrap_err();
    assert!(matches!(early, TransferError::Cancelled), "{early:?}");
    assert_eq!(mover.is_there(image).await.unwrap(), None);
}

async fn an_image_arrives_under_all_its_names(
    mover: &dyn Mover,
    target: &dyn ContainerHost,
    image: &Digest,
) -> Digest {
    let told = Mutex::new(Vec::<Progress>::new());
    let keep = |progress| told.lock().unwrap().push(progress);
    let (names, cancel) = (["shop:1".to_owned(), "shop:2".to_owned()], CancellationToken::new());
    let order = MoveOrder { image, tags: &names, progress: &keep, cancel: &cancel };
    let moved = mover.bring(&order).await.unwrap();
    assert!(moved.bytes > 0 && moved.layers_moved > 0, "{moved:?}");
    assert_eq!(mover.is_there(image).await.unwrap().as_ref(), Some(&moved.image));
    for name in &names {
        assert!(target.image(name).await.unwrap().is_some(), "{name}");
    }
    let told = told.into_inner().unwrap();
    assert!(
        !told.is_empty() && told.windows(2).all(|two| two[0].bytes_sent <= two[1].bytes_sent),
        "{told:?}"
    );
    moved.image
}

async fn what_is_there_gets_another_name_and_nothing_moves(
    mover: &dyn Mover,
    target: &dyn ContainerHost,
    image: &Digest,
    id: &Digest,
) {
    let (names, cancel) = (["shop:3".to_owned()], CancellationToken::new());
    let order = MoveOrder { image, tags: &names, progress: &|_| {}, cancel: &cancel };
    let again = mover.bring(&order).await.unwrap();
    assert_eq!((again.bytes, again.layers_moved, &again.image), (0, 0, id), "{again:?}");
    assert!(target.image("shop:3").await.unwrap().is_some());
}

async fn an_image_that_is_nowhere_is_told(mover: &dyn Mover) {
    let nowhere = Digest::of(b"an image that never was");
    assert_eq!(mover.is_there(&nowhere).await.unwrap(), None);
    let (names, cancel) = (["shop:4".to_owned()], CancellationToken::new());
    let order = MoveOrder { image: &nowhere, tags: &names, progress: &|_| {}, cancel: &cancel };
    let gone = mover.bring(&order).await.unwrap_err();
    assert!(matches!(&gone, TransferError::Gone { image } if *image == nowhere), "{gone:?}");
}
