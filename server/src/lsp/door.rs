//! What comes in passes here before the protocol's crate sees it.
//!
//! That crate stops reading at the first malformed message, refuses what follows `initialize` before it has answered
//! that, drops a notification whose empty parameters were left out, and cannot tell an end of input from a slow
//! client. The door smooths the first three and reports the last.

use super::message::Client;
use super::session::{Phase, Session};
use super::{frame, methods};
use serde_json::{Value, json};
use tokio::io::{AsyncBufRead, AsyncWrite};
use tower_lsp::jsonrpc::{Error, ErrorCode, Request, Response};

/// What to do with a message.
#[derive(Debug, PartialEq)]
enum Passage {
    /// Hand it on.
    Pass(Value),
    /// Nothing: it is not for us.
    Drop,
    /// The client is going.
    Exit,
}

/// Hands messages on until the client says `exit` or there are none left.
pub(super) async fn admit<R, W>(mut input: R, inner: &mut W, session: &Session) -> std::io::Result<()>
where
    R: AsyncBufRead + Unpin,
    W: AsyncWrite + Unpin,
{
    while let Some(body) = frame::read(&mut input).await? {
        let message = body.as_deref().map_or(Err(ErrorCode::InvalidRequest), parse);
        let message = match examine(message.unwrap_or_else(unreadable), session) {
            Passage::Pass(message) => message,
            Passage::Drop => continue,
            Passage::Exit => return Ok(()),
        };
        frame::write(inner, message.to_string().as_bytes()).await?;
        if message["method"] == "initialize" && session.client().is_some() {
            session.reached(Phase::Greeted).await;
        }
    }
    Ok(())
}

/// The message, if it is one.
fn parse(body: &[u8]) -> Result<Value, ErrorCode> {
    let message: Value = serde_json::from_slice(body).map_err(|_| ErrorCode::ParseError)?;
    let call = message["method"].is_string() && serde_json::from_value::<Request>(message.clone()).is_ok();
    let answer = message.get("method").is_none() && message.get("id").is_some();
    if call || answer { Ok(message) } else { Err(ErrorCode::InvalidRequest) }
}

/// A request in place of one that is none, so that its error is sent when its turn comes.
fn unreadable(code: ErrorCode) -> Value {
    tracing::warn!("the client sent what is no message: {}", code.description());
    json!({"jsonrpc": "2.0", "id": null, "method": methods::UNREADABLE, "params": Error::new(code)})
}

fn examine(mut message: Value, session: &Session) -> Passage {
    let Some(method) = message["method"].as_str().map(str::to_owned) else {
        let known = serde_json::from_value::<Response>(message.clone()).is_ok();
        return if known { Passage::Pass(message) } else { Passage::Drop };
    };
    let asks = message.get("id").is_some();
    match method.as_str() {
        "exit" => return Passage::Exit,
        "shutdown" => {
            if let Some(fields) = message.as_object_mut() {
                fields.remove("params");
            }
            if asks && session.is(Phase::Greeted) {
                session.shut_down();
            }
        }
        "initialize" => {
            if asks {
                session.meet(Client::from_params(&message["params"]));
            }
            // Read above; the crate's own types would refuse what they do not know.
            message["params"] = json!({"capabilities": {}});
        }
        _ if message["params"].is_null() => message["params"] = json!({}),
        "workspace/executeCommand" if message["params"]["arguments"].is_null() => {
            if let Some(params) = message["params"].as_object_mut() {
                params.remove("arguments");
            }
        }
        _ => {}
    }
    Passage::Pass(message)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    #[test]
    fn mends_parameters() {
        let (presents, _) = tokio::sync::mpsc::unbounded_channel();
        let session = Session::new(Arc::new(|_| ()), crate::config::Config::default(), presents);
        let bare = |method: &str| json!({"jsonrpc": "2.0", "method": method});
        let call = |method: &str, params: &str| {
            let params: Value = serde_json::from_str(params).unwrap();
            json!({"jsonrpc": "2.0", "method": method, "params": params})
        };
        let command = "workspace/executeCommand";
        for (said, passed) in [
            (bare("initialized"), Passage::Pass(call("initialized", "{}"))),
            (call("initialized", "null"), Passage::Pass(call("initialized", "{}"))),
            (call("shutdown", "{}"), Passage::Pass(bare("shutdown"))),
            (
                call(command, r#"{"command":"x","arguments":null}"#),
                Passage::Pass(call(command, r#"{"command":"x"}"#)),
            ),
            (bare("exit"), Passage::Exit),
            (json!({"jsonrpc": "2.0", "id": 1}), Passage::Drop),
        ] {
            assert_eq!(examine(said, &session), passed);
        }
    }

    #[test]
    fn knows_a_message() {
        for good in [
            r#"{"jsonrpc":"2.0","method":"x"}"#,
            r#"{"jsonrpc":"2.0","id":"a","method":"x","params":[1]}"#,
            r#"{"jsonrpc":"2.0","id":1,"result":null}"#,
        ] {
            assert!(parse(good.as_bytes()).is_ok(), "{good}");
        }
        for bad in ["[]", "3", "{}", r#"{"method":"x"}"#, r#"{"jsonrpc":"2.0","method":3,"id":1}"#] {
            assert_eq!(parse(bad.as_bytes()), Err(ErrorCode::InvalidRequest), "{bad}");
        }
        for bad in ["", "{", "\u{0}", "{\"jsonrpc\":\"2.0\""] {
            assert_eq!(parse(bad.as_bytes()), Err(ErrorCode::ParseError), "{bad}");
        }
    }
}
