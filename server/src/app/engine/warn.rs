//! Warns this process's client, and does what it wants of budgets and alerts.

use super::{Engine, Side};
use crate::alerts::wire::Warning;
use crate::alerts::{Wish, heard};
use crate::app::now;
use crate::budgets::Origin;
use crate::store::{Ledger, Mark};
use serde_json::{Value, json};

impl Engine {
    /// Tells the client what was raised since it was told last; not held up by how often statuses are made.
    pub(super) fn warn(&mut self) {
        let Some(warnings) = self.setup.warnings.clone().filter(|_| self.greeted) else { return };
        let found = match &mut self.side {
            Side::Leader(leading) => leading.alerts_since(self.teller.last()),
            Side::Follower(following) => following.alerts_since(self.teller.last()),
        };
        // What fails is told by the status, and looked at again with the next change.
        let Some(Ok(alerts)) = found else { return };
        for alert in self.teller.news(&alerts, now()) {
            if let Some(urgency) = heard(alert, &self.config.alerts) {
                // The client may be leaving.
                let _ = warnings.send(Warning::of(alert, urgency, &self.zone));
            }
        }
    }

    /// Does what the client wants, by the door that is open to any process.
    pub(super) fn wish(&mut self, wish: &Wish) -> Result<Value, String> {
        if let Side::Leader(leading) = &mut self.side {
            // Its own transaction would be in the way.
            leading.settle();
        }
        let answer = self.fulfil(wish).map_err(|error| error.to_string())?;
        if let Side::Leader(leading) = &mut self.side {
            leading.reconsider();
        }
        self.dirty = true;
        answer
    }

    fn fulfil(&self, wish: &Wish) -> Result<Result<Value, String>, crate::store::Error> {
        let mut ledger = Ledger::open(&self.setup.database())?;
        Ok(match wish {
            Wish::SetBudget(terms) => {
                let set = ledger.set(std::slice::from_ref(terms), &self.setup.calendar(), now())?;
                Ok(set.first().map_or(Value::Null, |budget| {
                    json!({
                        "id": budget.id,
                        "scope": terms.scope.kind(),
                        "name": Some(terms.scope.name()).filter(|name| !name.is_empty()),
                        "period": terms.period.name(),
                        "limitUsd": terms.limit,
                        "hard": terms.hard,
                        "thresholds": terms.thresholds,
                    })
                }))
            }
            Wish::RemoveBudget(id) => match ledger.remove(*id, now())? {
                Some(budget) if budget.origin == Origin::Config => Err(in_the_config(*id)),
                Some(_) => Ok(Value::Null),
                None => Err(no_budget(*id)),
            },
            Wish::Acknowledge(id) => marked(*id, ledger.mark(*id, Mark::Acknowledged, now())?),
            Wish::Snooze(id) => marked(*id, ledger.mark(*id, Mark::Snoozed, now())?),
        })
    }
}

fn marked(id: i64, found: bool) -> Result<Value, String> {
    if found { Ok(Value::Null) } else { Err(no_alert(id)) }
}

/// Says that there is no such alert.
pub fn no_alert(id: i64) -> String {
    format!("there is no alert {id}; `costline alerts` shows them")
}

/// Says that there is no such budget.
pub fn no_budget(id: i64) -> String {
    format!("there is no budget {id} in force; `costline budget list` shows them")
}

/// Says that a budget cannot be removed here.
pub fn in_the_config(id: i64) -> String {
    format!(
        "budget {id} stands in the config file; take it out there, or set another one above it with `costline budget set`"
    )
}
