//! The bus from the inside, on a daemon of the test's own.

use super::daemon::Daemon;
use super::interface::PATH;
use super::*;
use crate::config::Config;
use crate::pricing::PriceTable;
use crate::snapshot::wire::{Role, Watch};
use crate::snapshot::{Change, Sessions};
use crate::snapshot::{Rows, SessionRow, Surroundings, build};
use crate::time::{HOUR, Zone};
use std::pin::Pin;

fn status(rows: &Rows) -> Status {
    let around = Surroundings {
        now: rows.as_of,
        role: Role::Leader,
        watch: Watch::Events,
        problems: Vec::new(),
        stale: false,
    };
    build(rows, &around, &Config::default(), &Zone::System, PriceTable::builtin())
}

#[tokio::test]
async fn a_burst_of_statuses_is_few_signals() {
    let folder = tempfile::tempdir().unwrap();
    let bus = Daemon::at(&folder.path().join("bus"));
    let address = bus.address.clone();
    let listener = Builder::address(address.as_str()).build().await.unwrap();
    let rule = zbus::MatchRule::builder().path(PATH).build().unwrap();
    let mut signals = zbus::MessageStream::for_match_rule(rule, &listener, Some(100_000.try_into().unwrap()))
        .await
        .unwrap();

    let (statuses, newest) = watch::channel(Some(Arc::new(status(&Rows::default()))));
    let (_warnings, queue) = mpsc::unbounded_channel();
    let (_popups, pop) = watch::channel(false);
    let (ready, mut is_ready) = mpsc::unbounded_channel();
    let parts = Parts {
        address: Box::new(move || Some(address.clone())),
        statuses: newest,
        warnings: queue,
        popups: pop,
        hear: Arc::new(move |heard| drop(ready.send(heard))),
    };
    let running = tokio::spawn(run(parts));
    while is_ready.recv().await.unwrap() != Heard::Ready {}
    let start = Instant::now();
    for revision in 1..=10_000 {
        let burst = Status { text: format!("${revision}"), revision, ..status(&Rows::default()) };
        statuses.send_replace(Some(Arc::new(burst)));
        if revision % 5 == 0 {
            tokio::time::sleep(Duration::from_micros(100)).await;
        }
    }
    let (mut properties, mut changed) = (0, 0);
    loop {
        use futures_core::Stream as _;
        let signal = std::future::poll_fn(|context| Pin::new(&mut signals).poll_next(context));
        let signal = signal.await.unwrap().unwrap();
        let header = signal.header();
        match header.member().map(zbus::names::MemberName::as_str) {
            Some("PropertiesChanged") => {
                properties += 1;
                if format!("{:?}", signal.body().deserialize::<zbus::Structure<'_>>()).contains("$10000") {
                    break;
                }
            }
            Some("StatusChanged") => changed += 1,
            _ => {}
        }
    }
    let seconds = usize::try_from(start.elapsed().as_secs()).unwrap();
    assert!(properties <= seconds + 2, "{properties} in {seconds} s");
    assert!(changed > 0 && changed <= (seconds + 2) * Pace::A_SECOND, "{changed} in {seconds} s");
    drop(statuses);
    running.await.unwrap();
}

#[test]
fn sessions_come_and_go() {
    let at = 1_789_387_200_000;
    let session = |id: &str, last: i64, nanos: i64| SessionRow {
        id: id.to_owned(),
        project: format!("/{id}"),
        last: Some(last),
        last_main: Some(last),
        cost: crate::money::NanoUsd(nanos),
        ..SessionRow::default()
    };
    let at_time = |as_of, sessions: Vec<SessionRow>| status(&Rows { as_of, sessions, ..Rows::default() });
    let started = |id: &str| Change::Started { id: id.to_owned(), project: format!("/{id}") };
    let ended = |id: &str, cost_usd| Change::Ended { id: id.to_owned(), project: format!("/{id}"), cost_usd };
    let mut sessions = Sessions::default();
    // Who was there already does not begin.
    assert_eq!(sessions.changes(&at_time(at, vec![session("a", at, 1)])), []);
    assert_eq!(
        sessions.changes(&at_time(at, vec![session("b", at, 5), session("a", at, 1)])),
        [started("b")]
    );
    assert_eq!(sessions.changes(&at_time(at, vec![session("b", at, 5), session("a", at, 1)])), []);
    let later = at + 6 * HOUR;
    let both = vec![session("b", later, 5), session("a", at, 500_000_000)];
    assert_eq!(sessions.changes(&at_time(later, both)), [ended("a", 0.5)]);
    // It is resumed, and the other one is not listed any more.
    assert_eq!(
        sessions.changes(&at_time(later, vec![session("a", later, 1)])),
        [started("a"), ended("b", 5e-9)]
    );
}
