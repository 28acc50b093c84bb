//! Takes messages out of a stream: headers, a blank line, a body.

use tokio::io::{AsyncBufRead, AsyncBufReadExt, AsyncReadExt, AsyncWrite, AsyncWriteExt};

/// A longer body is not read: no client has so much to say to a server that opens no document.
const MAX_BODY: u64 = 64 << 20;

/// No header is longer; the limit bounds what is held of a stream that never ends its line.
const MAX_HEADER: u64 = 8 << 10;

/// One message's body; `None` if it was too long and therefore skipped.
pub(super) type Body = Option<Vec<u8>>;

/// The next body; `None` at the end of the stream, also where that cuts a message off.
///
/// What is between messages and is no header is skipped, so that one stray line costs nothing that follows it.
pub(super) async fn read(input: &mut (impl AsyncBufRead + Unpin)) -> std::io::Result<Option<Body>> {
    let Some(length) = length(input).await? else { return Ok(None) };
    if length > MAX_BODY {
        tracing::warn!(length, "skipped a message that is too long");
        tokio::io::copy_buf(&mut input.take(length), &mut tokio::io::sink()).await?;
        return Ok(Some(None));
    }
    let mut body = Vec::new();
    let read = input.take(length).read_to_end(&mut body).await?;
    Ok((read as u64 == length).then_some(Some(body)))
}

/// Reads headers up to the blank line that follows a `Content-Length`.
async fn length(input: &mut (impl AsyncBufRead + Unpin)) -> std::io::Result<Option<u64>> {
    let mut length = None;
    let mut line = Vec::new();
    loop {
        line.clear();
        if (&mut *input).take(MAX_HEADER).read_until(b'\n', &mut line).await? == 0 {
            return Ok(None);
        }
        let header = line.trim_ascii();
        if !header.is_empty() {
            length = content_length(header).or(length);
        } else if length.is_some() {
            return Ok(length);
        }
    }
}

fn content_length(header: &[u8]) -> Option<u64> {
    let (name, value) = str::from_utf8(header).ok()?.split_once(':')?;
    name.trim().eq_ignore_ascii_case("content-length").then(|| value.trim().parse().ok()).flatten()
}

/// Writes one message.
pub(super) async fn write(output: &mut (impl AsyncWrite + Unpin), body: &[u8]) -> std::io::Result<()> {
    output.write_all(format!("Content-Length: {}\r\n\r\n", body.len()).as_bytes()).await?;
    output.write_all(body).await
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn bodies(mut input: &[u8]) -> Vec<String> {
        let mut bodies = Vec::new();
        while let Some(body) = read(&mut input).await.unwrap() {
            bodies.push(body.map_or("(too long)".to_owned(), |body| String::from_utf8(body).unwrap()));
        }
        bodies
    }

    #[tokio::test]
    async fn reads_one_after_the_other() {
        let text =
            "Content-Length: 2\r\n\r\n{}content-length:3\r\nContent-Type: x; charset=utf8\r\nX: y\r\n\r\n[1]";
        assert_eq!(bodies(text.as_bytes()).await, ["{}", "[1]"]);
    }

    #[tokio::test]
    async fn skips_what_is_no_header() {
        let text =
            "hello\n\r\nContent-Length: many\r\n\r\nContent-Length: 2\n\n{}\n\nContent-Length: 2\r\n\r\n[]";
        assert_eq!(bodies(text.as_bytes()).await, ["{}", "[]"]);
    }

    #[tokio::test]
    async fn a_message_cut_off_is_the_end() {
        for text in ["", "Content-Le", "Content-Length: 5\r\n", "Content-Length: 5\r\n\r\n{}"] {
            assert_eq!(bodies(text.as_bytes()).await, [""; 0], "{text:?}");
        }
        assert_eq!(bodies(b"Content-Length: 99999999999\r\n\r\n{}").await, ["(too long)"]);
    }
}
