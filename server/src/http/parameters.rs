//! The parameters of an address.

use super::refusal::Refusal;

/// Takes each parameter into the field of its name.
///
/// # Errors
/// One of another name, or one that is given twice: it would have no effect, and nobody would notice.
pub(super) fn fill(query: Option<&str>, fields: &mut [(&str, &mut Option<String>)]) -> Result<(), Refusal> {
    for (name, value) in form_urlencoded::parse(query.unwrap_or_default().as_bytes()) {
        let Some((_, field)) = fields.iter_mut().find(|(own, _)| *own == name) else {
            let names: Vec<&str> = fields.iter().map(|(own, _)| *own).collect();
            return Err(Refusal::misuse(match &names[..] {
                [] => format!("there is no parameter `{name}`, nor any other"),
                names => format!("there is no parameter `{name}`; there is {}", names.join(", ")),
            }));
        };
        if field.replace(value.into_owned()).is_some() {
            return Err(Refusal::misuse(format!("the parameter `{name}` is given twice")));
        }
    }
    Ok(())
}

/// The one parameter that there is.
///
/// # Errors
/// As for [`fill`].
pub(super) fn one(query: Option<&str>, name: &str) -> Result<Option<String>, Refusal> {
    let mut value = None;
    fill(query, &mut [(name, &mut value)])?;
    Ok(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_has_its_place() {
        let (mut by, mut project) = (None, None);
        let mut read = |query| fill(query, &mut [("by", &mut by), ("project", &mut project)]);
        read(Some("by=model&project=%2Fa%20b")).unwrap();
        read(None).unwrap();
        assert_eq!((by.as_deref(), project.as_deref()), (Some("model"), Some("/a b")));
        assert_eq!(one(Some("id=7"), "id").unwrap().as_deref(), Some("7"));
        assert_eq!(one(Some("id="), "id").unwrap().as_deref(), Some(""));
        for (query, word) in [("from=1", "`from`"), ("id=1&id=2", "twice"), ("%00", "`\0`")] {
            assert!(one(Some(query), "id").unwrap_err().message.contains(word), "{query}");
        }
    }
}
