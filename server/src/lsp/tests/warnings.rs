//! Warnings: by our own notifications, or by a message each.

use super::rig::Rig;
use crate::alerts::wire::{AlertNotice, BudgetWarning, LimitWarning, Warning};
use crate::budgets::Urgency;
use crate::money::NanoUsd;
use serde_json::{Value, json};

fn budget(id: i64, severity: Urgency) -> Warning {
    Warning::Budget(BudgetWarning {
        id,
        scope: "all".to_owned(),
        name: None,
        period: "day".to_owned(),
        severity,
        limit_usd: NanoUsd(10_000_000_000),
        spent_usd: NanoUsd(8_500_000_000),
        used_percent: 85.0,
        threshold_percent: 80,
        resets_at: None,
        session: None,
        message: format!("budget {id}"),
    })
}

fn limit(id: i64) -> Warning {
    Warning::Limit(LimitWarning {
        id,
        window: "fiveHour".to_owned(),
        severity: Urgency::Warning,
        used_percent: 80.5,
        threshold_percent: 80,
        resets_at: None,
        message: format!("limit {id}"),
    })
}

fn alert(id: i64, severity: Urgency) -> Warning {
    Warning::Alert(AlertNotice {
        id,
        rule: "pace".to_owned(),
        severity,
        title: "Pace".to_owned(),
        message: format!("alert {id}"),
        actions: Vec::new(),
        session: None,
        resets_at: None,
        raised_at: String::new(),
    })
}

fn all() -> Vec<Warning> {
    vec![
        budget(1, Urgency::Info),
        budget(2, Urgency::Warning),
        limit(3),
        alert(4, Urgency::Info),
        alert(5, Urgency::Error),
    ]
}

#[tokio::test(start_paused = true)]
async fn each_by_its_notification_in_order() {
    let mut rig = Rig::new();
    // What was raised before the client was ready waits for it.
    rig.warnings.send(all().remove(0)).unwrap();
    rig.greet(true).await;
    all().into_iter().skip(1).for_each(|warning| rig.warnings.send(warning).unwrap());
    for (method, id) in
        [("budgetWarning", 1), ("budgetWarning", 2), ("limitWarning", 3), ("alert", 4), ("alert", 5)]
    {
        let heard = rig.hear().await;
        assert_eq!(
            (&heard["method"], &heard["params"]["id"]),
            (&json!(format!("costline/{method}")), &json!(id))
        );
    }
    assert!(rig.is_silent().await);
}

#[tokio::test(start_paused = true)]
async fn one_message_each_where_they_are_more_than_a_colour() {
    for (name, options, expected) in [
        ("Eglot", Value::Null, &["budget 2", "limit 3", "alert 5"][..]),
        ("helix", Value::Null, &["budget 2", "limit 3", "alert 5"]),
        ("Eglot", json!({"lsp": {"surface": "quiet"}}), &[]),
    ] {
        let mut rig = Rig::new();
        rig.initialize(json!({"clientInfo": {"name": name}, "initializationOptions": options})).await;
        rig.notify("initialized", json!({})).await;
        all().into_iter().for_each(|warning| rig.warnings.send(warning).unwrap());
        for text in expected {
            let heard = rig.hear().await;
            let params = json!({"type": 2, "message": format!("Costline: {text}")});
            assert_eq!((&heard["method"], &heard["params"]), (&json!("window/showMessage"), &params));
        }
        assert!(rig.is_silent().await, "{name} {options}");
    }
}
