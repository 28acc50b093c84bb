use super::*;
use proptest::prelude::*;

fn encoded(frame: &Frame) -> String {
    let mut buffer = [0; 2 * Frame::MAX_BYTES];
    let len = frame.encode(&mut buffer).expect("room");
    String::from_utf8(buffer[..len].to_vec()).expect("ASCII")
}

fn typical() -> Frame {
    Frame {
        at: 1_795_000_000,
        utc_offset_min: -210,
        poll_seconds: 10,
        severity: Severity::Warning,
        text: Text::new("$12.48 · ctx 68%"),
        today: Some(1248),
        week: Some(6120),
        month: Some(20_410),
        tokens: Some(4_812_345),
        burn: Some(184),
        block: Some(Block { spent: 731, projected: Some(912), end: 1_795_004_400 }),
        context: Some(Context { percent: Some(68), used: Some(136_400), window: Some(200_000) }),
        title: Text::new("Costline"),
        model: Text::new("Opus 4.8"),
        hours: Text::new("aaaaaaabdhkrfbaagmtzpbfk"),
        budgets: [
            Some(Budget { label: Text::new("day"), spent: 1248, limit: 2500, reset: Some(1_795_042_800) }),
            None,
            None,
            None,
        ],
        limits: [
            Some(Limit { name: Text::new("5h"), percent: 62, reset: Some(1_795_004_400) }),
            None,
            None,
            None,
        ],
        sessions: [
            Some(Session { name: Text::new("Costline"), cost: 930, context: Some(68), active: true }),
            Some(Session { name: Text::EMPTY, cost: 318, context: None, active: false }),
            None,
            None,
        ],
        ..Frame::default()
    }
}

#[test]
fn is_flat_json_of_integers_and_short_texts() {
    assert_eq!(
        encoded(&typical()),
        concat!(
            r#"{"v":1,"at":1795000000,"tz":-210,"poll":10,"stale":0,"sev":1,"text":"$12.48 - ctx 68%","today":1248,"#,
            r#""week":6120,"month":20410,"tok":4812345,"burn":184,"blk":731,"blkp":912,"blke":1795004400,"ctx":68,"#,
            r#""used":136400,"win":200000,"title":"Costline","model":"Opus 4.8","hours":"aaaaaaabdhkrfbaagmtzpbfk","#,
            r#""b0":"day","b0s":1248,"b0l":2500,"b0r":1795042800,"l0":"5h","l0p":62,"l0r":1795004400,"#,
            r#""s0":"Costline","s0c":930,"s0x":68,"s0a":1,"s1":"","s1c":318,"s1a":0}"#
        )
    );
    assert_eq!(encoded(&Frame::default()), r#"{"v":1,"at":0,"tz":0,"poll":0,"stale":0,"sev":0}"#);
}

#[test]
fn fits_whatever_it_holds() {
    let budget = Budget {
        label: Text::new("month long-scope"),
        spent: u32::MAX,
        limit: u32::MAX,
        reset: Some(u32::MAX),
    };
    let limit = Limit { name: Text::new("spend of all"), percent: u16::MAX, reset: Some(u32::MAX) };
    let session = Session {
        name: Text::new("a title that is long"),
        cost: u32::MAX,
        context: Some(u16::MAX),
        active: true,
    };
    let long = "wwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwww";
    let greatest = Frame {
        at: u32::MAX,
        utc_offset_min: i16::MIN,
        poll_seconds: u16::MAX,
        stale: true,
        severity: Severity::Error,
        alert: Alert::LimitReached,
        text: Text::new(long),
        today: Some(u32::MAX),
        week: Some(u32::MAX),
        month: Some(u32::MAX),
        tokens: Some(u64::MAX),
        burn: Some(u32::MAX),
        block: Some(Block { spent: u32::MAX, projected: Some(u32::MAX), end: u32::MAX }),
        context: Some(Context { percent: Some(u16::MAX), used: Some(u32::MAX), window: Some(u32::MAX) }),
        title: Text::new(long),
        model: Text::new(long),
        hours: Text::new(long),
        budgets: [Some(budget); ROWS],
        limits: [Some(limit); ROWS],
        sessions: [Some(session); ROWS],
    };
    let text = encoded(&greatest);
    assert!(text.len() <= Frame::MAX_BYTES, "{} bytes: {text}", text.len());
    for room in 0..text.len() {
        assert_eq!(greatest.encode(&mut vec![0; room]), Err(NoRoom));
    }
    // What was too great is the greatest that is sent, and read back as that.
    let back = Frame::parse(text.as_bytes()).expect("a frame");
    assert_eq!(back.today, Some(99_999_999));
    assert_eq!(encoded(&back), text);
}

#[test]
fn comes_back_as_it_went() {
    let frame = typical();
    assert_eq!(Frame::parse(encoded(&frame).as_bytes()), Ok(frame));
    assert_eq!(Frame::parse(encoded(&Frame::default()).as_bytes()), Ok(Frame::default()));
}

#[test]
fn passes_over_what_it_does_not_know() {
    let text = r#" { "v" : 1.0, "new":{"a":[1,{"b":"}]\""}],"c":null}, "list":[],"yes":true, "no":false, "today":1248.9,
        "week":null, "month":-3, "tok":99999999999999999999999, "burn":1e3, "title":"caf\u00e9 \ud83d\ude00 \"x\" \n",
        "model":"a model with a name too long for anything", "sev":9, "alert":7, "b9":"day", "b0s":5, "b1":"week","b1l":7,
        "blk":5, "s0x":3, "today ":1, "" : 2 }
"#;
    let frame = Frame::parse(text.as_bytes()).expect("a frame");
    assert_eq!(frame.today, Some(1248));
    assert_eq!((frame.week, frame.month, frame.burn), (None, None, None));
    assert_eq!(frame.tokens, Some(i64::MAX as u64));
    assert_eq!(frame.title.as_str(), "cafe ? 'x'  ");
    assert_eq!(frame.model.as_str(), "a model with a..");
    assert_eq!((frame.severity, frame.alert), (Severity::Error, Alert::None));
    // A row without a name is none, and a window without an end neither.
    let week = Budget { label: Text::new("week"), spent: 0, limit: 7, reset: None };
    assert_eq!(frame.budgets, [Some(week), None, None, None]);
    assert_eq!((frame.block, frame.sessions), (None, [None; ROWS]));
}

