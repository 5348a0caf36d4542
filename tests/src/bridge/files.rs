//! Files that are not what they should be: put aside or left alone, and the ferry goes on.

use bridge::ferry::{MOST_BYTES, Signer, file_name};
use runtime::Clock;
use wire::{
    Message as _,
    v1::{self, partner_frame as frame, partner_frame::Body},
};

use super::{
    both::Both,
    line::{self, Line, Way},
    peer::Peer,
    quay::{Files, names},
};

/// The partner's end, which is a ferry.
fn files(peer: &mut Peer) -> &mut Files {
    match &mut peer.line {
        Line::Ferry(files) => files,
        Line::Stream { .. } => panic!("not a ferry"),
    }
}

fn note(peer: &mut Peer, incident: &str, words: &str) -> v1::PartnerFrame {
    peer.frame(incident, "p1", Body::Note(frame::Note { words: words.to_owned() }))
}

#[tokio::test(flavor = "multi_thread")]
async fn files_that_are_not_believed_are_put_aside_and_the_ferry_goes_on() {
    let both = Both::open(Way::Ferry, Clock::system()).await;
    let mut police = both.peer("police110", 0, 0).await;
    let incident = police.does("", "p1", Body::Report(line::report("police110", "J1", "两户争吵"))).await;
    let folder = both.quay("police110").file("to-hub");
    let forged = note(&mut police, &incident, "伪造");
    police.number -= 1;
    let frames = vec![forged];
    let mut bad = Vec::new();
    let end = files(&mut police);

    // Each is a good file but for one thing.
    let other_key = Signer::from_hex(&"3".repeat(64)).expect("a key");
    let batch = end.batch(frames.clone());
    bad.push(file_name("police110", batch.number));
    end.out.write(&batch, &other_key).expect("a writable folder");
    let spoil: [fn(&mut v1::Batch); 2] =
        [|batch| "320102".clone_into(&mut batch.district), |batch| "gridplatform".clone_into(&mut batch.to)];
    for spoiled in spoil {
        let mut batch = end.batch(frames.clone());
        spoiled(&mut batch);
        bad.push(file_name("police110", batch.number));
        end.out.write(&batch, &end.signer).expect("a writable folder");
    }
    let batch = end.batch(frames.clone());
    let whole = end.signer.sign(&batch).encode_to_vec();
    let mut put = |name: String, bytes: &[u8]| {
        // As a carrier puts it there: complete under its name.
        let coming = folder.join("coming");
        std::fs::write(&coming, bytes).expect("a writable folder");
        std::fs::rename(&coming, folder.join(&name)).expect("a writable folder");
        bad.push(name);
    };
    put(file_name("police110", batch.number), &whole[..whole.len() / 2]);
    put(file_name("police110", 901), &whole);
    put(file_name("police110", 902), &[]);
    put(file_name("police110", 903), &vec![0; usize::try_from(MOST_BYTES).expect("it fits") + 1]);
    // Not called as a file of this partner: nobody's business here.
    let strange = ["gridplatform-000000000001.batch", "police110-7.batch", "police110-000000000905.zip", "notes.txt"];
    for name in strange {
        std::fs::write(folder.join(name), &whole).expect("a writable folder");
    }

    police.does(&incident, "p2", Body::Note(frame::Note { words: "双方已劝离".to_owned() })).await;
    bad.sort();
    assert_eq!(names(&folder.join("bad")), bad);
    let left: Vec<_> = names(&folder).into_iter().filter(|name| strange.contains(&name.as_str())).collect();
    assert_eq!(left.len(), strange.len(), "left alone: {left:?}");
    both.agrees("police", &mut police).await;
    let link = both.link("police").await;
    assert_eq!((link.received, link.taken, link.refused, link.wrong), (2, 2, 0, 0), "nothing forged was taken");
    both.town.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_file_again_and_old_numbers_change_nothing() {
    let both = Both::open(Way::Ferry, Clock::system()).await;
    let mut police = both.peer("police110", 0, 0).await;
    let incident = police.does("", "p1", Body::Report(line::report("police110", "J1", "两户争吵"))).await;
    police.does(&incident, "p1", Body::Note(frame::Note { words: "已到场".to_owned() })).await;
    let folder = both.quay("police110").file("to-hub");
    // All the files that were read are put there once more.
    while both.quay("police110").waiting() > 0 {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    let done = names(&folder.join("done"));
    assert!(done.len() >= 3, "a first one, and one for each frame: {done:?}");
    for name in &done {
        std::fs::copy(folder.join("done").join(name), folder.join("coming")).expect("a writable folder");
        std::fs::rename(folder.join("coming"), folder.join(name)).expect("a writable folder");
    }
    // The first frame comes once more in a new file, and in a new file of an old number.
    let first = police.said[0].clone();
    let end = files(&mut police);
    end.write(vec![first.clone()]);
    let old = v1::Batch { number: 1, ..end.batch(vec![first]) };
    end.out.write(&old, &end.signer).expect("a writable folder");
    police.does(&incident, "p1", Body::Note(frame::Note { words: "已处置".to_owned() })).await;
    both.agrees("police", &mut police).await;
    let link = both.link("police").await;
    assert_eq!((link.received, link.taken), (3, 3));
    assert_eq!(names(&folder.join("bad")), [""; 0]);
    both.town.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_late_is_waited_for_without_holding_up_the_others() {
    let both = Both::open(Way::Ferry, Clock::system()).await;
    let mut police = both.peer("police110", 0, 0).await;
    let incident = police.does("", "p1", Body::Report(line::report("police110", "J1", "两户争吵"))).await;
    let late = note(&mut police, &incident, "第一");
    let next = note(&mut police, &incident, "第二");
    police.said.extend([late.clone(), next.clone()]);
    let begun = std::time::Instant::now();
    files(&mut police).write(vec![next]);
    files(&mut police).write(vec![late]);
    police.receipt(3).await;
    assert!(begun.elapsed() < std::time::Duration::from_secs(5), "it took {:?}", begun.elapsed());
    both.agrees("police", &mut police).await;
    both.town.close().await;
}
