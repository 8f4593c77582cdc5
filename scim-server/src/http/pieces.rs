//! A body whose text comes in pieces, and the time that its reader has (T13, T24).

use std::io;
use std::time::Duration;

use futures_util::stream;
use poem::Body;
use tokio::sync::mpsc;
use tokio::time::timeout;

use super::limits::Place;
use crate::operation::InPieces;

/// How long such a body may take: the store holds its moment, and with it a connection, for the reader.
const MAX_TIME: Duration = Duration::from_secs(60);

/// A part of the way of a body.
enum Part {
    Text(String),
    /// Nothing is missing.
    End,
}

/// The body. One that does not come to its end ends its connection, so that nobody takes it for whole.
///
/// The pieces are made by a task of their own, which drops them in time also when the reader has stopped reading. Until then the request
/// is under way and keeps its place (T29).
pub(super) fn body(mut pieces: InPieces, request_id: &str, place: Option<Place>) -> Body {
    let (sender, receiver) = mpsc::channel(1);
    let request_id = request_id.to_owned();
    tokio::spawn(async move {
        let _place = place;
        let work = async {
            while let Some(piece) = pieces.next().await {
                match piece {
                    Ok(text) => {
                        // The reader may be gone.
                        let Ok(()) = sender.send(Part::Text(text)).await else { return };
                    }
                    Err(error) => {
                        let cause = std::error::Error::source(&error).map(ToString::to_string);
                        tracing::error!(request_id, %error, cause, "an answer broke off");
                        return;
                    }
                }
            }
            // The connection is not needed for the last words.
            drop(pieces);
            let _ = sender.send(Part::End).await;
        };
        if timeout(MAX_TIME, work).await.is_err() {
            tracing::warn!(request_id, seconds = MAX_TIME.as_secs(), "an answer broke off: its reader took too long");
        }
    });
    let parts = stream::unfold(receiver, async |mut receiver: mpsc::Receiver<Part>| match receiver.recv().await {
        Some(Part::Text(text)) => Some((Ok::<_, io::Error>(text), receiver)),
        Some(Part::End) => None,
        None => break_off(),
    });
    Body::from_bytes_stream(parts)
}

/// Ends the connection as it is.
///
/// An error would be the body's own way to say it, but poem 3.1.12 asks the connection to go on after one, and hyper then writes the
/// end of the body as if it were whole. poem catches what unwinds from a connection, and closes it. No panic is reported: nothing is
/// wrong with the program.
fn break_off() -> ! {
    std::panic::resume_unwind(Box::new("an answer broke off"))
}