#[test]
fn says_what_is_no_frame() {
    for (text, why) in [
        ("", Unreadable::NotJson),
        ("[]", Unreadable::NotJson),
        ("{}", Unreadable::NoFrame),
        (r#"{"error":"no"}"#, Unreadable::NoFrame),
        (r#"{"v":"1"}"#, Unreadable::NoFrame),
        (r#"{"v":2,"everything":"else"}"#, Unreadable::Newer(2)),
        (r#"{"v":1}}"#, Unreadable::NotJson),
        (r#"{"v":1,}"#, Unreadable::NotJson),
        (r#"{"v":}"#, Unreadable::NotJson),
        (r#"{"v":1 "a":2}"#, Unreadable::NotJson),
        ("{\"v\":1,\"a\":\"\n\"}", Unreadable::NotJson),
        (r#"{"v":1,"a":"\x"}"#, Unreadable::NotJson),
        (r#"{"v":1,"a":[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]}"#, Unreadable::NotJson),
        ("<html>", Unreadable::NotJson),
    ] {
        assert_eq!(Frame::parse(text.as_bytes()), Err(why), "{text}");
    }
    // Half a frame is none, wherever it ends.
    let whole = encoded(&typical());
    for end in 0..whole.len() {
        assert_eq!(Frame::parse(&whole.as_bytes()[..end]), Err(Unreadable::NotJson));
    }
}

#[test]
fn percent_of_a_budget_is_rounded_down() {
    for (spent, limit, percent) in [
        (0, 2500, 0),
        (1248, 2500, 49),
        (2499, 2500, 99),
        (2500, 2500, 100),
        (2501, 2500, 100),
        (5000, 2500, 200),
        (0, 0, 0),
        (1, 0, 999),
        (u32::MAX, 1, 999),
    ] {
        assert_eq!(Budget { spent, limit, ..Budget::default() }.percent(), percent, "{spent} of {limit}");
    }
}

#[test]
fn hours_are_letters() {
    let mut costs = [0; 24];
    assert_eq!(hour_letters(&costs).as_str(), "aaaaaaaaaaaaaaaaaaaaaaaa");
    costs[1] = 1;
    costs[22] = 500_000_000;
    costs[23] = 1_000_000_000;
    assert_eq!(hour_letters(&costs).as_str(), "abaaaaaaaaaaaaaaaaaaaamz");
    costs[0] = u64::MAX;
    assert_eq!(hour_letters(&costs).as_str(), "zbaaaaaaaaaaaaaaaaaaaabb");
}

proptest! {
    #[test]
    fn any_bytes_are_read_without_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let _ = Frame::parse(&bytes);
    }

    #[test]
    fn what_is_read_is_written_and_read_the_same(text in r#"\{("[a-z0-9]{1,3}":(-?[0-9]{1,12}|"[ -!#-\[\]-~]{0,30}"),){0,20}"v":1\}"#) {
        let frame = Frame::parse(text.as_bytes()).expect("a frame");
        let again = encoded(&frame);
        let read = Frame::parse(again.as_bytes()).expect("a frame");
        prop_assert_eq!(encoded(&read), again);
    }
}
